#pragma once

#include <string_view>

#include "base/http_front.h"
#include "base/loop.h"
#include "http/identity.h"

namespace patchbay::http {

// GET /v1/diagnostics/stream: five events, one each second. A page that gets them all at once, or late, sits
// behind a proxy that buffers. The data plane, on the loop.
class StreamCheck {
 public:
  static constexpr int ticks = 5;

  StreamCheck(Loop& loop, const Identity& identity, std::chrono::milliseconds pause)
      : loop_(loop), identity_(identity), pause_(pause) {}

  static bool owns(std::string_view path) { return path == "/v1/diagnostics/stream"; }
  // Throws the Error that the front answers with.
  Task<void> serve(Exchange& exchange);

 private:
  Loop& loop_;
  const Identity& identity_;
  const std::chrono::milliseconds pause_;
};

}  // namespace patchbay::http
