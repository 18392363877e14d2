#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/tool_view.h"

namespace patchbay::gateway {

// The result of search_capabilities, a raw JSON CallToolResult: a text block with the matches as JSON, and
// the same as structuredContent. `hint` is a sentence for the agent, may be empty.
std::string search_answer(const std::vector<ToolView::Match>& matches, std::string_view hint);

// A CallToolResult that says that a call failed: a text block with {"error", "message", …}, isError true.
// `extra` is raw JSON members to add (",\"requiredScope\":\"mcp:write\""), or empty.
std::string failed_result(std::string_view id, std::string_view message, std::string_view extra = {});

}  // namespace patchbay::gateway
