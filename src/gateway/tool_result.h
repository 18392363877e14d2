#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/router.h"

namespace patchbay::gateway {

// What a chat application is told of a call.
struct ToolResult {
  std::string_view result;  // the whole CallToolResult, of the outcome or `own`
  std::string own;
  std::string text;   // joined_text() of it
  std::string error;  // stable id where Patchbay or the way to the server failed; empty otherwise
  bool is_error = false;

  ToolResult() = default;
  ToolResult(const ToolResult&) = delete;  // `result` may point into it
  ToolResult& operator=(const ToolResult&) = delete;
};

// Fills `into` from an outcome of Router::call_flat, which must outlive it and still have its event.
void read_tool_result(const Outcome& outcome, ToolResult& into);

// The text blocks of a CallToolResult, one after the other on lines of their own (R45). Where there is none,
// the structured content as JSON.
std::string joined_text(std::string_view result);

// {"result":…,"text":…,"is_error":…,"error":…}
std::string tool_result_json(const ToolResult& result);

// What is needed for the one event that ends a call.
struct ToolCallNote {
  std::string_view name;
  std::string_view server;
  std::string_view tool;
  std::string_view arguments;
  std::int64_t duration_ms = 0;
};
// The same for a page: {"name","server","tool","arguments_preview","output_preview","is_error","error",
// "duration_ms","result"}. The previews are cut, the result never (R46).
std::string tool_result_event(const ToolCallNote& note, const ToolResult& result);

inline constexpr std::size_t longest_preview = 4096;  // bytes

}  // namespace patchbay::gateway
