#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::mcp {

// Revisions with a handshake, newest first. "2026-07-28" has none and lives beside them, not among them.
inline constexpr std::array<std::string_view, 4> legacy_versions = {"2025-11-25", "2025-06-18", "2025-03-26",
                                                                    "2024-11-05"};
inline constexpr std::string_view newest_legacy = legacy_versions[0];
// What a request without the MCP-Protocol-Version header means (2025-11-25, transports).
inline constexpr std::string_view assumed_version = "2025-03-26";
inline constexpr std::string_view modern_version = "2026-07-28";

bool is_legacy_version(std::string_view version);
// What a server answers to a client that asks for `wanted`: the same where we speak it, else our newest.
std::string_view negotiate(std::string_view wanted);

namespace method {
inline constexpr std::string_view initialize = "initialize";
inline constexpr std::string_view initialized = "notifications/initialized";
inline constexpr std::string_view ping = "ping";
inline constexpr std::string_view tools_list = "tools/list";
inline constexpr std::string_view tools_call = "tools/call";
inline constexpr std::string_view prompts_list = "prompts/list";
inline constexpr std::string_view prompts_get = "prompts/get";
inline constexpr std::string_view resources_list = "resources/list";
inline constexpr std::string_view resources_read = "resources/read";
inline constexpr std::string_view cancelled = "notifications/cancelled";
inline constexpr std::string_view progress = "notifications/progress";
inline constexpr std::string_view tools_list_changed = "notifications/tools/list_changed";
inline constexpr std::string_view prompts_list_changed = "notifications/prompts/list_changed";
inline constexpr std::string_view resources_list_changed = "notifications/resources/list_changed";
}  // namespace method

// 1 to 128 of [A-Za-z0-9_.\-/:], the names that can be offered on (domain/capability has the same rule).
bool is_tool_name(std::string_view name);

// A tool as its server describes it. The raw texts are checked JSON, as received; empty where absent.
struct ToolDefinition {
  std::string name;
  std::string title;         // of the tool, else of its annotations; untrusted text
  std::string description;   // cut to ToolLimits::description_bytes; untrusted text
  std::string input_schema;  // an object
  std::string output_schema;
  std::string annotations;
  std::string meta;  // `_meta`
};

struct ToolLimits {
  std::size_t pages = 100;
  std::size_t tools = 1000;
  std::size_t list_bytes = 2 * 1024 * 1024;  // of all that is kept
  std::size_t description_bytes = 8 * 1024;
  std::size_t schema_bytes = 64 * 1024;
  std::size_t schema_depth = 64;
};

// A tool that is not offered, or a list that was not taken whole, and why: a word for the log and the admin's
// page.
struct ToolWarning {
  std::string tool;  // its name, cleaned; empty where the list is meant
  std::string
      reason;  // "bad_name", "duplicate", "schema_too_large", "schema_too_deep", "bad_schema", "bad_header",
               // "description_cut", "too_many_tools", "list_too_large", "too_many_pages", "repeated_cursor"
};

struct ToolList {
  std::vector<ToolDefinition> tools;
  std::vector<ToolWarning> warnings;  // at most 100
  std::size_t bytes = 0;
};

// Adds the tools of one page, the raw `result` of tools/list, to the list. Returns the next cursor as raw
// JSON text (a string, quotes included), nothing at the end or when the list is full. Throws Error::upstream
// ("upstream_protocol_error") where the page is not what the protocol says.
std::optional<std::string> add_page(ToolList& list, std::string_view result, const ToolLimits& limits);

// What the server said in its answer to `initialize`.
struct ServerDescription {
  std::string version;  // the revision agreed upon
  std::string name;     // serverInfo.name, cleaned
  std::string title;
  std::string software_version;
  std::string instructions;  // cut to 8 KiB
  bool has_tools = false;
  bool has_prompts = false;
  bool has_resources = false;
  bool tells_list_changes = false;
};

// The params of our `initialize`, and what the server made of it. Throws Error::upstream("upstream_version")
// where the server speaks no revision that we know.
std::string initialize_params(std::string_view version);
ServerDescription read_initialize_result(std::string_view result);

}  // namespace patchbay::mcp
