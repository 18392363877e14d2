#include "domain/access.h"

#include <algorithm>

namespace patchbay {

namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Decision refused(std::string_view reason) {
  return {false, reason};
}

// Reading never needs the write scope; a call always does, whatever the tool says about itself: its read-only
// hint is only the provider's claim.
Decision decide_scope(const Caller& caller, Use use) {
  if (caller.proof == Caller::Proof::local_operator) return {true, "operator"};
  if (caller.proof != Caller::Proof::token) return refused("unknown_caller");
  switch (use) {
    case Use::see:
      return has(caller.scopes, Scope::mcp_read) ? Decision{true, "scope"} : refused("no_read_scope");
    case Use::call:
      return has(caller.scopes, Scope::mcp_write) ? Decision{true, "scope"} : refused("no_write_scope");
  }
  return refused("unknown_use");
}

Decision decide_grant(const Caller& caller, const Server& server) {
  if (server.access.everyone) return {true, "everyone"};
  // The operator owns the data directory and could grant it; a token stands for nobody who could be named.
  if (caller.proof == Caller::Proof::local_operator) return {true, "operator"};
  return refused("no_grant");
}

}  // namespace

Decision decide(const Caller& caller, const Server& server, std::string_view tool, Use use) {
  if (const Decision scope = decide_scope(caller, use); !scope.allowed) return scope;
  if (!server.enabled) return refused("disabled");
  const Decision grant = decide_grant(caller, server);
  if (!grant.allowed || tool.empty()) return grant;
  if (contains(server.deny, tool)) return refused("tool_denied");
  if (!server.allow.empty() && !contains(server.allow, tool)) return refused("tool_not_allowed");
  return grant;
}

}  // namespace patchbay
