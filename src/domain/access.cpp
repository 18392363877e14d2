#include "domain/access.h"

#include <algorithm>

#include "base/text.h"

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
  if (caller.proof != Caller::Proof::token && caller.proof != Caller::Proof::session)
    return refused("unknown_caller");
  switch (use) {
    case Use::see:
      return has(caller.scopes, Scope::mcp_read) ? Decision{true, "scope"} : refused("no_read_scope");
    case Use::call:
      return has(caller.scopes, Scope::mcp_write) ? Decision{true, "scope"} : refused("no_write_scope");
  }
  return refused("unknown_use");
}

bool names(const std::vector<std::string>& granted, std::string_view name) {
  return std::any_of(granted.begin(), granted.end(),
                     [&](const std::string& one) { return equal_ignoring_case(one, name); });
}

Decision decide_grant(const Caller& caller, const Server& server) {
  if (server.access.everyone) return {true, "everyone"};
  // The operator owns the data directory and could grant it.
  if (caller.proof == Caller::Proof::local_operator) return {true, "operator"};
  if (!caller.person) return refused("no_grant");
  if (names(server.access.people, caller.person->name)) return {true, "person"};
  for (const std::string& team : caller.person->teams)
    if (names(server.access.teams, team)) return {true, "team"};
  return refused("no_grant");
}

struct Rule {
  std::string_view reason;
  std::string_view words;
};
constexpr Rule rules[] = {
    {"everyone", "The server is granted to everyone."},
    {"person", "The server is granted to this person by name."},
    {"team", "The server is granted to a team that this person belongs to."},
    {"operator", "Whoever owns the data directory may use everything."},
    {"scope", "The token has the scope that this needs."},
    {"no_grant", "The server is granted neither to this person nor to a team of theirs."},
    {"disabled", "The server is switched off."},
    {"tool_denied", "The tool is on the server's list of denied tools."},
    {"tool_not_allowed", "The server has a list of allowed tools, and this one is not on it."},
    {"no_read_scope", "The token lacks the scope mcp:read."},
    {"no_write_scope", "The token lacks the scope mcp:write."},
    {"unknown_caller", "Nobody who is known asks."},
    {"unknown_use", "What is asked for is not known."},
};

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

std::string_view explain(std::string_view reason) {
  for (const Rule& rule : rules)
    if (rule.reason == reason) return rule.words;
  return "No rule allows it.";
}

}  // namespace patchbay
