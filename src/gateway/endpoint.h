#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/router.h"
#include "gateway/sessions.h"
#include "mcp/jsonrpc.h"

namespace patchbay::gateway {

// "/mcp", "/mcp/all", "/mcp/servers/{slug}", "/mcp/p/{slug}"; nothing for another path.
std::optional<EndpointName> endpoint_at(std::string_view path);

// The MCP methods that we answer, on each of our endpoints: the two tools, the flat list, one server. Knows
// JSON-RPC and not HTTP. The loop's thread only.
class Endpoint {
 public:
  struct Incoming {
    const Caller& caller;
    const EndpointName& endpoint;
    std::shared_ptr<Session> session;  // null for a request without one
    const mcp::Message& message;
    Router::Progress progress;  // set where the client gave a progress token
    CancelToken cancel;
    std::shared_ptr<Session> opened = nullptr;  // set by initialize
  };

  Endpoint(Router& router, Sessions& sessions) : router_(router), sessions_(sessions) {}

  // A request. Never throws for what a client can do wrong: that is an Outcome.
  Task<Outcome> handle(Incoming& incoming);
  // A notification; cancels a call where it says so.
  void take(const Incoming& incoming);

 private:
  Outcome initialize(Incoming& incoming);
  std::string instructions_of(const Incoming& incoming) const;
  Task<Outcome> list_tools(const Incoming& incoming);
  Task<Outcome> call_tool(Incoming& incoming);
  Router& router_;
  Sessions& sessions_;
};

}  // namespace patchbay::gateway
