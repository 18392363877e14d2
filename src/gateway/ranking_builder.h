#pragma once

#include "gateway/ranking.h"
#include "gateway/ranking_parts.h"

namespace patchbay::gateway {

// Reads all texts once and weighs each word (docs/retrieval.md, steps 1-3).
RankingParts build_ranking(std::span<const ToolDocument> tools, const SynonymGroups& synonyms,
                           const RankingParts* background);

}  // namespace patchbay::gateway
