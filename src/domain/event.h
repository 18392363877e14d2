#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"

namespace patchbay {

// One row of the audit trail. Never arguments, results or secrets.
struct Event {
  Instant at;
  std::string actor;       // token id, "operator", or empty for nobody known
  std::string actor_name;  // the token's name
  std::string client;      // the MCP client's own name and version, cleaned
  std::string action;      // "tool.call", "tool.search", "tool.list", "token.create", "auth.refused", …
  std::string server;      // slug
  std::string tool;        // upstream tool name, or the thing acted on
  std::string outcome;     // "ok", "tool_error", "refused", "failed", "cancelled", "timeout"
  std::string reason;      // stable error id where the outcome is not ok
  std::int64_t duration_us = 0;
  std::int64_t request_bytes = 0;
  std::int64_t response_bytes = 0;
  std::string remote;  // address of the peer
};

}  // namespace patchbay
