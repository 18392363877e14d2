#include "gateway/ranking_grams.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace patchbay::gateway {

namespace {

constexpr std::size_t gram_size = 4;
constexpr int gram_bits = 18;
constexpr std::uint32_t gram_count = 1U << gram_bits;
constexpr std::size_t longest_name = 256, longest_server = 256;  // bytes of text kept
constexpr std::size_t query_slots = 8192;  // a query of 2,000 characters has fewer grams
constexpr float fewest_shared = 2;
constexpr std::uint32_t index_bits = 32 - gram_bits;
constexpr std::uint32_t free_slot = 0xFFFFFFFF;

std::uint32_t gram_at(const char* at) {
  std::uint32_t four = 0;
  std::memcpy(&four, at, gram_size);
  return four * 0x9E3779B1U >> (32 - gram_bits);
}

// Calls visit(gram) for each run of four that does not reach over the end of a word.
template <class Visit>
void each_gram_of(std::string_view text, Visit visit) {
  if (text.size() < gram_size) return;
  const char* at = text.data();
  for (const char* last = at + text.size() - gram_size; at <= last; ++at)
    if (at[1] != '#' && at[2] != '#') visit(gram_at(at));
}

// "#one#two#", at most `most` bytes, whole words only.
std::string marked(const Words& words, std::size_t most) {
  std::string text = "#";
  for (const Word& word : words.all()) {
    if (word.joined) continue;
    if (text.size() + word.size + 1 > most) break;
    text += words.text(word);
    text += '#';
  }
  return text;
}

// 1 + ln n, looked up.
const auto count_weights = [] {
  std::array<float, 256> values{};
  for (std::size_t i = 1; i < values.size(); ++i) values[i] = 1.0F + std::log(static_cast<float>(i));
  return values;
}();

float weight_of(std::uint32_t count) {
  return count_weights[std::min<std::uint32_t>(count, 255)];
}

}  // namespace

GramTexts::Query::Query(const GramTexts& texts, const Words& words) : slots_(query_slots, free_slot) {
  std::vector<std::uint32_t> counts;
  each_gram_of(marked(words, query_slots / 2), [&](std::uint32_t gram) {
    std::size_t slot = gram % query_slots;
    while (slots_[slot] != free_slot && slots_[slot] >> index_bits != gram) slot = (slot + 1) % query_slots;
    if (slots_[slot] == free_slot) {
      slots_[slot] = gram << index_bits | static_cast<std::uint32_t>(grams_.size());
      grams_.push_back(gram);
      counts.push_back(0);
    }
    ++counts[slots_[slot] & ((1U << index_bits) - 1)];
  });
  weights_.resize(grams_.size());
  for (std::size_t i = 0; i < grams_.size(); ++i) {
    const float idf = texts.idf_[grams_[i]];
    const float weight = weight_of(counts[i]) * idf;
    norm_ += weight * weight;
    weights_[i] = weight * idf;  // the tool's own idf as well
  }
  norm_ = std::sqrt(norm_);
}

std::size_t GramTexts::Query::find(std::uint32_t gram) const {
  std::size_t slot = gram % query_slots;
  while (slots_[slot] != free_slot) {
    if (slots_[slot] >> index_bits == gram) return slots_[slot] & ((1U << index_bits) - 1);
    slot = (slot + 1) % query_slots;
  }
  return grams_.size();
}

float GramTexts::Query::share_of(std::string_view word) const {
  const std::string text = cat("#", word, "#");
  float shared = 0, all = 0;
  each_gram_of(text, [&](std::uint32_t gram) {
    all += 1;
    if (find(gram) != grams_.size()) shared += 1;
  });
  return shared >= fewest_shared ? shared / all : 0;
}

std::uint32_t GramTexts::add_server(const Words& name) {
  const auto text = marked(name, longest_server);
  servers_.push_back({static_cast<std::uint32_t>(chars_.size()), static_cast<std::uint32_t>(text.size())});
  chars_ += text;
  return static_cast<std::uint32_t>(servers_.size() - 1);
}

