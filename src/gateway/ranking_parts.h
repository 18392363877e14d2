#pragma once

#include "gateway/ranking_grams.h"
#include "gateway/ranking_postings.h"
#include "gateway/ranking_terms.h"

#include <cstdint>
#include <span>
#include <vector>

namespace patchbay::gateway {

// A list of numbers for each of many owners, in one allocation.
struct NumberLists {
  std::vector<std::uint32_t> ends;
  std::vector<std::uint32_t> numbers;

  std::span<const std::uint32_t> of(std::uint32_t owner) const {
    const std::uint32_t begin = owner == 0 ? 0 : ends[owner - 1];
    return std::span(numbers).subspan(begin, ends[owner] - begin);
  }
  void close() { ends.push_back(static_cast<std::uint32_t>(numbers.size())); }
  std::size_t memory_bytes() const { return (ends.capacity() + numbers.capacity()) * sizeof(std::uint32_t); }
};

// What an index is made of. Tools are numbered by rising id here.
struct RankingParts {
  std::vector<std::uint32_t> ids;
  TermTable terms;                         // stems
  std::vector<float> idf;                  // by term; 0 where no tool holds it
  Postings postings;                       // by term
  std::vector<std::uint32_t> letters;      // by term: which letters it has, for a quick look at likely typos
  std::vector<std::uint32_t> synonym_row;  // by term: its row in synonyms, TermTable::none without
  NumberLists synonyms;                    // by row: terms of its groups
  NumberLists name_terms;                  // by tool: the distinct terms of its name
  GramTexts grams;
};

// Which letters a text has, one bit each.
std::uint32_t letters_of(std::string_view text);

}  // namespace patchbay::gateway
