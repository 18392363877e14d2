#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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
  // Stable error id where the outcome is not ok; of a change the names of its fields; of "tool.changed" both
  // digests.
  std::string reason;
  std::int64_t duration_us = 0;
  std::int64_t request_bytes = 0;
  std::int64_t response_bytes = 0;
  std::string remote;  // address of the peer
};

// The reason of a change's row: "url,headers". Names of fields, never values.
inline std::string names_of_change(const std::vector<std::string_view>& fields) {
  std::string names;
  for (const auto field : fields) {
    if (!names.empty()) names += ',';
    names += field;
  }
  return names;
}

}  // namespace patchbay