void GramTexts::add_tool(const Words& name, const Words& description, std::uint32_t server) {
  constexpr std::size_t longest_description = 400;
  const auto name_text = marked(name, longest_name);
  const auto description_text = marked(description, longest_description);
  tools_.push_back({static_cast<std::uint32_t>(chars_.size()), static_cast<std::uint16_t>(name_text.size()),
                    static_cast<std::uint16_t>(description_text.size()), server});
  chars_ += name_text;
  chars_ += description_text;
}

// The name counts twice.
template <class Visit>
void GramTexts::each_gram(const Tool& tool, Visit visit) const {
  const std::string_view text(chars_);
  each_gram_of(text.substr(tool.begin, tool.name_size), [&](std::uint32_t gram) { visit(gram, 2); });
  each_gram_of(text.substr(tool.begin + tool.name_size, tool.description_size),
               [&](std::uint32_t gram) { visit(gram, 1); });
  const Span server = servers_[tool.server];
  each_gram_of(text.substr(server.begin, server.size), [&](std::uint32_t gram) { visit(gram, 1); });
}

void GramTexts::finish() {
  count_holders();
  measure_norms();
  chars_.shrink_to_fit();
  tools_.shrink_to_fit();
}

void GramTexts::count_holders() {
  std::vector<std::uint32_t> seen(gram_count, 0), holders(gram_count, 0);
  std::uint32_t number = 0;
  for (const Tool& tool : tools_) {
    ++number;
    each_gram(tool, [&](std::uint32_t gram, int) {
      holders[gram] += seen[gram] != number;
      seen[gram] = number;
    });
  }
  idf_.resize(gram_count);
  const auto all = static_cast<float>(tools_.size());
  for (std::size_t gram = 0; gram < gram_count; ++gram)
    idf_[gram] = std::log(1.0F + all / (static_cast<float>(holders[gram]) + 1.0F));
}

void GramTexts::measure_norms() {
  std::vector<std::uint16_t> counts(gram_count, 0);
  std::vector<std::uint32_t> touched;
  norms_.reserve(tools_.size());
  for (const Tool& tool : tools_) {
    touched.clear();
    each_gram(tool, [&](std::uint32_t gram, int count) {
      if (counts[gram] == 0) touched.push_back(gram);
      counts[gram] = static_cast<std::uint16_t>(counts[gram] + count);
    });
    float sum = 0;
    for (const std::uint32_t gram : touched) {
      const float weight = weight_of(counts[gram]) * idf_[gram];
      sum += weight * weight;
      counts[gram] = 0;
    }
    norms_.push_back(std::sqrt(sum));
  }
}

float GramTexts::cosine(const Query& query, std::uint32_t tool) const {
  if (query.norm_ <= 0 || norms_[tool] <= 0) return 0;
  thread_local std::vector<std::uint16_t> counts;
  thread_local std::vector<std::uint32_t> touched;
  if (counts.size() < query.grams_.size()) counts.resize(query.grams_.size(), 0);
  touched.clear();
  each_gram(tools_[tool], [&](std::uint32_t gram, int count) {
    const std::size_t at = query.find(gram);
    if (at == query.grams_.size()) return;
    if (counts[at] == 0) touched.push_back(static_cast<std::uint32_t>(at));
    counts[at] = static_cast<std::uint16_t>(counts[at] + count);
  });
  float sum = 0;
  for (const std::uint32_t at : touched) {
    sum += query.weights_[at] * weight_of(counts[at]);
    counts[at] = 0;
  }
  return sum / (query.norm_ * norms_[tool]);
}

std::size_t GramTexts::memory_bytes() const {
  return chars_.capacity() + tools_.capacity() * sizeof(Tool) + servers_.capacity() * sizeof(Span) +
         (norms_.capacity() + idf_.capacity()) * sizeof(float);
}

}  // namespace patchbay::gateway
