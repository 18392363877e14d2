#pragma once

#include <array>
#include <cstddef>

namespace patchbay::gateway {

// The figures of the ranking in one place (docs/retrieval.md, steps 2 to 6). Where they differ from that
// table, the change raised or kept the recall of every set of tests/bench/rank_bench; none was chosen for a
// single query.

enum Field : std::size_t {
  name,
  title,
  description,
  server_name,
  server_description,
  property_names,
  property_texts,
  alias,
  field_count
};

inline constexpr std::array<float, field_count> field_weight = {3, 2, 1, .7F, .3F, .4F, .3F, 3};
// How much a field's length counts against it: 0 not at all, 1 fully (the b of BM25F).
inline constexpr std::array<float, field_count> field_flatness = {.3F, .3F, .6F, .3F, .75F, .75F, .75F, 0};

inline constexpr float saturation = .9F;  // the k1 of BM25F
inline constexpr float synonym_weight = .25F;
inline constexpr float typo_weight = .5F;
inline constexpr float coverage_weight = .4F;
inline constexpr float sentence_weight = .5F;
inline constexpr float gram_weight = .2F;

}  // namespace patchbay::gateway
