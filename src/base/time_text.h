#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace patchbay {

// "2026-01-02T03:04:05.678Z" (RFC 3339).
std::string to_rfc3339(Instant at);

// A date, a time and an offset, as RFC 3339 §5.6 has them; nothing for other text. Leap seconds count as the
// second before.
std::optional<Instant> parse_rfc3339(std::string_view text);

// "90s", "15m", "24h", "7d" or "2w"; nothing for other text and for what no clock can go back.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace patchbay
