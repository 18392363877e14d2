#include "gateway/ranking_postings.h"

#include <algorithm>

namespace patchbay::gateway {

namespace {

constexpr int tool_bits = 20;
constexpr float strength_steps = 4095.0F;
static_assert(Postings::most_tools == 1U << tool_bits);

}  // namespace

// While postings come in, ends_ says where the next one of each term goes; it starts as the beginnings.
void Postings::reserve(const std::vector<std::uint32_t>& holders) {
  ends_.reserve(holders.size());
  std::uint32_t begin = 0;
  for (const std::uint32_t count : holders) {
    ends_.push_back(begin);
    begin += count;
  }
  postings_.resize(begin);
}

void Postings::add(std::uint32_t term, std::uint32_t tool, float strength) {
  const auto step =
      static_cast<std::uint32_t>(std::clamp(strength * strength_steps + 0.5F, 1.0F, strength_steps));
  postings_[ends_[term]++] = step << tool_bits | tool;
}

void Postings::accumulate(std::uint32_t term, float weight, float* scores) const {
  const float step = weight / strength_steps;
  for (std::uint32_t at = begin(term); at < ends_[term]; ++at) {
    const std::uint32_t posting = postings_[at];
    scores[posting & (most_tools - 1)] += step * static_cast<float>(posting >> tool_bits);
  }
}

}  // namespace patchbay::gateway
