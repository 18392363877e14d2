#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/config.h"

namespace patchbay::cli {

// One of the two tools of an appliance, called as an MCP client calls it.
struct ToolCall {
  std::string
      url;  // of the appliance; empty: the one that runs on the data directory, through its control socket
  std::string token;  // where there is a URL
  std::string tool;
  std::string arguments;  // a JSON object
  std::function<void(std::string_view params)> progress;
};

struct ToolAnswer {
  std::string result;  // raw JSON: a CallToolResult, or an error of JSON-RPC
  bool is_rpc_error = false;
};

// Ctrl-C cancels the call, here and at the server; a second one ends the program. Throws what goes wrong on
// the way.
ToolAnswer call_tool(const Config& config, ToolCall call);

// The endpoint below an appliance's URL. Throws Error::invalid for what is no URL.
std::string endpoint_url(std::string_view url);

// "40% Reading (2 of 5)" from the params of notifications/progress, on one line.
std::string progress_line(std::string_view params);

// What a CallToolResult says, for a terminal: its texts, and a word for each part that is none.
std::string result_text(std::string_view result);

}  // namespace patchbay::cli
