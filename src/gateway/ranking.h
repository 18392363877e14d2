#pragma once

#include "gateway/synonyms.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::gateway {

// What is known of one tool. The views are read while an index is built and not kept.
struct ToolDocument {
  std::uint32_t id = 0;  // the caller's own number; ties in a ranking go to the lower one
  std::string_view server_slug, server_title, server_description;
  std::string_view name, title, description;
  std::string_view input_schema_json;
  std::vector<std::string> aliases;  // words an operator added; they count like the name
};

struct RankingParts;

// Which tools answer a query best: BM25F over fields with synonyms, the name's coverage, character 4-grams
// and sentences (docs/retrieval.md). Immutable, so any number of threads may search at once. Texts may hold
// any bytes; all that is taken from tools and queries is bounded.
class RankingIndex {
 public:
  struct Hit {
    std::uint32_t id = 0;
    float score = 0;  // relative to the best: (0, 1]
  };
  struct Hits {
    std::vector<Hit> hits;
    // How well the best of them fits in itself, so that hits of two indexes with one background can be put
    // together.
    float strength = 0;
  };
  using Allowed = std::function<bool(std::uint32_t id)>;

  static constexpr std::size_t most_hits = 100;

  // Tools of one server stand most cheaply when their three server texts are equal.
  // `background` is a larger index that says how rare words are; for a few tools of one person's.
  static std::shared_ptr<const RankingIndex> build(std::span<const ToolDocument> tools,
                                                   const SynonymGroups& synonyms,
                                                   const RankingIndex* background = nullptr);

  explicit RankingIndex(RankingParts parts);
  ~RankingIndex();

  // The best `limit` tools (100 at most), best first; empty when nothing matches. `allowed` is asked before a
  // tool takes a place, so a tool the caller may not see never displaces one it may; empty means all are
  // allowed.
  std::vector<Hit> search(std::string_view query, std::size_t limit, const Allowed& allowed) const;

  Hits search_with_strength(std::string_view query, std::size_t limit, const Allowed& allowed) const;

  std::size_t size() const;
  std::size_t memory_bytes() const;

 private:
  std::unique_ptr<const RankingParts> parts_;
};

}  // namespace patchbay::gateway
