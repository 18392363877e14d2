#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/server.h"
#include "mcp/http_transport.h"

namespace patchbay::gateway {

// A server as the gateway serves it now: its rules, and what to show it. Immutable; a change makes a new one.
struct ServedServer {
  Server server;
  std::optional<UserId> member;  // whose account it is reached with; absent: the organisation's
  std::vector<mcp::SecretHeader> headers;
  std::string account;  // with auth oauth: the id of the account it is reached with; empty for none
  std::shared_ptr<mcp::TokenSource> tokens;  // of that account
  std::string problem_id;  // "server_misconfigured", "needs_connection"; empty where there is no problem
  std::string problem;  // why it cannot be connected to as it is configured: a sentence; empty where it can
  std::string connect_url;  // the page where a person connects an account; empty where none is needed

  const std::string& title() const { return server.title.empty() ? server.slug : server.title; }
};

// Whether a session opened for `a` can go on serving `b`.
bool same_destination(const ServedServer& a, const ServedServer& b);

}  // namespace patchbay::gateway
