#include "domain/access.h"

#include <algorithm>

#include "base/text.h"
#include "domain/profile.h"
#include "domain/selection.h"

namespace patchbay {

namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Decision refused(std::string_view reason) {
  return {false, false, reason};
}

Decision permitted(std::string_view reason) {
  return {true, false, reason};
}

// Reading never needs the write scope; a call always does, whatever the tool says about itself: its read-only
// hint is only the provider's claim.
Decision decide_scope(const Caller& caller, Use use) {
  if (caller.proof == Caller::Proof::local_operator) return permitted("operator");
  if (caller.proof != Caller::Proof::token && caller.proof != Caller::Proof::session)
    return refused("unknown_caller");
  switch (use) {
    case Use::see:
      return has(caller.scopes, Scope::mcp_read) ? permitted("scope") : refused("no_read_scope");
    case Use::call:
      return has(caller.scopes, Scope::mcp_write) ? permitted("scope") : refused("no_write_scope");
  }
  return refused("unknown_use");
}

bool names(const std::vector<std::string>& granted, std::string_view name) {
  return std::any_of(granted.begin(), granted.end(),
                     [&](const std::string& one) { return equal_ignoring_case(one, name); });
}

Decision decide_names(const Caller& caller, const Access& access) {
  if (access.everyone) return permitted("everyone");
  // The operator owns the data directory and could grant it.
  if (caller.proof == Caller::Proof::local_operator) return permitted("operator");
  if (!caller.person) return refused("no_grant");
  if (names(access.people, caller.person->name)) return permitted("person");
  for (const std::string& team : caller.person->teams)
    if (names(access.teams, team)) return permitted("team");
  return refused("no_grant");
}

Decision decide_grant(const Caller& caller, const Server& server) {
  if (!server.owner) return decide_names(caller, server.access);
  if (caller.person && caller.person->id == *server.owner) return permitted("own");
  return refused("not_own");
}

bool may_stage(const Caller& caller) {
  return caller.proof == Caller::Proof::local_operator ||
         (caller.person && caller.person->role == Role::admin);
}

Decision decide_rollout(const Caller& caller, const Rollout& rollout) {
  if (rollout.state == RolloutState::on) return permitted("on");
  if (rollout.state == RolloutState::dark) return refused("dark");
  if (may_stage(caller)) return permitted("staging");
  if (rollout.state != RolloutState::pilot) return refused("rollout_off");
  const Access pilot{false, rollout.people, rollout.teams};
  return decide_names(caller, pilot).allowed ? permitted("pilot") : refused("not_in_pilot");
}

// What is wanted, beside what is allowed: a profile's endpoint and a server's own are wishes already.
Decision decide_wish(const Caller& caller, const Server& server, std::string_view tool) {
  if (caller.profile)
    return caller.profile->holds(server.id, tool) ? permitted("profile") : refused("not_in_profile");
  if (caller.names_server || server.availability == Availability::force_on) return permitted("on");
  const auto& person = caller.person;
  const auto& selection = caller.selection || !person ? caller.selection : person->selection;
  if (selection) return selection->holds(server.id.text()) ? permitted("selected") : refused("not_selected");
  // Machines have nowhere to choose.
  const bool can_choose = person && !person->is_service;
  return server.availability == Availability::default_on || !can_choose ? permitted("on")
                                                                        : refused("default_off");
}

Decision decide_tool(const Server& server, std::string_view tool, Decision grant) {
  if (contains(server.deny, tool)) return refused("tool_denied");
  if (!server.allow.empty() && !contains(server.allow, tool)) return refused("tool_not_allowed");
  const ToolPolicy policy = server.policies.of(tool);
  if (policy == ToolPolicy::off) return refused("tool_off");
  grant.asks = policy == ToolPolicy::ask;
  return grant;
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
    {"own", "It is a connector of their own."},
    {"not_own", "It is another person's own connector."},
    {"dark", "It is switched dark: nobody sees it."},
    {"rollout_off", "It is not rolled out yet: only admins use it."},
    {"not_in_pilot", "It is rolled out to a pilot, and this person is not in it."},
    {"not_selected", "The person has chosen other servers."},
    {"default_off", "The server is off until a person chooses it, and this person has not."},
    {"not_for_app", "The person has not let this application reach the server."},
    {"not_in_profile", "The profile does not hold it."},
    {"tool_off", "The server's tool policy switches this tool off."},
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
  if (caller.limit && !caller.limit->holds(server.id.text())) return refused("not_for_app");
  if (caller.rollout)
    if (const Decision rollout = decide_rollout(caller, *caller.rollout); !rollout.allowed) return rollout;
  const Decision grant = decide_grant(caller, server);
  if (!grant.allowed) return grant;
  if (const Decision rollout = decide_rollout(caller, server.rollout); !rollout.allowed) return rollout;
  if (const Decision wish = decide_wish(caller, server, tool); !wish.allowed) return wish;
  return tool.empty() ? grant : decide_tool(server, tool, grant);
}

Decision decide(const Caller& caller, const Profile& profile) {
  return decide_names(caller, profile.access);
}

std::string_view explain(std::string_view reason) {
  for (const Rule& rule : rules)
    if (rule.reason == reason) return rule.words;
  return "No rule allows it.";
}

}  // namespace patchbay
