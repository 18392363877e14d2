#include "http/attention.h"

#include <map>

#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "store/accounts.h"
#include "store/servers.h"
#include "store/tools.h"

namespace patchbay::http {

namespace {

Json note(std::string_view kind, const Server& server, const std::string& message,
          std::optional<Instant> since) {
  return {{"kind", kind},
          {"server", server.slug},
          {"title", server.title.empty() ? server.slug : server.title},
          {"message", message},
          {"since", since && since->milliseconds > 0 ? Json(to_rfc3339(*since)) : Json()},
          {"count", nullptr}};
}

// What the store knows of one server that all share: whether calls can be made with what there is.
Json lack_of(Database& db, const Server& server, const std::map<std::string, store::Account>& accounts,
             Instant now) {
  if (server.credential_mode != CredentialMode::shared) return {};
  const std::string& name = server.title.empty() ? server.slug : server.title;
  if (server.auth == AuthType::oauth) {
    const auto account = accounts.find(server.id.text());
    if (account == accounts.end())
      return note("sign_in_missing", server, cat(name, " waits for an admin to sign in."), server.updated_at);
    if (!account->second.is_connected(now))
      return note("sign_in_ended", server, cat("The shared sign-in at ", name, " has ended."),
                  account->second.updated_at);
    return {};
  }
  const bool wants_secret = server.auth == AuthType::api_key || server.auth == AuthType::headers;
  if (wants_secret && server.origin != ServerOrigin::catalog &&
      store::list_server_header_names(db, server.id).empty())
    return note("secret_missing", server, cat(name, " has no key yet."), server.updated_at);
  return {};
}

}  // namespace

Json attention_json(Store& store, const ControlHooks& hooks, Instant now) {
  const auto states = hooks.server_states();
  Json list = Json::array();
  Json held = Json::array();
  store.read([&](Database& db) {
    std::map<std::string, store::Account> accounts;
    for (auto& account : store::list_shared_accounts(db)) accounts.emplace(account.server.text(), account);
    std::map<std::string, const ServerState*> failing;
    for (const auto& state : states)
      // Whoever has not signed in lacks an account; the server lacks nothing.
      if (state.state == "error" && state.reason != "needs_connection") failing.emplace(state.id.text(), &state);
    std::map<std::string, std::int64_t> held_tools;
    for (const auto& tool : store::list_held_tools(db)) ++held_tools[tool.server.text()];
    for (const Server& server : store::list_servers(db)) {
      if (!server.enabled) continue;
      Json lack = lack_of(db, server, accounts, now);
      const auto bad = failing.find(server.id.text());
      if (!lack.is_null())
        list.push_back(std::move(lack));
      else if (bad != failing.end())
        list.push_back(note("failing", server, bad->second->message, bad->second->since));
      if (const auto count = held_tools.find(server.id.text()); count != held_tools.end()) {
        const bool is_one = count->second == 1;
        held.push_back(note("tools_held", server,
                            cat(count->second, is_one ? " tool" : " tools", " of ",
                                server.title.empty() ? server.slug : server.title,
                                is_one ? " waits" : " wait", " for review."),
                            std::nullopt));
        held.back()["count"] = count->second;
      }
    }
  });
  for (auto& one : held) list.push_back(std::move(one));
  return list;
}

}  // namespace patchbay::http
