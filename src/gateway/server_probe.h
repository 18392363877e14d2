#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/connections.h"
#include "gateway/probe_step.h"
#include "gateway/tool_set.h"

namespace patchbay::gateway {

// A look at a server in a session of its own: connects, negotiates, lists, calls nothing. It says what is
// true now and disturbs no call.
struct ServerProbe {
  std::vector<ProbeStep> steps;
  std::string error;    // stable id; empty where all went well
  std::string message;  // at most 1,000 characters, without the secrets that were sent
  mcp::ServerDescription said;
  std::shared_ptr<const PreparedServer> prepared;  // null where it failed
};
Task<ServerProbe> probe_server(Loop& loop, HttpClient& client, const Clock& clock,
                               std::shared_ptr<const ServedServer> served, Until until);

}  // namespace patchbay::gateway
