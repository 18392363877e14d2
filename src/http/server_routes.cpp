#include "http/server_routes.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "http/access_body.h"
#include "http/audit_row.h"
#include "http/paging.h"
#include "http/presets.h"
#include "http/revision.h"
#include "http/server_body.h"
#include "http/server_view.h"
#include "store/member_secrets.h"
#include "store/servers.h"

namespace patchbay::http {

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
    for (auto& server : found) shown.push_back(look_at_server(db, std::move(server), published.get()));
    return shown;
  });
  const auto states = hooks_.server_states();
  Json servers = Json::array();
  for (const auto& one : all) servers.push_back(shown_json(one, states));
  return page.reply("servers", std::move(servers));
}

HttpReply ServerRoutes::shown(const Request& request, int status, const std::string& slug) const {
  const auto published = hooks_.published_catalog();
  const auto one = store_.read(
      [&](Database& db) { return look_at_server(db, store::require_server(db, slug), published.get()); });
  return entity_reply(request, status, shown_json(one, hooks_.server_states()));
}

void ServerRoutes::check(const Server& server) const {
  validate(server);
  hooks_.check_url(server.url);
  refuse_credentials_in(server.url);
}

// What was saved is looked at right away, so that a slip is seen where it was made.
void ServerRoutes::saved(const Server& server) {
  hooks_.servers_changed();
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

void ServerRoutes::change_now(Database& db, const Request& request, const Server& before,
                              const ServerWish& wish) {
  refuse_catalog(before);
  check(wish.server);
  check_revision(request, wish.revision, before.revision);
  Event row = server_row(request, "server.change", before, clock_.now());
  row.reason = changes_of_wish(db, before, wish).text();
  apply_change(db, store_, before, wish, clock_.now());
  record(store_, db, row);
}

HttpReply ServerRoutes::change(const Request& request) {
  const Json body = request.json();
  const Server after = store_.transact([&](Database& db) {
    const Server before = store::require_server(db, request.part("slug"));
    refuse_catalog(before);
    const ServerWish wish = read_server_change(body, before);
    change_now(db, request, before, wish);
    return wish.server;
  });
  saved(after);
  return shown(request, 200, after.slug);
}

void ServerRoutes::remove_now(Database& db, const Request& request, const Server& server) {
  check_revision(request, std::nullopt, server.revision);
  Event row = server_row(request, "server.remove", server, clock_.now());
  auto changes = changes_of(server, {});
  if (!store::list_server_header_names(db, server.id).empty()) changes.add_secret("headers");
  row.reason = changes.text();
  store::remove_server(db, server.id);
  record(store_, db, row);
}

HttpReply ServerRoutes::remove(const Request& request) {
  store_.transact(
      [&](Database& db) { remove_now(db, request, store::require_server(db, request.part("slug"))); });
  hooks_.servers_changed();
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
  const auto after = store_.transact([&](Database& db) -> std::optional<Server> {
    const auto before = store::find_server_by_key(db, key);
    if (!before) throw Error::conflict("stale_revision", "Someone else removed this server. Try again.");
    ServerWish wish = read_server_change(body, *before);
    drop_same_secrets(db, store_, *before, wish);
    if (changes_of_wish(db, *before, wish).empty()) return std::nullopt;
    change_now(db, request, *before, wish);
    return wish.server;
  });
  if (after) saved(*after);
  return shown(request, 200, known->slug);
}

HttpReply ServerRoutes::remove_by_key(const Request& request) {
  store_.transact([&](Database& db) {
    const auto server = store::find_server_by_key(db, request.part("key"));
    if (!server) throw Error::not_found("no_server", "There is no server of this key.");
    remove_now(db, request, *server);
  });
  hooks_.servers_changed();
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
  store_.transact([&](Database& db) {
    const Server server = store::require_server(db, request.part("slug"));
    refuse_catalog(server);
    store::put_server_headers(db, store_.vault(), server.id, {}, clock_.now());
    store::remove_member_headers(db, server.id);
    Changes changes;
    changes.add_secret("headers");
    changes.add_secret("accounts");
    Event row = server_row(request, "server.disconnect", server, clock_.now());
    row.reason = changes.text();
    record(store_, db, row);
  });
  hooks_.servers_changed();
  return {204, {}, {}};
}

HttpReply ServerRoutes::list_accounts(const Request& request) {
  Page page(request);
  auto accounts = store_.read([&](Database& db) {
    return store::list_member_accounts(db, store::require_server(db, request.part("slug")).id);
  });
  page.cut_all(accounts, [](const auto& account) { return lower(account.user_name); });
  Json list = Json::array();
  for (const auto& one : accounts)
    list.push_back(
        {{"user", one.user_name}, {"headers", one.headers}, {"updated_at", to_rfc3339(one.updated_at)}});
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
