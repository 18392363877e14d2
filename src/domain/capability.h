#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace patchbay {

// The router's name of a tool: "mcp:<slug>:<tool>". The tool part may hold colons (R75).
std::string capability_name(std::string_view slug, std::string_view tool);

struct CapabilityName {
  std::string_view slug;
  std::string_view tool;
};
// Splits at the first colon after "mcp:"; nothing where `name` has another form.
std::optional<CapabilityName> split_capability_name(std::string_view name);

// The flat name "mcp__<slug>__<tool>" with [A-Za-z0-9_-] only, 64 characters at most; one that was changed or
// cut ends in "_" and 12 hex digits of the SHA-256 of capability_name(), so names stay stable and apart
// (R43). A name whose slug could be read in two ways ("a__b", "a_"), or that ends like a hashed one, is
// hashed too. Never split one back: look it up.
std::string flat_tool_name(std::string_view slug, std::string_view tool);

// Whether an upstream tool name can be offered: 1-128 of [A-Za-z0-9_.\-/] and ':'.
bool is_tool_name(std::string_view text);

}  // namespace patchbay
