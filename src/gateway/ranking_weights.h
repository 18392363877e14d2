#pragma once

#include <cstddef>
#include <array>
#ifdef RANK_TUNE
#include <cstdlib>
inline float tuned(const char* n, float d) { const char* v = std::getenv(n); return v ? std::strtof(v, nullptr) : d; }
#define TUNED(type, name, value) inline const type name = static_cast<type>(tuned(#name, value))
#else
#define TUNED(type, name, value) inline constexpr type name = value
#endif

namespace patchbay::gateway {

// The figures of docs/retrieval.md in one place. They were chosen for all sets together, never for one query.

enum Field : std::size_t { name, title, description, server_name, server_description, property_names, property_texts, alias, field_count };

#ifdef RANK_TUNE
inline const std::array<float, field_count> field_weight = {tuned("w_name",3), tuned("w_title",2), tuned("w_desc",1), tuned("w_sname",.7F), tuned("w_sdesc",.3F), tuned("w_pname",.4F), tuned("w_ptext",.15F), 3};
inline const std::array<float, field_count> field_flatness = {tuned("b_name",.3F), .3F, tuned("b_desc",.6F), tuned("b_sname",.3F), .75F, .75F, .75F, 0};
#else
inline constexpr std::array<float, field_count> field_weight = {3, 2, 1, .7F, .3F, .4F, .15F, 3};
inline constexpr std::array<float, field_count> field_flatness = {.3F, .3F, .6F, .3F, .75F, .75F, .75F, 0};
#endif
TUNED(float, k1, 1.2F);
TUNED(float, synonym_weight, .15F);
TUNED(float, coverage_weight, .6F);
TUNED(float, gram_weight, .3F);
TUNED(float, sentence_weight, .5F);
TUNED(float, typo_weight, .5F);

}  // namespace patchbay::gateway
