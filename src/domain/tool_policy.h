#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay {

// allow: called as asked. ask: the person confirms each call. off: as if it were not there.
enum class ToolPolicy : std::uint8_t { allow, ask, off };
std::string_view to_text(ToolPolicy);  // "allow" | "ask" | "off"
std::optional<ToolPolicy> parse_tool_policy(std::string_view);

// What holds for a server's tools, by their exact names. A tool that comes new falls under `otherwise`.
struct ToolPolicies {
  static constexpr std::size_t most = 500;

  ToolPolicy otherwise = ToolPolicy::allow;
  std::map<std::string, ToolPolicy, std::less<>> named;

  ToolPolicy of(std::string_view tool) const {
    const auto found = named.find(tool);
    return found == named.end() ? otherwise : found->second;
  }
  bool operator==(const ToolPolicies&) const = default;
};

}  // namespace patchbay
