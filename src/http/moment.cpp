#include "http/moment.h"

#include "base/error.h"
#include "base/text.h"
#include "base/time_text.h"

namespace patchbay::http {

std::optional<Instant> read_moment(const Request& request, std::string_view name, Instant now) {
  const auto text = request.query(name);
  if (!text) return std::nullopt;
  if (const auto ago = parse_duration(*text)) return now + -*ago;
  if (const auto at = parse_rfc3339(*text)) return at;
  throw Error::invalid(
      "bad_time",
      cat("\"", name, "\" must be a time like 2026-01-02T03:04:05Z, or an age like 15m, 24h or 7d."));
}

}  // namespace patchbay::http
