#include "gateway/tool_set.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/capability.h"
#include "gateway/tool_schema.h"

namespace patchbay::gateway {

namespace {

constexpr std::size_t longest_title = 200;
constexpr std::size_t longest_description = 8 * 1024;
constexpr std::size_t longest_instructions = 8 * 1024;

// What the digest covers: a tool that says or takes something else is another tool.
std::string digest_of(const mcp::ToolDefinition& tool) {
  std::string canonical;
  for (const std::string_view part :
       {std::string_view(tool.name), std::string_view(tool.title), std::string_view(tool.description),
        std::string_view(tool.input_schema), std::string_view(tool.output_schema),
        std::string_view(tool.annotations)})
    canonical += cat(part.size(), ":", part, ",");
  return to_hex(crypto::sha256(canonical));
}

bool claims_read_only(std::string_view annotations) {
  if (annotations.empty()) return false;
  const auto hint = find_member(annotations, "readOnlyHint");
  return hint && json_trim(*hint) == "true";
}

void append_member(std::string& out, std::string_view name, std::string_view raw) {
  if (raw.empty()) return;
  out += cat(",\"", name, "\":", raw);
}

std::string definition(const PreparedTool& tool, const mcp::ToolDefinition& upstream, std::string_view name,
                       std::string_view server_title) {
  std::string out = cat("{\"name\":", quote_string(name));
  if (!tool.title.empty()) append_member(out, "title", quote_string(tool.title));
  std::string description =
      server_title.empty() ? tool.description : cat("[", server_title, "] ", tool.description);
  append_member(out, "description", quote_string(description));
  append_member(out, "inputSchema", tool.schema);
  append_member(out, "outputSchema", upstream.output_schema);
  append_member(out, "annotations", upstream.annotations);
  append_member(out, "_meta", upstream.meta);
  out += '}';
  return out;
}

PreparedTool prepare_tool(const Server& server, std::string_view server_title,
                          const mcp::ToolDefinition& upstream) {
  PreparedTool tool;
  tool.name = upstream.name;
  tool.capability = capability_name(server.slug, upstream.name);
  tool.flat_name = flat_tool_name(server.slug, upstream.name);
  tool.title = clean_text(upstream.title, longest_title, false);
  tool.description = clean_text(upstream.description, longest_description, true);
  tool.schema = portable_input_schema(upstream.input_schema);
  tool.searched_schema = upstream.input_schema;
  tool.digest = digest_of(upstream);
  tool.read_only = claims_read_only(upstream.annotations);
  tool.flat_definition = definition(tool, upstream, tool.flat_name, server_title);
  tool.own_definition = definition(tool, upstream, tool.name, {});
  return tool;
}

std::uint64_t fingerprint_of(const ToolSet& set) {
  std::uint64_t mixed = 0;
  for (const auto place : set.tools) {
    const PreparedTool& tool = set.tool(place);
    const auto one = std::hash<std::string_view>{}(tool.flat_name) ^
                     (std::hash<std::string_view>{}(tool.digest) * 31) ^ (tool.held ? 1U : 0U);
    mixed = mixed * 1'099'511'628'211U + one;
  }
  return mixed;
}

void index_names(ToolSet& set) {
  for (std::uint32_t row = 0; row < set.rows.size(); ++row) {
    set.by_slug.emplace(set.rows[row].served->server.slug, row);
    const auto& prepared = set.rows[row].prepared;
    if (!prepared) continue;
    for (std::uint32_t tool = 0; tool < prepared->tools.size(); ++tool) set.tools.push_back({row, tool});
  }
  std::ranges::sort(set.tools, {},
                    [&](ToolSet::Place place) -> std::string_view { return set.tool(place).flat_name; });
  for (const auto place : set.tools) set.by_flat_name.emplace(set.tool(place).flat_name, place);
}

// One document for each tool, and one for each server without a list, so that a broken server is found and
// said to be broken rather than missing (R77).
// Whether a search of the one would find in the other what it finds in it.
bool is_searched_alike(const ToolSet& one, const ToolSet& other) {
  return std::ranges::equal(one.rows, other.rows, [](const ToolSet::Row& a, const ToolSet::Row& b) {
    const Server& left = a.served->server;
    const Server& right = b.served->server;
    return a.prepared == b.prepared && left.id == right.id && left.slug == right.slug &&
           left.title == right.title && left.description == right.description;
  });
}

void build_ranking(ToolSet& set, const SynonymGroups& synonyms, const RankingIndex* background) {
  std::vector<ToolDocument> documents;
  documents.reserve(set.tools.size());
  const auto add = [&](ToolSet::Place place) {
    const auto& row = set.rows[place.row];
    ToolDocument document;
    document.id = static_cast<std::uint32_t>(documents.size());
    document.server_slug = row.served->server.slug;
    document.server_title = row.served->title();
    document.server_description = !row.served->server.description.empty() || !row.prepared
                                      ? row.served->server.description
                                      : row.prepared->instructions;
    if (place.tool != ToolSet::whole_server) {
      const PreparedTool& tool = set.tool(place);
      document.name = tool.name;
      document.title = tool.title;
      document.description = tool.description;
      document.input_schema_json = tool.searched_schema;
    }
    documents.push_back(std::move(document));
    set.ranked.push_back(place);
  };
  for (const auto place : set.tools) add(place);
  for (std::uint32_t row = 0; row < set.rows.size(); ++row)
    if (!set.rows[row].prepared) add({row, ToolSet::whole_server});
  try {
    set.ranking = RankingIndex::build(documents, synonyms, background);
  } catch (const Error& error) {  // without a search there are still lists and calls, and their rules
    log::error("search.not_built", {{"error", error.id()}, {"message", error.message()}});
    set.ranked.clear();
  }
}

}  // namespace

std::shared_ptr<PreparedServer> prepare_server(std::shared_ptr<const ServedServer> served,
                                               const mcp::ServerDescription& said,
                                               const mcp::ToolList& list) {
  auto prepared = std::make_shared<PreparedServer>();
  prepared->served = served;
  prepared->instructions = clean_text(said.instructions, longest_instructions, true);
  const std::string title = clean_text(served->title(), longest_title, false);
  prepared->tools.reserve(list.tools.size());
  for (const auto& tool : list.tools) prepared->tools.push_back(prepare_tool(served->server, title, tool));
  std::ranges::sort(prepared->tools, {}, &PreparedTool::name);
  for (std::uint32_t i = 0; i < prepared->tools.size(); ++i)
    prepared->by_name.emplace(prepared->tools[i].name, i);
  return prepared;
}

std::shared_ptr<const ToolSet> build_tool_set(std::vector<ToolSet::Row> rows, std::uint64_t version,
                                              const SynonymGroups& synonyms, const RankingIndex* background,
                                              const ToolSet* previous) {
  auto set = std::make_shared<ToolSet>();
  set->version = version;
  set->rows = std::move(rows);
  // Of equal names the organisation's comes first, and is what the name means.
  std::ranges::sort(set->rows, {}, [](const ToolSet::Row& row) {
    return std::pair(std::string_view(row.served->server.slug), row.served->server.owner.has_value());
  });
  for (const auto& row : set->rows) {
    if (row.prepared) continue;
    ++set->unlisted;
    if (row.health.state != Health::State::error) ++set->starting;
  }
  index_names(*set);
  if (previous != nullptr && previous->ranking && is_searched_alike(*previous, *set)) {
    set->ranking = previous->ranking;
    set->ranked = previous->ranked;
  } else {
    build_ranking(*set, synonyms, background);
  }
  set->fingerprint = fingerprint_of(*set);
  return set;
}

}  // namespace patchbay::gateway
