#include "http/server_routes.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "http/access_body.h"
#include "http/account_desk.h"
#include "http/audit_row.h"
#include "http/paging.h"
#include "http/presets.h"
#include "http/revision.h"
#include "http/server_body.h"
#include "http/server_view.h"
#include "store/accounts.h"
#include "store/member_secrets.h"
#include "store/servers.h"
#include "store/users.h"

namespace patchbay::http {

namespace {

// Somebody's values for headers, or an account that was signed in with; the organisation's has no user.
struct ShownAccount {
  std::string user;
  std::vector<std::string> headers;
  Instant updated_at;
  std::optional<store::Account> signed_in;
};

Json account_json(const ShownAccount& account, Instant now) {
  Json json = {{"user", account.user.empty() ? Json() : Json(account.user)},
               {"headers", account.headers},
               {"updated_at", to_rfc3339(account.updated_at)},
               {"oauth", nullptr}};
  if (const auto& one = account.signed_in)
    json["oauth"] = {{"connected", one->is_connected(now)},
                     {"issuer", one->issuer},
                     {"scope", one->scope},
                     {"expires_at", one->expires_at ? Json(to_rfc3339(*one->expires_at)) : Json()},
                     {"reason", one->reason.empty() ? Json() : Json(one->reason)}};
  return json;
}

}  // namespace

void ServerRoutes::add_to(Routes& routes) {
  const auto to = [this](HttpReply (ServerRoutes::*handler)(const Request&)) {
    return [this, handler](const Request& request) { return (this->*handler)(request); };
  };
  routes.add("GET", "/v1/servers", Scope::admin_read, to(&ServerRoutes::list));
  routes.add("POST", "/v1/servers", Scope::admin, to(&ServerRoutes::add));
  // What every copy of Patchbay brings is no secret.
  routes.add("GET", "/v1/servers/presets", Needs::nothing(), to(&ServerRoutes::list_presets));
  routes.add("GET", "/v1/servers/presets/{preset}/icon.svg", Needs::nothing(),
             to(&ServerRoutes::show_preset_icon));
  routes.add("PUT", "/v1/servers/by-key/{key}", Scope::admin, to(&ServerRoutes::put_by_key));
  routes.add("DELETE", "/v1/servers/by-key/{key}", Scope::admin, to(&ServerRoutes::remove_by_key));
  routes.add("GET", "/v1/servers/{slug}", Scope::admin_read, to(&ServerRoutes::show));
  routes.add("PATCH", "/v1/servers/{slug}", Scope::admin, to(&ServerRoutes::change));
  routes.add("DELETE", "/v1/servers/{slug}", Scope::admin, to(&ServerRoutes::remove));
  routes.add("PUT", "/v1/servers/{slug}/access", Scope::admin, to(&ServerRoutes::put_access));
  routes.add("POST", "/v1/servers/{slug}/test", Scope::admin, to(&ServerRoutes::test));
  routes.add("POST", "/v1/servers/{slug}/disconnect", Scope::admin, to(&ServerRoutes::disconnect));
  routes.add("GET", "/v1/servers/{slug}/accounts", Scope::admin_read, to(&ServerRoutes::list_accounts));
}

HttpReply ServerRoutes::list(const Request& request) {
  Page page(request);
  const auto published = hooks_.published_catalog();
  const auto all = store_.read([&](Database& db) {
    std::vector<ShownServer> shown;
    auto found = store::list_servers(db);
    page.cut_all(found, [](const Server& server) { return server.slug; });
    for (auto& server : found)
      shown.push_back(look_at_server(db, std::move(server), published.get(), clock_.now()));
    return shown;
  });
  const auto states = hooks_.server_states();
  Json servers = Json::array();
  for (const auto& one : all) servers.push_back(shown_json(one, states));
  return page.reply("servers", std::move(servers));
}

HttpReply ServerRoutes::shown(const Request& request, int status, const std::string& slug) const {
  const auto published = hooks_.published_catalog();
  const auto one = store_.read([&](Database& db) {
    return look_at_server(db, store::require_server(db, slug), published.get(), clock_.now());
  });
  return entity_reply(request, status, shown_json(one, hooks_.server_states()));
}

void ServerRoutes::check(const Server& server) const {
  validate(server);
  hooks_.check_url(server.url);
  refuse_credentials_in(server.url);
}

// What was saved is looked at right away, so that a slip is seen where it was made.
void ServerRoutes::saved(const Server& server, Revocations revocations) {
  removed(std::move(revocations));
  if (server.enabled) hooks_.test_soon(server.id, std::nullopt);
}

std::string ServerRoutes::add_now(const Request& request, ServerWish& wish) {
  const auto now = clock_.now();
  Server& server = wish.server;
  server.id = ServerId::create(now);
  server.created_at = server.updated_at = now;
  check(server);
  store_.transact([&](Database& db) {
    add_wanted(db, store_, wish, now);
    Event row = server_row(request, "server.create", server, now);
    row.reason = changes_of_wish(db, {}, wish).text();
    record(store_, db, row);
  });
  saved(server);
  return server.slug;
}

HttpReply ServerRoutes::add(const Request& request) {
  ServerWish wish = read_new_server(request.json());
  return shown(request, 201, add_now(request, wish));
}

Server ServerRoutes::require(const Request& request) const {
  return store_.read([&](Database& db) { return store::require_server(db, request.part("slug")); });
}

HttpReply ServerRoutes::show(const Request& request) {
  return shown(request, 200, request.part("slug"));
}

ServerRoutes::Revocations ServerRoutes::change_now(Database& db, const Request& request, const Server& before,
                                                   const ServerWish& wish) {
  refuse_catalog(before);
  check(wish.server);
  check_revision(request, wish.revision, before.revision);
  Event row = server_row(request, "server.change", before, clock_.now());
  row.reason = changes_of_wish(db, before, wish).text();
  Revocations revocations;
  if (wish.forgets) revocations = account_revocations(store_, db, before);
  apply_change(db, store_, before, wish, clock_.now());
  record(store_, db, row);
  return revocations;
}

HttpReply ServerRoutes::change(const Request& request) {
  const Json body = request.json();
  Revocations revocations;
  const Server after = store_.transact([&](Database& db) {
    const Server before = store::require_server(db, request.part("slug"));
    refuse_catalog(before);
    const ServerWish wish = read_server_change(body, before);
    revocations = change_now(db, request, before, wish);
    return wish.server;
  });
  saved(after, std::move(revocations));
  return shown(request, 200, after.slug);
}

void ServerRoutes::removed(Revocations revocations) {
  hooks_.servers_changed();
  hooks_.revoke_soon(std::move(revocations));
}

ServerRoutes::Revocations ServerRoutes::remove_now(Database& db, const Request& request,
                                                   const Server& server) {
  check_revision(request, std::nullopt, server.revision);
  Event row = server_row(request, "server.remove", server, clock_.now());
  auto changes = changes_of(server, {});
  if (!store::list_server_header_names(db, server.id).empty()) changes.add_secret("headers");
  row.reason = changes.text();
  auto revocations = account_revocations(store_, db, server);
  store::remove_server(db, server.id);
  record(store_, db, row);
  return revocations;
}

HttpReply ServerRoutes::remove(const Request& request) {
  removed(store_.transact([&](Database& db) {
    return remove_now(db, request, store::require_server(db, request.part("slug")));
  }));
  return {204, {}, {}};
}

// The same body again changes nothing: automation says how it should be (R119).
HttpReply ServerRoutes::put_by_key(const Request& request) {
  const Json body = request.json();
  const std::string& key = request.part("key");
  if (key.size() > 128) throw Error::invalid("external_key", "The key may have 128 characters at most.");
  const auto known = store_.read([&](Database& db) { return store::find_server_by_key(db, key); });
  if (!known) {
    ServerWish wish = read_new_server(body);
    wish.server.external_key = key;
    return shown(request, 201, add_now(request, wish));
  }
  Revocations revocations;
  const auto after = store_.transact([&](Database& db) -> std::optional<Server> {
    const auto before = store::find_server_by_key(db, key);
    if (!before) throw Error::conflict("stale_revision", "Someone else removed this server. Try again.");
    ServerWish wish = read_server_change(body, *before);
    drop_same_secrets(db, store_, *before, wish);
    if (changes_of_wish(db, *before, wish).empty()) return std::nullopt;
    revocations = change_now(db, request, *before, wish);
    return wish.server;
  });
  if (after) saved(*after, std::move(revocations));
  return shown(request, 200, known->slug);
}

HttpReply ServerRoutes::remove_by_key(const Request& request) {
  removed(store_.transact([&](Database& db) {
    const auto server = store::find_server_by_key(db, request.part("key"));
    if (!server) throw Error::not_found("no_server", "There is no server of this key.");
    return remove_now(db, request, *server);
  }));
  return {204, {}, {}};
}

// Replaces who may use it, all of it: whoever is not named any more is out at the next call (R68).
HttpReply ServerRoutes::put_access(const Request& request) {
  const Json body = request.json();
  const Json wrapped = {{"access", body}};
  Fields fields(wrapped);
  Access access;
  read_access(fields, access);
  const Server after = store_.transact([&](Database& db) {
    const Server before = store::require_server(db, request.part("slug"));
    ServerWish wish;
    wish.server = before;
    wish.server.access = access;
    change_now(db, request, before, wish);
    return wish.server;
  });
  hooks_.servers_changed();
  return shown(request, 200, after.slug);
}

HttpReply ServerRoutes::test(const Request& request) {
  const Server server = require(request);
  Event row = server_row(request, "server.test", server, clock_.now());
  const Probe probe = hooks_.probe(server.id, std::nullopt);
  if (!probe.error.empty()) {
    row.outcome = "failed";
    row.reason = probe.error;
  }
  store_.transact([&](Database& db) { record(store_, db, row); });
  return HttpReply::json(200, dump(probe_json(probe)));
}

// Forgets every credential for it: the organisation's and everybody's (R64).
HttpReply ServerRoutes::disconnect(const Request& request) {
  Revocations revocations;
  store_.transact([&](Database& db) {
    const Server server = store::require_server(db, request.part("slug"));
    if (server.auth != AuthType::oauth) refuse_catalog(server);  // accounts stand beside what the file says
    store::put_server_headers(db, store_.vault(), server.id, {}, clock_.now());
    store::remove_member_headers(db, server.id);
    revocations = account_revocations(store_, db, server);
    store::remove_accounts(db, server.id, true);
    Changes changes;
    changes.add_secret("headers");
    changes.add_secret("accounts");
    Event row = server_row(request, "server.disconnect", server, clock_.now());
    row.reason = changes.text();
    record(store_, db, row);
  });
  removed(std::move(revocations));
  return {204, {}, {}};
}

HttpReply ServerRoutes::list_accounts(const Request& request) {
  Page page(request);
  auto accounts = store_.read([&](Database& db) {
    const auto server = store::require_server(db, request.part("slug")).id;
    std::vector<ShownAccount> all;
    for (auto& one : store::list_member_accounts(db, server))
      all.push_back({std::move(one.user_name), std::move(one.headers), one.updated_at, std::nullopt});
    for (auto& one : store::list_accounts(db, server)) {
      const auto user = one.user ? store::find_user(db, *one.user) : std::nullopt;
      all.push_back({user ? user->name : std::string(), {}, one.updated_at, std::move(one)});
    }
    return all;
  });
  const auto key_of = [](const ShownAccount& account) {
    return cat(lower(account.user), account.signed_in ? " oauth" : "");
  };
  std::ranges::sort(accounts, {}, key_of);
  page.cut_all(accounts, key_of);
  Json list = Json::array();
  for (const auto& one : accounts) list.push_back(account_json(one, clock_.now()));
  return page.reply("accounts", std::move(list));
}

HttpReply ServerRoutes::list_presets(const Request&) {
  Json list = Json::array();
  for (const Preset& preset : presets()) list.push_back(preset_json(preset));
  return HttpReply::json(200, dump({{"presets", std::move(list)}, {"next_cursor", nullptr}}));
}

HttpReply ServerRoutes::show_preset_icon(const Request& request) {
  for (const Preset& preset : presets())
    if (preset.key == request.part("preset"))
      return {200,
              {{"Content-Type", "image/svg+xml"},
               {"Content-Security-Policy", "default-src 'none'"},
               {"Cache-Control", "public, max-age=86400"}},
              preset_icon(preset)};
  throw Error::not_found("no_preset", "There is no such preset.");
}

}  // namespace patchbay::http
