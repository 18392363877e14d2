#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace patchbay::gateway {

// For each term the tools that hold it, and how strongly. Four bytes each: the tool in the low 20 bits, the
// strength in the high 12.
class Postings {
 public:
  static constexpr std::uint32_t most_tools = 1U << 20;

  // `holders[term]` is the number of postings that add() will bring for it.
  void reserve(const std::vector<std::uint32_t>& holders);
  // `strength` is within 0 and 1.
  void add(std::uint32_t term, std::uint32_t tool, float strength);

  std::uint32_t holders(std::uint32_t term) const { return ends_[term] - begin(term); }

  // scores[tool] += weight * strength for all tools of the term.
  void accumulate(std::uint32_t term, float weight, float* scores) const;

  std::size_t memory_bytes() const {
    return (ends_.capacity() + postings_.capacity()) * sizeof(std::uint32_t);
  }

 private:
  std::uint32_t begin(std::uint32_t term) const { return term == 0 ? 0 : ends_[term - 1]; }

  std::vector<std::uint32_t> ends_;
  std::vector<std::uint32_t> postings_;
};

}  // namespace patchbay::gateway
