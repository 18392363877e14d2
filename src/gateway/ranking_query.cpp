#include "gateway/ranking_query.h"

#include "gateway/ranking_weights.h"

#include <algorithm>
#include <cmath>

namespace patchbay::gateway {

namespace {

constexpr std::size_t most_terms = 64;
constexpr std::size_t most_unknown = 4;  // words looked up as typos
constexpr std::size_t shortest_typo = 4;

// The words of a query that no tool has, and how often each known term stands in it.
struct Counts {
  std::vector<std::pair<std::uint32_t, int>> known;
  std::vector<std::string> unknown;
};

bool is_full(const Counts& counts) {
  return counts.known.size() + counts.unknown.size() >= most_terms;
}

void count(Counts& counts, const RankingParts& parts, std::string_view stem) {
  const std::uint32_t term = parts.terms.find(stem);
  if (term == TermTable::none) {
    const bool is_new = std::find(counts.unknown.begin(), counts.unknown.end(), stem) == counts.unknown.end();
    if (is_new && !is_full(counts)) counts.unknown.emplace_back(stem);
    return;
  }
  for (auto& [known, times] : counts.known)
    if (known == term) {
      ++times;
      return;
    }
  if (!is_full(counts)) counts.known.emplace_back(term, 1);
}

// Whether `limit` insertions, deletions, replacements or swaps of neighbours make `a` into `b`.
bool is_near(std::string_view a, std::string_view b, std::size_t limit) {
  constexpr std::size_t longest = 64;
  if (a.size() > longest || b.size() > longest) return false;
  std::size_t rows[3][longest + 1];
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto* now = rows[i % 3];
    const auto* before = rows[(i + 2) % 3];
    const auto* two_before = rows[(i + 1) % 3];
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({before[j] + 1, now[j - 1] + 1, before[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = std::min(now[j], two_before[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()] <= limit;
}

// One edit changes two letters at most; what is left after taking that many away is too much.
bool differ_little(std::uint32_t a, std::uint32_t b, std::size_t edits) {
  std::uint32_t different = a ^ b;
  for (std::size_t bit = 0; bit < 2 * edits; ++bit) different &= different - (different != 0);
  return different == 0;
}

// The terms of the index that a mistyped word may mean, the most frequent first.
void add_likely(QueryTerms& query, const RankingParts& parts, std::string_view word) {
  constexpr std::size_t most_meanings = 3, long_word = 8;
  if (word.size() < shortest_typo) return;
  const std::size_t limit = word.size() >= long_word ? 2 : 1;
  const std::uint32_t letters = letters_of(word);
  std::vector<std::uint32_t> near;
  for (std::uint32_t term = 0; term < parts.letters.size(); ++term) {
    if (!differ_little(parts.letters[term], letters, limit) || parts.idf[term] <= 0) continue;
    const auto text = parts.terms.text(term);
    const auto longer = std::max(text.size(), word.size()), shorter = std::min(text.size(), word.size());
    if (longer - shorter > limit || text.front() != word.front()) continue;
    if (is_near(word, text, limit)) near.push_back(term);
  }
  std::sort(near.begin(), near.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(parts.idf[a], a) < std::pair(parts.idf[b], b);
  });
  near.resize(std::min(near.size(), most_meanings));
  for (const std::uint32_t term : near) query.added.push_back({term, typo_weight * parts.idf[term]});
}

Counts count_terms(const RankingParts& parts, std::string_view text, std::size_t& read) {
  Counts counts;
  thread_local Words words;
  words.read(text);
  for (const Word& word : words.all()) {
    if (is_full(counts)) break;
    if (!word.joined) ++read;
    if (!is_stop_word(words.text(word))) count(counts, parts, thread_stemmer().stem(words.text(word)));
  }
  return counts;
}

}  // namespace

QueryTerms read_query(const RankingParts& parts, std::string_view text, Typos typos) {
  QueryTerms query;
  const Counts counts = count_terms(parts, text, query.words);
  const auto is_asked = [&](std::uint32_t term) {
    return std::any_of(counts.known.begin(), counts.known.end(),
                       [&](const auto& one) { return one.first == term; });
  };
  for (const auto& [term, times] : counts.known) {
    const float weight = 1.0F + std::log(static_cast<float>(times));
    if (parts.idf[term] > 0) query.asked.push_back({term, weight * parts.idf[term]});
    const std::uint32_t row = parts.synonym_row[term];
    if (row == TermTable::none) continue;
    for (const std::uint32_t other : parts.synonyms.of(row))
      if (parts.idf[other] > 0 && !is_asked(other))
        query.added.push_back({other, weight * synonym_weight * parts.idf[other]});
  }
  if (typos == Typos::ignored) return query;
  const std::size_t unknown = std::min(counts.unknown.size(), most_unknown);
  for (std::size_t at = 0; at < unknown; ++at) add_likely(query, parts, counts.unknown[at]);
  return query;
}

QueryTerms similar_terms(const RankingParts& parts, const GramTexts::Query& grams) {
  constexpr float least_share = .5F;
  QueryTerms query;
  for (std::uint32_t term = 0; term < parts.terms.size(); ++term) {
    if (parts.idf[term] <= 0) continue;
    const float share = grams.share_of(parts.terms.text(term));
    if (share >= least_share) query.added.push_back({term, share * parts.idf[term]});
  }
  const auto heavier = [](const WeightedTerm& a, const WeightedTerm& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.term < b.term;
  };
  std::sort(query.added.begin(), query.added.end(), heavier);
  query.added.resize(std::min(query.added.size(), most_terms));
  return query;
}

}  // namespace patchbay::gateway
