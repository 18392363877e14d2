#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/http_front.h"
#include "base/loop.h"
#include "gateway/audit.h"
#include "gateway/metrics.h"
#include "gateway/router.h"
#include "http/call_record.h"
#include "http/identity.h"
#include "oauth/bearer.h"

namespace patchbay::http {

struct ToolRoutesSettings {
  // A stream that has nothing to say yet begins after this; what is refused before it has a status of its
  // own.
  std::chrono::milliseconds first_sign{100};
  std::chrono::milliseconds keepalive{8'000};
  std::string public_url = {};
};

// /v1/tools and /v1/tools/call: the flat list and its calls for chat applications, which have no MCP client.
// MCP in another dress, so it asks for the scopes of MCP and takes tokens that have no others; besides tokens
// a browser session and the control socket. The data plane: coroutines on the loop.
class ToolRoutes {
 public:
  ToolRoutes(Loop& loop, gateway::Router& router, const Identity& identity, CallRecord record,
             ToolRoutesSettings settings);

  static bool owns(std::string_view path);
  // Throws the Error that the front answers with.
  Task<void> serve(Exchange& exchange);

 private:
  struct Visit;
  Task<void> list(Visit& visit);
  Task<void> call(Visit& visit);
  Task<void> call_whole(Visit& visit);
  Task<void> call_streamed(Visit& visit);
  Task<gateway::Outcome> run(Visit& visit, gateway::Router::Progress progress);
  Task<HttpReply> settle(Visit& visit, gateway::Outcome& outcome, bool streams);

  Loop& loop_;
  gateway::Router& router_;
  const Identity& identity_;
  CallRecord record_;
  ToolRoutesSettings settings_;
};

}  // namespace patchbay::http
