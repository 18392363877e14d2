#pragma once

#include "gateway/analysis.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::gateway {

// The stored text of each tool and its runs of four characters, compared with a query by cosine. Words are
// written #word#, so the beginning and the end of a word count too.
class GramTexts {
 public:
  // A query's grams, made once for many tools.
  class Query {
   public:
    Query(const GramTexts& texts, const Words& words);
    bool empty() const { return weights_.empty(); }
    // How much of a word's beginning, middle and end the query has: 0 to 1; 0 when it shares one gram only.
    float share_of(std::string_view word) const;

   private:
    friend class GramTexts;
    std::size_t find(std::uint32_t gram) const;

    std::vector<std::uint32_t> slots_;  // gram and index, packed
    std::vector<std::uint32_t> grams_;
    std::vector<float> weights_;
    float norm_ = 0;
  };

  // Tools are added in the order of their numbers; those of one server name the same server text.
  std::uint32_t add_server(const Words& name);
  void add_tool(const Words& name, const Words& description, std::uint32_t server);
  // To be called once after the last tool.
  void finish();

  float cosine(const Query& query, std::uint32_t tool) const;
  std::size_t memory_bytes() const;

 private:
  struct Tool {
    std::uint32_t begin = 0;
    std::uint16_t name_size = 0;
    std::uint16_t description_size = 0;
    std::uint32_t server = 0;
  };
  struct Span {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };
  void count_holders();
  void measure_norms();
  template <class Visit>
  void each_gram(const Tool& tool, Visit visit) const;

  std::string chars_;
  std::vector<Tool> tools_;
  std::vector<Span> servers_;
  std::vector<float> norms_;
  std::vector<float> idf_;
};

}  // namespace patchbay::gateway
