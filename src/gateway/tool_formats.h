#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay::gateway {

// The shapes in which model APIs take tools; `people` is our own pages'.
enum class ToolFormat : std::uint8_t { mcp, openai, anthropic, gemini, people };
std::optional<ToolFormat> parse_tool_format(std::string_view text);

// {"tools":[…],"next_cursor":…} from a result of tools/list, which is checked JSON: what `tools` holds can be
// given to the model API as it is. For Gemini that is one element with every declaration. A definition
// without a schema takes an empty object (R44). Slow for a long list: not for the loop.
std::string tools_in_format(std::string_view list, ToolFormat format);

// A portable schema (gateway/tool_schema) as Gemini takes it; empty for a tool without arguments, which
// declares none there.
std::string gemini_schema(std::string_view raw);

}  // namespace patchbay::gateway
