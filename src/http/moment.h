#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "http/route.h"

namespace patchbay::http {

// A query parameter that is a moment, or how long ago it was; nothing where absent. Throws
// Error::invalid("bad_time").
std::optional<Instant> read_moment(const Request& request, std::string_view name, Instant now);

}  // namespace patchbay::http
