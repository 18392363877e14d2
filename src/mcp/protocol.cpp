#include "mcp/protocol.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/json_text.h"
#include "base/text.h"

namespace patchbay::mcp {

namespace {

constexpr std::size_t most_warnings = 100;
constexpr std::size_t longest_name = 128;
constexpr std::size_t longest_title = 256;
constexpr std::size_t longest_instructions = 8 * 1024;
constexpr std::string_view any_object = R"({"type":"object"})";

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_alnum(c) || marks.find(c) != std::string_view::npos;
  });
}

// A member's string, decoded; empty where it is none.
std::string text_member(std::string_view object, std::string_view key) {
  const auto raw = find_member(object, key);
  return raw && json_type(*raw) == JsonType::string ? decode_string(*raw) : std::string();
}

// A member's raw text; empty where it is absent or null.
std::string raw_member(std::string_view object, std::string_view key) {
  const auto raw = find_member(object, key);
  return raw && json_type(*raw) != JsonType::null ? std::string(*raw) : std::string();
}

bool is_too_deep(std::string_view raw, const ToolLimits& limits) {
  JsonLimits depth;
  depth.max_bytes = raw.size();
  depth.max_depth = static_cast<int>(limits.schema_depth);
  try {
    check_json(raw, depth);
  } catch (const Error&) {
    return true;
  }
  return false;
}

// `x-mcp-header` (2026-07-28) makes a client send an argument as a header of that name, so it has to be a
// token. Containers are taken from a list, not by recursion.
bool has_bad_header(std::string_view schema) {
  std::vector<std::string_view> containers = {schema};
  while (!containers.empty()) {
    const auto container = containers.back();
    containers.pop_back();
    for (JsonCursor cursor(container); cursor.next();) {
      const auto value = cursor.value();
      const auto type = json_type(value);
      if (type == JsonType::object || type == JsonType::array)
        containers.push_back(value);
      else if (cursor.key() == "x-mcp-header" &&
               (type != JsonType::string || !is_token(decode_string(value))))
        return true;
    }
  }
  return false;
}

void warn(ToolList& list, std::string_view tool, std::string_view reason) {
  if (list.warnings.size() < most_warnings)
    list.warnings.push_back({clean_text(tool, longest_name, false), std::string(reason)});
}

// Why the tool cannot be offered; empty where it can.
std::string_view find_fault(const ToolDefinition& tool, const ToolLimits& limits) {
  for (const std::string* raw : {&tool.input_schema, &tool.output_schema, &tool.annotations, &tool.meta}) {
    if (raw->empty()) continue;
    if (raw->size() > limits.schema_bytes) return "schema_too_large";
    if (json_type(*raw) != JsonType::object) return "bad_schema";
    if (is_too_deep(*raw, limits)) return "schema_too_deep";
  }
  return has_bad_header(tool.input_schema) ? "bad_header" : "";
}

ToolDefinition read_tool(std::string_view raw, std::string name, const ToolLimits& limits) {
  ToolDefinition tool;
  tool.name = std::move(name);
  tool.input_schema = raw_member(raw, "inputSchema");
  if (tool.input_schema.empty()) tool.input_schema = any_object;
  tool.output_schema = raw_member(raw, "outputSchema");
  tool.annotations = raw_member(raw, "annotations");
  tool.meta = raw_member(raw, "_meta");
  auto title = text_member(raw, "title");
  if (title.empty()) title = text_member(tool.annotations, "title");
  tool.title = clean_text(title, longest_title, false);
  tool.description = clean_text(text_member(raw, "description"), limits.description_bytes, true);
  return tool;
}

std::size_t size_of(const ToolDefinition& tool) {
  return tool.name.size() + tool.title.size() + tool.description.size() + tool.input_schema.size() +
         tool.output_schema.size() + tool.annotations.size() + tool.meta.size();
}

