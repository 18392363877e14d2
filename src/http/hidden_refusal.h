#pragma once

#include <functional>
#include <string_view>

namespace patchbay::http {

// Whether the caller may see this tool of the row's server; of an empty name: the server. False where there
// is none.
using MaySee = std::function<bool(std::string_view tool)>;

// Whether a row of what a person did themselves is kept from them: what was refused at a server or tool that
// they may not see looks as if it were not there, and so does what was refused because it is not there.
// Of a "tool.call" `tool` is the upstream's own name, of other rows the thing acted on.
inline bool is_hidden_refusal(std::string_view action, std::string_view server, std::string_view tool,
                              const MaySee& may_see) {
  const bool is_call = action == "tool.call";
  if (is_call && (server.empty() || tool.empty())) return true;
  if (server.empty()) return false;
  return !may_see(is_call ? tool : std::string_view());
}

}  // namespace patchbay::http
