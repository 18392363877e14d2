#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/connections.h"
#include "gateway/ranking.h"
#include "gateway/served_server.h"
#include "mcp/protocol.h"

namespace patchbay::gateway {

// A tool made ready to be listed and called: every text that an answer needs, written once.
struct PreparedTool {
  std::string name;             // the upstream's own
  std::string capability;       // mcp:<slug>:<name>
  std::string flat_name;        // mcp__<slug>__<name>
  std::string title;            // cleaned
  std::string description;      // cleaned
  std::string schema;           // portable copy of the input schema
  std::string searched_schema;  // the input schema as the server gave it: its words are searched
  std::string flat_definition;  // the JSON object in the flat list
  std::string own_definition;   // the same under its own name
  std::string digest;           // hex SHA-256 of the upstream's definition
  bool read_only = false;       // the upstream's claim
  bool held = false;            // its definition changed and an admin has not accepted it yet
};

// A server's last good list, made ready. Immutable.
struct PreparedServer {
  std::shared_ptr<const ServedServer> served;
  std::string instructions;         // cleaned
  std::vector<PreparedTool> tools;  // by name
  std::unordered_map<std::string_view, std::uint32_t> by_name;
};

// Everything that can be listed, found and called now. Immutable: readers hold a shared_ptr and never see a
// change.
struct ToolSet {
  struct Row {
    std::shared_ptr<const ServedServer> served;  // its rules as of now
    std::shared_ptr<Connection> connection;
    std::shared_ptr<const PreparedServer> prepared;  // null where no list was ever got
    Health health;
    bool stale = false;  // the list is an old one: the server is failing
  };
  struct Place {
    std::uint32_t row = 0;
    std::uint32_t tool = 0;
  };
  static constexpr std::uint32_t whole_server =
      0xffffffff;  // as Place::tool: the row that says a server is failing

  std::uint64_t version = 0;
  std::vector<Row> rows;  // by slug
  std::unordered_map<std::string_view, std::uint32_t> by_slug;
  std::vector<Place> tools;  // by flat name
  std::unordered_map<std::string_view, Place> by_flat_name;
  std::vector<Place> ranked;  // ranking id → place
  std::shared_ptr<const RankingIndex> ranking;
  std::size_t unlisted = 0;       // servers whose list was never got
  std::size_t starting = 0;       // those of them that have not answered or failed yet
  std::uint64_t fingerprint = 0;  // differs where what is listed differs

  const PreparedTool& tool(Place place) const { return rows[place.row].prepared->tools[place.tool]; }
  const Server& server(Place place) const { return rows[place.row].served->server; }
};

// Cleans, shortens and writes out what a server listed. `list` is as mcp::Upstream gave it.
std::shared_ptr<PreparedServer> prepare_server(std::shared_ptr<const ServedServer> served,
                                               const mcp::ServerDescription& said, const mcp::ToolList& list);

// Puts the rows together: names looked up, ranking built, or taken from the `previous` set where all that is
// searched is the same and only rules changed. May take a while; call it off the loop.
std::shared_ptr<const ToolSet> build_tool_set(std::vector<ToolSet::Row> rows, std::uint64_t version,
                                              const SynonymGroups& synonyms,
                                              const RankingIndex* background = nullptr,
                                              const ToolSet* previous = nullptr);

}  // namespace patchbay::gateway
