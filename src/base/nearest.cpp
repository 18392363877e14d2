#include "base/nearest.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "base/text.h"

namespace patchbay {

namespace {

constexpr std::size_t longest_word = 64;

// Optimal string alignment: edits of single letters and swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = std::move(last);
    last = std::move(row);
  }
  return last.back();
}

}  // namespace

std::optional<std::string_view> find_nearest(std::string_view word,
                                             const std::vector<std::string_view>& known) {
  std::optional<std::string_view> nearest;
  if (word.empty() || word.size() > longest_word) return nearest;
  const std::string wanted = lower(word);
  // A third of the word may differ, but never all of it.
  std::size_t bound = std::min(word.size() - 1, word.size() / 3 + 1) + 1;
  bound = std::min<std::size_t>(bound, 4);
  for (const std::string_view one : known) {
    if (one.size() > longest_word) continue;
    const std::size_t steps = distance(wanted, lower(one));
    if (steps >= bound) continue;
    bound = steps;
    nearest = one;
  }
  return nearest;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
  const auto nearest = find_nearest(word, known);
  return nearest ? cat(" Did you mean \"", *nearest, "\"?") : std::string();
}

}  // namespace patchbay
