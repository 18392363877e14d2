#include "domain/tool_policy.h"

#include "domain/words.h"

namespace patchbay {

namespace {

constexpr Words<ToolPolicy, 3> policies{
    {{ToolPolicy::allow, "allow"}, {ToolPolicy::ask, "ask"}, {ToolPolicy::off, "off"}}};

}  // namespace

std::string_view to_text(ToolPolicy policy) {
  return word_of(policies, policy);
}
std::optional<ToolPolicy> parse_tool_policy(std::string_view text) {
  return value_of(policies, text);
}

}  // namespace patchbay
