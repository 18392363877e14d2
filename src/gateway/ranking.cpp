#include "gateway/ranking.h"

#include "gateway/ranking_builder.h"
#include "gateway/ranking_parts.h"
#include "gateway/ranking_query.h"
#include "gateway/ranking_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace patchbay::gateway {

namespace {

constexpr std::size_t most_characters = 2000, most_sentences = 6, shortest_sentence = 4;
constexpr std::size_t most_candidates = 200;
constexpr std::size_t fewest_matches = 5;
constexpr float fill_weight = .5F;
constexpr std::size_t most_compared = 100;  // by 4-grams

struct Candidate {
  std::uint32_t tool = 0;
  float score = 0;
};

// A lambda, so that sorting calls it without a pointer.
constexpr auto is_better = [](const Candidate& a, const Candidate& b) {
  return a.score != b.score ? a.score > b.score : a.tool < b.tool;
};

void keep_best(std::vector<Candidate>& candidates, std::size_t count) {
  if (candidates.size() <= count) return;
  const auto end = candidates.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(candidates.begin(), end, candidates.end(), is_better);
  candidates.resize(count);
}

// One search on one thread: the arrays are as long as the index and kept between searches.
class Search {
 public:
  Search(const RankingParts& parts, const RankingIndex::Allowed& allowed)
      : parts_(parts), allowed_(allowed), answers_(answers()) {
    if (allowed_) answers_.assign(parts_.ids.size(), Answer::unknown);
  }

  std::vector<Candidate> run(std::string_view query) {
    thread_local Words words;
    words.read(query);
    const GramTexts::Query grams(parts_.grams, words);
    auto best = best_of(read_query(parts_, query, Typos::guessed), most_candidates);
    for (const Candidate& one : best) strength_ = std::max(strength_, one.score);
    scale(best);
    add_sentences(best, query);
    std::sort(best.begin(), best.end(), is_better);
    best.resize(std::min(best.size(), most_compared));
    compare_grams(best, grams);
    std::sort(best.begin(), best.end(), is_better);
    if (best.size() < fewest_matches) fill_up(best, grams);
    return best;
  }

  // What the best tool weighed before all was made relative to it; 0 where only spelling was alike.
  float strength() const { return strength_; }

 private:
  enum class Answer : std::uint8_t { unknown, yes, no };

  static std::vector<float>& scores() {
    thread_local std::vector<float> kept;
    return kept;
  }

  static std::vector<Answer>& answers() {
    thread_local std::vector<Answer> kept;
    return kept;
  }

  // Asked once for each tool in a search, however many sentences find it.
  bool is_allowed(std::uint32_t tool) {
    if (!allowed_) return true;
    if (answers_[tool] == Answer::unknown)
      answers_[tool] = allowed_(parts_.ids[tool]) ? Answer::yes : Answer::no;
    return answers_[tool] == Answer::yes;
  }

  // Steps 2 to 4: BM25F over all postings, the best allowed ones, the name's coverage.
  std::vector<Candidate> best_of(const QueryTerms& query, std::size_t count) {
    auto& sums = scores();
    sums.assign(parts_.ids.size(), 0.0F);
    for (const WeightedTerm& term : query.asked)
      parts_.postings.accumulate(term.term, term.weight, sums.data());
    for (const WeightedTerm& term : query.added)
      parts_.postings.accumulate(term.term, term.weight, sums.data());

    std::vector<Candidate> best = highest(sums, count);
    for (Candidate& one : best) one.score *= 1.0F + coverage_weight * coverage(query, one.tool);
    return best;
  }

  std::vector<Candidate> highest(const std::vector<float>& sums, std::size_t count) {
    const std::size_t most = 3 * count;
    std::vector<Candidate> best;
    best.reserve(most);
    float threshold = 0;
    for (std::uint32_t tool = 0; tool < sums.size(); ++tool) {
      if (sums[tool] <= threshold || !is_allowed(tool)) continue;
      best.push_back({tool, sums[tool]});
      if (best.size() < most) continue;
      keep_best(best, count);
      // Rising numbers: a later tool of the same score would lose the tie anyway.
      threshold = std::max_element(best.begin(), best.end(), is_better)->score;
    }
    keep_best(best, count);
    return best;
  }

  // How much of the name the query holds, by idf.
  float coverage(const QueryTerms& query, std::uint32_t tool) const {
    float held = 0, all = 0;
    for (const std::uint32_t term : parts_.name_terms.of(tool)) {
      all += parts_.idf[term];
      for (const WeightedTerm& asked : query.asked)
        if (asked.term == term) {
          held += parts_.idf[term];
          break;
        }
    }
    return all > 0 ? held / all : 0;
  }

  static void scale(std::vector<Candidate>& candidates) {
    float best = 0;
    for (const Candidate& one : candidates) best = std::max(best, one.score);
    if (best > 0)
      for (Candidate& one : candidates) one.score /= best;
  }

