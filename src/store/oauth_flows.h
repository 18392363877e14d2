#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "store/accounts.h"

namespace patchbay::store {

using FlowId = Id<struct FlowTag>;

inline constexpr std::chrono::minutes flow_lives{10};

// A sign-in under way: bound to the browser session that began it, used once, consumed before its code goes
// anywhere (security.md 6.7).
struct OAuthFlow {
  FlowId id;
  ServerId server;
  std::optional<UserId> user;  // whose account it will be; absent: the organisation's
  UserId starter;
  SessionId session;
  OAuthClientId client;
  std::string details;  // JSON of oauth/sign_in_plan.h
  Instant expires_at;
  std::optional<Instant> used_at;
  std::string outcome;  // empty while it waits; "done"; else the stable id of what went wrong
  std::string message;
  std::string trace;  // JSON array
};

// The value of `state`, of which only the hash is kept. Ends every other flow for the same account that still
// waits.
Secret begin_flow(Database& db, const Vault& vault, OAuthFlow& flow, const Secret& verifier, Instant now);
std::optional<OAuthFlow> find_flow(Database& db, const FlowId& id);
std::optional<OAuthFlow> find_flow_by_state(Database& db, std::string_view state);
// The verifier, which is wiped with this: the flow cannot be used again. Nothing where it was used, has
// expired, or belongs to another session.
std::optional<Secret> use_flow(Database& db, const Vault& vault, const FlowId& id, const SessionId& session,
                               Instant now);
// Makes it worthless without using it.
void burn_flow(Database& db, const FlowId& id, std::string_view outcome, std::string_view message,
               Instant now);
void end_flow(Database& db, const FlowId& id, std::string_view outcome, std::string_view message,
              std::string_view trace);
int purge_flows(Database& db, Instant now);  // a day after they expired

}  // namespace patchbay::store
