#include "store/tools.h"

#include "base/error.h"
#include "base/text.h"

#include <map>

namespace patchbay::store {
namespace {

ToolDefinition read_tool(const Row& row) {
  ToolDefinition tool;
  tool.server = ServerId(row.text("server_id"));
  tool.name = row.text("name");
  tool.digest = row.text("digest");
  tool.accepted_digest = row.text("accepted_digest");
  tool.held = row.flag("held");
  tool.first_seen = row.instant("first_seen");
  tool.changed_at = row.instant("changed_at");
  return tool;
}

void add_tool(Database& db, const ServerId& server, const SeenTool& seen, Instant now) {
  db.run(
      "insert into tool_definition (server_id, name, digest, accepted_digest, held, first_seen, changed_at)"
      " values (?, ?, ?, ?, 0, ?, ?)",
      server, seen.name, seen.digest, seen.digest, now, now);
}

void update_tool(Database& db, const ToolDefinition& tool) {
  db.run(
      "update tool_definition set digest = ?, accepted_digest = ?, held = ?, changed_at = ?"
      " where server_id = ? and name = ?",
      tool.digest, tool.accepted_digest, tool.held, tool.changed_at, tool.server, tool.name);
}

}  // namespace

ToolChanges remember_tools(Database& db, const ServerId& server, const std::vector<SeenTool>& seen, bool pin,
                           Instant now) {
  std::map<std::string, ToolDefinition, std::less<>> known;
  for (ToolDefinition& tool : list_tools(db, server)) known.emplace(tool.name, std::move(tool));

  ToolChanges changes;
  for (const SeenTool& one : seen) {
    const auto found = known.find(one.name);
    if (found == known.end()) {
      add_tool(db, server, one, now);
      known.emplace(one.name, ToolDefinition{server, one.name, one.digest, one.digest, now, now, false});
      changes.added.push_back(one.name);
      continue;
    }
    ToolDefinition& tool = found->second;
    const bool was_held = tool.held;
    const bool changed = tool.digest != one.digest;
    if (changed) {
      changes.changed.push_back({one.name, tool.digest, one.digest});
      tool.digest = one.digest;
      tool.changed_at = now;
    }
    const bool accepts = !pin && tool.accepted_digest != tool.digest;
    if (accepts) tool.accepted_digest = tool.digest;
    tool.held = tool.accepted_digest != tool.digest;
    if (tool.held) changes.held.push_back(one.name);
    if (changed || accepts || tool.held != was_held) update_tool(db, tool);
  }
  return changes;
}

std::vector<ToolDefinition> list_tools(Database& db, const ServerId& server) {
  std::vector<ToolDefinition> tools;
  for (const Row& row : db.query("select server_id, name, digest, accepted_digest, held, first_seen, "
                                 "changed_at from tool_definition"
                                 " where server_id = ? order by name",
                                 server))
    tools.push_back(read_tool(row));
  return tools;
}

std::vector<ToolDefinition> list_held_tools(Database& db) {
  std::vector<ToolDefinition> tools;
  for (const Row& row : db.query("select server_id, name, digest, accepted_digest, held, first_seen, "
                                 "changed_at from tool_definition"
                                 " where held = 1 order by server_id, name"))
    tools.push_back(read_tool(row));
  return tools;
}

void accept_tool(Database& db, const ServerId& server, std::string_view tool, std::string_view digest) {
  if (db.run("update tool_definition set accepted_digest = digest, held = 0"
             " where server_id = ? and name = ? and digest = ?",
             server, tool, digest) > 0)
    return;
  auto rows = db.query("select name from tool_definition where server_id = ? and name = ?", server, tool);
  if (rows.next() == nullptr)
    throw Error::not_found("no_tool", cat("The server has no tool \"", tool, "\"."));
  throw Error::conflict("tool_changed",
                        cat("The tool \"", tool, "\" has changed again. Look at it and accept it anew."));
}

}  // namespace patchbay::store