  // Step 6. A tool that only a sentence found joins with that sentence's share.
  void add_sentences(std::vector<Candidate>& best, std::string_view query) {
    const auto sentences = split_sentences(query, most_sentences);
    if (sentences.size() < 2) return;
    std::vector<QueryTerms> long_ones;
    for (const auto sentence : sentences) {
      auto terms = read_query(parts_, sentence, Typos::ignored);
      if (terms.words >= shortest_sentence) long_ones.push_back(std::move(terms));
    }
    if (long_ones.size() < 2) return;
    std::vector<Candidate> found;
    for (const QueryTerms& terms : long_ones) {
      auto some = best_of(terms, most_compared);
      scale(some);
      found.insert(found.end(), some.begin(), some.end());
    }
    std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
      return a.tool != b.tool ? a.tool < b.tool : a.score > b.score;
    });
    found.erase(std::unique(found.begin(), found.end(),
                            [](const Candidate& a, const Candidate& b) { return a.tool == b.tool; }),
                found.end());
    merge(best, found);
  }

  static void merge(std::vector<Candidate>& best, const std::vector<Candidate>& found_by_tool) {
    std::sort(best.begin(), best.end(),
              [](const Candidate& a, const Candidate& b) { return a.tool < b.tool; });
    std::vector<Candidate> merged;
    auto at = best.begin();
    for (const Candidate& found : found_by_tool) {
      while (at != best.end() && at->tool < found.tool) merged.push_back(*at++);
      float score = sentence_weight * found.score;
      if (at != best.end() && at->tool == found.tool) score += (at++)->score;
      merged.push_back({found.tool, score});
    }
    merged.insert(merged.end(), at, best.end());
    best = std::move(merged);
  }

  // Step 5.
  void compare_grams(std::vector<Candidate>& best, const GramTexts::Query& grams) const {
    scale(best);
    std::vector<float> cosines;
    float most = 0;
    for (const Candidate& one : best) {
      cosines.push_back(parts_.grams.cosine(grams, one.tool));
      most = std::max(most, cosines.back());
    }
    if (most <= 0) return;
    for (std::size_t at = 0; at < best.size(); ++at) best[at].score += gram_weight * cosines[at] / most;
  }

  // Too few tools hold a word of the query: adds those whose words are written like it, below all others.
  void fill_up(std::vector<Candidate>& best, const GramTexts::Query& grams) {
    auto similar = best_of(similar_terms(parts_, grams), most_compared);
    compare_grams(similar, grams);
    std::sort(similar.begin(), similar.end(), is_better);
    const float ceiling = best.empty() ? 1.0F : best.back().score;
    const float top = similar.empty() ? 1.0F : similar.front().score;
    for (const Candidate& one : similar) {
      if (best.size() >= fewest_matches) break;
      const bool is_known =
          std::any_of(best.begin(), best.end(), [&](const auto& b) { return b.tool == one.tool; });
      if (!is_known) best.push_back({one.tool, ceiling * one.score / top * fill_weight});
    }
  }

  const RankingParts& parts_;
  const RankingIndex::Allowed& allowed_;
  std::vector<Answer>& answers_;
  float strength_ = 0;
};

}  // namespace

RankingIndex::RankingIndex(RankingParts parts)
    : parts_(std::make_unique<const RankingParts>(std::move(parts))) {}
RankingIndex::~RankingIndex() = default;

std::shared_ptr<const RankingIndex> RankingIndex::build(std::span<const ToolDocument> tools,
                                                        const SynonymGroups& synonyms,
                                                        const RankingIndex* background) {
  return std::make_shared<const RankingIndex>(
      build_ranking(tools, synonyms, background ? background->parts_.get() : nullptr));
}

std::vector<RankingIndex::Hit> RankingIndex::search(std::string_view query, std::size_t limit,
                                                    const Allowed& allowed) const {
  return search_with_strength(query, limit, allowed).hits;
}

RankingIndex::Hits RankingIndex::search_with_strength(std::string_view query, std::size_t limit,
                                                      const Allowed& allowed) const {
  Search search(*parts_, allowed);
  const auto best = search.run(first_characters(query, most_characters));
  Hits found;
  found.strength = search.strength();
  const std::size_t count = std::min({limit, most_hits, best.size()});
  for (std::size_t at = 0; at < count; ++at)
    found.hits.push_back({parts_->ids[best[at].tool], best[at].score / best.front().score});
  return found;
}

std::size_t RankingIndex::size() const {
  return parts_->ids.size();
}

std::size_t RankingIndex::memory_bytes() const {
  const auto numbers = [](const std::vector<std::uint32_t>& list) {
    return list.capacity() * sizeof(std::uint32_t);
  };
  return sizeof(RankingParts) + numbers(parts_->ids) + numbers(parts_->letters) +
         numbers(parts_->synonym_row) + parts_->idf.capacity() * sizeof(float) +
         parts_->terms.memory_bytes() + parts_->postings.memory_bytes() + parts_->synonyms.memory_bytes() +
         parts_->name_terms.memory_bytes() + parts_->grams.memory_bytes();
}

}  // namespace patchbay::gateway