// False where the list takes no more.
bool add_tool(ToolList& list, std::string_view raw, const ToolLimits& limits) {
  auto name = text_member(raw, "name");
  if (!is_tool_name(name)) return warn(list, name, "bad_name"), true;
  const auto same = [&](const ToolDefinition& tool) { return tool.name == name; };
  if (std::any_of(list.tools.begin(), list.tools.end(), same)) return warn(list, name, "duplicate"), true;
  if (list.tools.size() >= limits.tools) return warn(list, {}, "too_many_tools"), false;

  auto tool = read_tool(raw, std::move(name), limits);
  if (const auto fault = find_fault(tool, limits); !fault.empty()) return warn(list, tool.name, fault), true;
  if (text_member(raw, "description").size() > limits.description_bytes)
    warn(list, tool.name, "description_cut");
  const auto size = size_of(tool);
  if (list.bytes + size > limits.list_bytes) return warn(list, {}, "list_too_large"), false;
  list.bytes += size;
  list.tools.push_back(std::move(tool));
  return true;
}

[[noreturn]] void refuse(std::string_view what) {
  throw Error::upstream("upstream_protocol_error", "The server's answer is not what the protocol says.",
                        std::string(what));
}

bool says_changes(std::string_view capability) {
  return find_member(capability, "listChanged") == "true";
}

}  // namespace

bool is_legacy_version(std::string_view version) {
  return std::find(legacy_versions.begin(), legacy_versions.end(), version) != legacy_versions.end();
}

std::string_view negotiate(std::string_view wanted) {
  const auto found = std::find(legacy_versions.begin(), legacy_versions.end(), wanted);
  return found == legacy_versions.end() ? newest_legacy : *found;
}

bool is_tool_name(std::string_view name) {
  constexpr std::string_view marks = "_.-/:";
  return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), [&](char c) {
    return is_alnum(c) || marks.find(c) != std::string_view::npos;
  });
}

std::optional<std::string> add_page(ToolList& list, std::string_view result, const ToolLimits& limits) {
  const auto tools = find_member(result, "tools");
  if (!tools || json_type(*tools) != JsonType::array) refuse("tools/list without tools");
  std::size_t looked_at = 0;
  bool takes_more = true;
  for_each_element(*tools, [&](std::string_view raw) {
    if (++looked_at > 2 * limits.tools) {
      warn(list, {}, "too_many_tools");
      takes_more = false;
    } else {
      takes_more = add_tool(list, raw, limits);
    }
    return takes_more;
  });
  const auto cursor = find_member(result, "nextCursor");
  if (!takes_more || !cursor || json_type(*cursor) == JsonType::null) return std::nullopt;
  if (json_type(*cursor) != JsonType::string) refuse("a cursor that is no string");
  return std::string(*cursor);
}

std::string initialize_params(std::string_view version) {
  return cat(R"({"protocolVersion":")", version,
             R"(","capabilities":{},"clientInfo":{"name":"patchbay","title":"Patchbay","version":")",
             PATCHBAY_VERSION, R"("}})");
}

ServerDescription read_initialize_result(std::string_view result) {
  ServerDescription server;
  server.version = text_member(result, "protocolVersion");
  if (server.version.empty()) refuse("initialize without protocolVersion");
  if (!is_legacy_version(server.version))
    throw Error::upstream("upstream_version", "The server speaks no revision of MCP that Patchbay knows.",
                          clean_text(server.version, 40, false));
  const auto about = raw_member(result, "serverInfo");
  server.name = clean_text(text_member(about, "name"), longest_title, false);
  server.title = clean_text(text_member(about, "title"), longest_title, false);
  server.software_version = clean_text(text_member(about, "version"), longest_title, false);
  server.instructions = clean_text(text_member(result, "instructions"), longest_instructions, true);

  const auto capabilities = raw_member(result, "capabilities");
  const auto tools = raw_member(capabilities, "tools");
  const auto prompts = raw_member(capabilities, "prompts");
  const auto resources = raw_member(capabilities, "resources");
  server.has_tools = !tools.empty();
  server.has_prompts = !prompts.empty();
  server.has_resources = !resources.empty();
  server.tells_list_changes = says_changes(tools) || says_changes(prompts) || says_changes(resources);
  return server;
}

}  // namespace patchbay::mcp
