#include "gateway/yaml_words.h"

#include <algorithm>

#include "base/text.h"

namespace patchbay::gateway {

namespace {

// Insertions, deletions and exchanges between two words; "_" and case do not count.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t swapped = diagonal + (ascii_lower(a[i]) == ascii_lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, swapped});
    }
  }
  return row.back();
}

bool is_number(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const std::string rest = lower(text);
  if (rest == ".inf" || rest == ".nan") return true;
  if (rest.starts_with("0x"))
    return rest.size() > 2 && rest.find_first_not_of("0123456789abcdef_", 2) == std::string::npos;
  if (rest.starts_with("0o"))
    return rest.size() > 2 && rest.find_first_not_of("01234567_", 2) == std::string::npos;
  const auto mantissa_end = std::min(rest.find('e'), rest.size());
  const std::string_view mantissa = std::string_view(rest).substr(0, mantissa_end);
  if (mantissa.find_first_of("0123456789") == std::string_view::npos) return false;
  if (mantissa.find_first_not_of("0123456789_.") != std::string_view::npos) return false;
  if (mantissa.front() == '_' || std::count(mantissa.begin(), mantissa.end(), '.') > 1) return false;
  if (mantissa_end == rest.size()) return true;
  std::string_view exponent = std::string_view(rest).substr(mantissa_end + 1);
  if (exponent.starts_with('+') || exponent.starts_with('-')) exponent.remove_prefix(1);
  return !exponent.empty() && exponent.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> parse_certificate(std::string_view text) {
  std::string digits;
  if (text.starts_with("sha256:"))
    for (const char c : text.substr(7))
      if (c != ':') digits += ascii_lower(c);
  if (digits.size() != 64 || digits.find_first_not_of("0123456789abcdef") != std::string::npos)
    return std::nullopt;
  return digits;
}

bool is_quotable(std::string_view key) {
  return !key.empty() && key.size() <= 64 &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '"'; });
}

std::string quoted(std::string_view key) {
  return is_quotable(key) ? cat("\"", key, "\"") : "of this name";
}

std::optional<std::string_view> find_nearest(std::string_view word,
                                             const std::vector<std::string_view>& known) {
  std::optional<std::string_view> nearest;
  if (word.size() > 40) return nearest;
  std::size_t best = std::min<std::size_t>(3, word.size() / 3 + 1);
  for (const std::string_view one : known) {
    const std::size_t steps = distance(word, one);
    if (steps > best || (steps == best && nearest)) continue;
    best = steps;
    nearest = one;
  }
  return nearest;
}

// The three spellings of a word that YAML 1.1 names.
std::optional<bool> parse_truth(std::string_view text) {
  const std::string word = lower(text);
  const bool tail_is_lower = text.size() > 1 && word.substr(1) == text.substr(1);
  const bool is_upper = std::none_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (!tail_is_lower && !is_upper) return std::nullopt;
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  return std::nullopt;
}

bool is_number_or_truth(std::string_view text) {
  return is_number(text) || text == "true" || text == "false";
}

}  // namespace patchbay::gateway
