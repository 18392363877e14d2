#include "base/time_text.h"

#include "support/catch.h"

using namespace patchbay;
using namespace std::chrono_literals;

TEST_CASE("times are written as RFC 3339 in UTC", "[base]") {
  CHECK(to_rfc3339({0}) == "1970-01-01T00:00:00.000Z");
  CHECK(to_rfc3339({1'767'323'045'678}) == "2026-01-02T03:04:05.678Z");
  CHECK(to_rfc3339({-1}) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("times are read with any offset and fraction", "[base]") {
  CHECK(parse_rfc3339("2026-01-02T03:04:05Z") == Instant{1'767'323'045'000});
  CHECK(parse_rfc3339("2026-01-02t03:04:05.6789z") == Instant{1'767'323'045'678});
  CHECK(parse_rfc3339("2026-01-02T05:34:05+02:30") == Instant{1'767'323'045'000});
  CHECK(parse_rfc3339("2026-01-01T22:04:05-05:00") == Instant{1'767'323'045'000});
  CHECK(parse_rfc3339("2024-02-29T00:00:00Z").has_value());
}

TEST_CASE("what is no time is not taken for one", "[base]") {
  for (const char* text :
       {"", "2026", "2026-01-02", "2026-01-02T03:04Z", "2026-01-02T03:04:05", "2026-02-30T03:04:05Z",
        "2026-13-01T03:04:05Z", "2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z", "2026-01-02T03:04:61Z",
        "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05+2", "2026-01-02T03:04:05+24:00",
        "2026-01-02T03:04:05Zx", "+026-01-02T03:04:05Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text).has_value());
  }
}

TEST_CASE("durations have one number and one unit", "[base]") {
  CHECK(parse_duration("90s") == 90s);
  CHECK(parse_duration("15m") == 15min);
  CHECK(parse_duration("24h") == 24h);
  CHECK(parse_duration("2w") == 14 * 24h);
  for (const char* text : {"", "h", "24", "1.5h", "-1h", "1h30m", "1y", "4294967296d", "1000000001s"})
    CHECK_FALSE(parse_duration(text).has_value());
}
