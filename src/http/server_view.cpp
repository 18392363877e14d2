#include "http/server_view.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "http/audit_row.h"
#include "store/accounts.h"
#include "store/member_secrets.h"

namespace patchbay::http {

namespace {

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

// Values of headers that the server does not ask for any more.
void drop_unasked(Database& db, Store& store, const Server& server, Instant now) {
  for (const auto& account : store::list_member_accounts(db, server.id)) {
    auto values = store::open_member_headers(db, store.vault(), server.id, account.user);
    const auto before = values.size();
    std::erase_if(values, [&](const store::ServerHeader& one) {
      return std::none_of(server.member_headers.begin(), server.member_headers.end(),
                          [&](const std::string& name) { return equal_ignoring_case(name, one.name); });
    });
    if (values.size() != before)
      store::put_member_headers(db, store.vault(), server.id, account.user, values, now);
  }
}

// The client that an admin registered by hand, with its secret; whatever was there is replaced.
void put_typed_client(Database& db, Store& store, const ServerWish& wish, Instant now) {
  const OAuthSettings& oauth = wish.server.oauth;
  if (!oauth.has_client()) return;
  store::OAuthClient client;
  client.server = wish.server.id;
  const auto old = store::find_typed_client(db, store.vault(), client.server);
  client.origin = store::OAuthClient::Origin::typed;
  client.client_id = oauth.client_id;
  client.auth = oauth.client_auth;
  if (wish.client_secret)
    client.secret = *wish.client_secret;
  else if (old)
    client.secret = old->secret;
  if (old && old->issuer != client.issuer) store::remove_oauth_client(db, old->id);
  store::put_oauth_client(db, store.vault(), client, now);
}

}  // namespace

ShownServer look_at_server(Database& db, Server server, const std::vector<CatalogEntry>* published,
                           Instant now) {
  ShownServer shown;
  if (server.origin != ServerOrigin::catalog) {
    shown.header_names = store::list_server_header_names(db, server.id);
  } else if (published) {
    for (const auto& entry : *published)
      if (equal_ignoring_case(entry.server.slug, server.slug))
        for (const auto& header : entry.headers) shown.header_names.push_back(header.name);
  }
  shown.test = store::find_server_test(db, server.id);
  if (server.auth == AuthType::oauth) {
    shown.issuer = store::accepted_issuer(db, server.id);
    const auto account = store::find_account(db, server.id, server.owner);
    shown.is_connected = account && account->is_connected(now);
  }
  shown.server = std::move(server);
  return shown;
}

void put_state(Json& json, const ServerState* state) {
  json["state"] = state ? Json(state->state) : Json("unknown");
  json["reason"] = state ? text_or_null(state->reason) : Json();
  json["message"] = state ? text_or_null(state->message) : Json();
  json["since"] = state && state->since.milliseconds > 0 ? Json(to_rfc3339(state->since)) : Json();
  json["tools"] = state ? state->tools : 0;
  json["stale"] = state && state->stale;
}

const ServerState* find_state(const std::vector<ServerState>& states, const ServerId& id) {
  const auto found = std::ranges::find(states, id, &ServerState::id);
  return found == states.end() ? nullptr : &*found;
}

Json shown_json(const ShownServer& shown, const std::vector<ServerState>& states) {
  Json json = server_json(shown.server, shown.header_names);
  put_state(json, find_state(states, shown.server.id));
  if (shown.server.auth == AuthType::oauth) {
    json["oauth"]["issuer"] = text_or_null(shown.issuer);
    json["oauth"]["auth_connected"] = shown.is_connected;
  }
  json["tested_at"] = shown.test ? Json(to_rfc3339(shown.test->tested_at)) : Json();
  json["last_error"] = shown.test ? text_or_null(shown.test->message) : Json();
  return json;
}

Json tools_json(const std::vector<LiveTool>& tools) {
  Json list = Json::array();
  for (const auto& tool : tools)
    list.push_back({{"name", tool.name},
                    {"title", text_or_null(tool.title)},
                    {"description", text_or_null(tool.description)},
                    {"digest", tool.digest},
                    {"read_only", tool.read_only},
                    {"held", tool.held},
                    {"flags", tool.flags}});
  return list;
}

Json steps_json(const std::vector<gateway::ProbeStep>& steps) {
  Json list = Json::array();
  for (const auto& step : steps)
    list.push_back({{"step", step.name},
                    {"ok", step.ok},
                    {"detail", text_or_null(step.detail)},
                    {"duration_ms", step.duration_ms}});
  return list;
}

Json probe_json(const Probe& probe) {
  Json steps = steps_json(probe.steps);
  if (!probe.error.empty())
    return {{"ok", false}, {"error", probe.error}, {"message", probe.message}, {"steps", std::move(steps)}};
  return {{"ok", true},
          {"server",
           {{"name", probe.name}, {"version", probe.software_version}, {"protocol", probe.protocol_version}}},
          {"tools", tools_json(probe.tools)},
          {"steps", std::move(steps)}};
}

Event server_row(const Request& request, std::string_view action, const Server& server, Instant now) {
  Event event = audit_row(request, action, now);
  event.server = trail_name(server);
  return event;
}

Changes changes_of_wish(Database& db, const Server& before, const ServerWish& wish) {
  auto changes = changes_of(before, wish.server);
  if (wish.server.owner && before.url != wish.server.url) {  // nobody else's to read
    changes.leave_out("url");
    changes.add_secret("url");
  }
  // A wish without secrets for a server without any changes none.
  const bool had = !before.id.empty() && !store::list_server_header_names(db, before.id).empty();
  if (wish.headers && (had || !wish.headers->empty())) changes.add_secret("headers");
  if (wish.client_secret) changes.add_secret("client_secret");
  return changes;
}

void drop_same_secrets(Database& db, Store& store, const Server& before, ServerWish& wish) {
  if (!wish.headers) return;
  const auto known = store::open_server_headers(db, store.vault(), before.id);
  const bool are_same = std::ranges::equal(
      known, *wish.headers, [](const store::ServerHeader& one, const store::ServerHeader& other) {
        return one.name == other.name && crypto::equal(one.value.reveal(), other.value.reveal());
      });
  if (are_same) wish.headers.reset();
}

void add_wanted(Database& db, Store& store, const ServerWish& wish, Instant now) {
  store::add_server(db, wish.server);
  if (wish.headers) store::put_server_headers(db, store.vault(), wish.server.id, *wish.headers, now);
  put_typed_client(db, store, wish, now);
}

void apply_change(Database& db, Store& store, const Server& before, const ServerWish& wish, Instant now) {
  Server server = wish.server;
  if (wish.revision) server.revision = *wish.revision;  // update_server compares it
  server.updated_at = now;
  store::update_server(db, server);
  if (wish.headers) store::put_server_headers(db, store.vault(), before.id, *wish.headers, now);
  if (wish.forgets) store::remove_accounts(db, before.id, false);
  const bool is_told = wish.client_secret || before.oauth.client_auth != server.oauth.client_auth;
  if (wish.forgets || is_told) put_typed_client(db, store, wish, now);
  if (wish.forgets)
    store::remove_member_headers(db, before.id);
  else if (server.member_headers != before.member_headers)
    drop_unasked(db, store, server, now);
}

void refuse_catalog(const Server& server) {
  if (server.origin == ServerOrigin::catalog)
    throw Error::conflict("catalog_server", cat("The catalog file defines \"", server.slug,
                                                "\". Change its entry in that file."));
}

}  // namespace patchbay::http
