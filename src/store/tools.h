#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "domain/server.h"
#include "store/database.h"

namespace patchbay::store {

// What is remembered of a tool's definition (name, description, schemas), by its digest.
struct ToolDefinition {
  ServerId server;
  std::string name;
  std::string digest;           // as last seen
  std::string accepted_digest;  // the one that may be used where the server pins its tools
  Instant first_seen;
  Instant changed_at;
  bool held = false;  // changed since it was accepted, on a server that pins its tools
};

struct SeenTool {
  std::string name;
  std::string digest;  // SHA-256 of the canonical definition
};

struct ChangedTool {
  std::string name;
  std::string before;  // its digests
  std::string after;
  friend bool operator==(const ChangedTool&, const ChangedTool&) = default;
};

// What a new list of a server's tools changed, by tool name.
struct ToolChanges {
  std::vector<std::string> added;
  std::vector<ChangedTool> changed;
  std::vector<std::string> held;  // all that are held now
};

// Remembers the digests. A new tool is accepted as it is first seen; one that changed is held where `pin`,
// until accept_tool, and accepted at once otherwise. One that vanished is remembered.
ToolChanges remember_tools(Database& db, const ServerId& server, const std::vector<SeenTool>& seen, bool pin,
                           Instant now);
std::vector<ToolDefinition> list_tools(Database& db, const ServerId& server);  // by name
std::vector<ToolDefinition> list_held_tools(Database& db);
// Accepts the digest that the admin looked at. Throws Error::not_found("no_tool"),
// Error::conflict("tool_changed") where the definition has changed again since.
void accept_tool(Database& db, const ServerId& server, std::string_view tool, std::string_view digest);

}  // namespace patchbay::store
