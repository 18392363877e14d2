#pragma once

#include "gateway/ranking_parts.h"

#include <string_view>
#include <vector>

namespace patchbay::gateway {

struct WeightedTerm {
  std::uint32_t term = 0;
  float weight = 0;
};

// A part of a query, or all of it, in the terms of an index.
struct QueryTerms {
  std::vector<WeightedTerm> asked;  // with idf
  std::vector<WeightedTerm>
      added;              // synonyms of what was asked, and likely meanings of words that no tool has
  std::size_t words = 0;  // stop words counted too
};

enum class Typos { guessed, ignored };

// Step 3 of docs/retrieval.md. At most 64 distinct terms are taken.
QueryTerms read_query(const RankingParts& parts, std::string_view text, Typos typos);

// Terms written much like a part of the query, for a query whose words no tool has.
QueryTerms similar_terms(const RankingParts& parts, const GramTexts::Query& grams);

}  // namespace patchbay::gateway
