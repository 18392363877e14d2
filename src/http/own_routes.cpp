#include "http/own_routes.h"

#include <algorithm>
#include <unordered_set>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "domain/access.h"
#include "domain/selection.h"
#include "http/account_desk.h"
#include "http/approval_word.h"
#include "http/audit_row.h"
#include "http/paging.h"
#include "http/revision.h"
#include "http/server_tool_routes.h"
#include "http/server_view.h"
#include "http/user_body.h"
#include "store/accounts.h"
#include "store/member_secrets.h"

namespace patchbay::http {

namespace {

constexpr std::size_t most_connectors = 50;

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

// The person at any of the servers they may use, whatever they selected.
Caller asking(const Caller& caller) {
  Caller asking = caller;
  asking.scopes = asking.scopes | Scope::mcp_read;
  asking.names_server = true;
  return asking;
}

// "ready", "needs_connection", "error", "starting".
std::string_view status_of(const ServerState* state) {
  if (state == nullptr || state->state == "unknown") return "starting";
  if (state->state == "ok") return "ready";
  const bool sign_in = state->reason == "needs_connection" || state->reason == "upstream_unauthorized";
  return sign_in ? "needs_connection" : "error";
}

bool is_selected(const Caller& caller, const Server& server) {
  Caller selecting = asking(caller);
  selecting.names_server = false;
  return decide(selecting, server, {}, Use::see).allowed;
}

// How servers fare, for one person.
struct Standing {
  Caller caller;  // asking()
  std::vector<ServerState> shared, own;
  std::unordered_set<std::string> connected;  // ids of servers that have the account or values they need
};

// The accounts and values that are the person's, and the organisation's accounts.
std::unordered_set<std::string> connected_servers(Database& db, const UserId& user, Instant now) {
  std::unordered_set<std::string> ids;
  for (const auto& account : store::list_accounts_of(db, user))
    if (account.is_connected(now)) ids.insert(account.server.text());
  for (const auto& server : store::list_servers_with_values_of(db, user)) ids.insert(server.text());
  for (const auto& account : store::list_shared_accounts(db))
    if (account.is_connected(now)) ids.insert(account.server.text());
  return ids;
}

// What the person may use, and what it lacks. Nothing that is an admin's: no URL, transport, headers or
// grants (R90), but the names of what they themselves give.
Json connection_json(const Caller& caller, const Server& server, const Standing& standing,
                     std::string_view reason, const std::string& public_url) {
  const auto* state = find_state(standing.own, server.id);
  if (state == nullptr) state = find_state(standing.shared, server.id);
  const auto status = status_of(state);
  const bool signs_in = server.auth == AuthType::oauth;
  const bool is_theirs = server.owner || server.credential_mode == CredentialMode::per_member;
  const bool asks = !server.member_headers.empty() || (signs_in && is_theirs);
  return {{"slug", server.slug},
          {"title", text_or_null(server.title)},
          {"description", text_or_null(server.description)},
          {"icon", text_or_null(server.icon)},
          {"own", server.owner.has_value()},
          {"reason", reason},
          {"availability", to_text(server.availability)},
          {"selected", is_selected(caller, server)},
          {"status", status},
          {"message", state && status != "ready" ? text_or_null(state->message) : Json()},
          {"tools", state ? state->tools : 0},
          {"account", signs_in    ? "oauth"
                      : is_theirs ? "values"
                                  : "none"},
          {"connected", standing.connected.contains(server.id.text())},
          {"gives", server.member_headers},
          {"connect_url", asks ? Json(cat(public_url, "/connect/", server.slug)) : Json()}};
}

}  // namespace

void OwnRoutes::add_to(Routes& routes) {
  const auto to = [this](HttpReply (OwnRoutes::*handler)(const Request&)) {
    return [this, handler](const Request& request) { return (this->*handler)(request); };
  };
  routes.add("GET", "/v1/me/servers", Scope::self, to(&OwnRoutes::list));
  routes.add("POST", "/v1/me/servers", Scope::self, to(&OwnRoutes::add));
  routes.add("GET", "/v1/me/servers/{slug}", Scope::self, to(&OwnRoutes::show));
  routes.add("PATCH", "/v1/me/servers/{slug}", Scope::self, to(&OwnRoutes::change));
  routes.add("DELETE", "/v1/me/servers/{slug}", Scope::self, to(&OwnRoutes::remove));
  routes.add("POST", "/v1/me/servers/{slug}/test", Scope::self, to(&OwnRoutes::test));
  routes.add("GET", "/v1/me/servers/{slug}/tools", Scope::self, to(&OwnRoutes::tools));
  routes.add("GET", "/v1/me/connections", Scope::self, to(&OwnRoutes::list_connections));
  routes.add("GET", "/v1/me/connections/{slug}", Scope::self, to(&OwnRoutes::show_connection));
  routes.add("GET", "/v1/me/credentials/{slug}", Scope::self, to(&OwnRoutes::show_credentials));
  routes.add("PUT", "/v1/me/credentials/{slug}", Scope::self, to(&OwnRoutes::put_credentials));
  routes.add("DELETE", "/v1/me/credentials/{slug}", Scope::self, to(&OwnRoutes::remove_credentials));
  routes.add("GET", "/v1/me/approvals", Scope::self, to(&OwnRoutes::list_approvals));
  routes.add("POST", "/v1/me/approvals/{approval}", Scope::self, to(&OwnRoutes::decide_approval));
}

void OwnRoutes::check(const Server& server) const {
  validate(server);
  hooks_.check_member_url(server.url);
  refuse_credentials_in(server.url);
}

void OwnRoutes::saved(const UserId& user, const Server& server) const {
  hooks_.own_changed(user);
  if (server.enabled) hooks_.test_soon(server.id, user);
}

HttpReply OwnRoutes::shown(const Request& request, int status, const UserId& user,
                           const std::string& slug) const {
  const auto one = store_.read([&](Database& db) {
    return look_at_server(db, store::require_own_server(db, user, slug), nullptr, clock_.now());
  });
  return entity_reply(request, status, shown_json(one, hooks_.own_states(user)));
}

HttpReply OwnRoutes::list(const Request& request) {
  Page page(request);
  const UserId user = require_person(request.caller).id;
  const auto own = store_.read([&](Database& db) {
    std::vector<ShownServer> shown;
    auto found = store::list_own_servers(db, user);
    page.cut_all(found, [](const Server& server) { return server.slug; });
    for (auto& server : found) shown.push_back(look_at_server(db, std::move(server), nullptr, clock_.now()));
    return shown;
  });
  const auto states = hooks_.own_states(user);
  Json servers = Json::array();
  for (const auto& one : own) servers.push_back(shown_json(one, states));
  return page.reply("servers", std::move(servers));
}

HttpReply OwnRoutes::add(const Request& request) {
  const UserId user = require_person(request.caller).id;
  ServerWish wish = read_new_own_server(request.json());
  const auto now = clock_.now();
  Server& server = wish.server;
  server.id = ServerId::create(now);
  server.owner = user;
  server.credential_mode = CredentialMode::shared;
  server.access = {false, {}, {}};
  server.created_at = server.updated_at = now;
  check(server);
  store_.transact([&](Database& db) {
    if (store::list_own_servers(db, user).size() >= most_connectors)
      throw Error::conflict("too_many_servers",
                            cat("You have ", most_connectors, " connectors already. Remove one first."));
    // A name that they see already would be two servers' at once. One they may not see is not there.
    const auto same = store::find_server(db, server.slug);
    if (same && decide(asking(request.caller), *same, {}, Use::see).allowed)
      throw Error::conflict("slug_taken",
                            cat("There is a server \"", server.slug, "\" already. Choose another name."));
    add_wanted(db, store_, wish, now);
    Event row = server_row(request, "server.create", server, now);
    row.reason = changes_of_wish(db, {}, wish).text();
    record(store_, db, row);
  });
  saved(user, server);
  return shown(request, 201, user, server.slug);
}

HttpReply OwnRoutes::show(const Request& request) {
  return shown(request, 200, require_person(request.caller).id, request.part("slug"));
}

HttpReply OwnRoutes::change(const Request& request) {
  const UserId user = require_person(request.caller).id;
  const Json body = request.json();
  gateway::SignIns::Revocations revocations;
  const Server after = store_.transact([&](Database& db) {
    const Server before = store::require_own_server(db, user, request.part("slug"));
    const ServerWish wish = read_own_server_change(body, before);
    check(wish.server);
    check_revision(request, wish.revision, before.revision);
    Event row = server_row(request, "server.change", before, clock_.now());
    row.reason = changes_of_wish(db, before, wish).text();
    if (wish.forgets) revocations = account_revocations(store_, db, before);
    apply_change(db, store_, before, wish, clock_.now());
    record(store_, db, row);
    return wish.server;
  });
  saved(user, after);
  hooks_.revoke_soon(std::move(revocations));
  return shown(request, 200, user, after.slug);
}

HttpReply OwnRoutes::remove(const Request& request) {
  const UserId user = require_person(request.caller).id;
  auto revocations = store_.transact([&](Database& db) {
    const Server server = store::require_own_server(db, user, request.part("slug"));
    check_revision(request, std::nullopt, server.revision);
    Event row = server_row(request, "server.remove", server, clock_.now());
    auto planned = account_revocations(store_, db, server);
    store::remove_server(db, server.id);
    record(store_, db, row);
    return planned;
  });
  hooks_.own_changed(user);
  hooks_.revoke_soon(std::move(revocations));
  return {204, {}, {}};
}

HttpReply OwnRoutes::test(const Request& request) {
  const UserId user = require_person(request.caller).id;
  const Server server =
      store_.read([&](Database& db) { return store::require_own_server(db, user, request.part("slug")); });
  Event row = server_row(request, "server.test", server, clock_.now());
  const Probe probe = hooks_.probe(server.id, user);
  if (!probe.error.empty()) {
    row.outcome = "failed";
    row.reason = probe.error;
  }
  store_.transact([&](Database& db) { record(store_, db, row); });
  return HttpReply::json(200, dump(probe_json(probe)));
}

HttpReply OwnRoutes::tools(const Request& request) {
  const UserId user = require_person(request.caller).id;
  const Server server =
      store_.read([&](Database& db) { return store::require_own_server(db, user, request.part("slug")); });
  return list_tools_of(request, store_, hooks_, server, user);
}

HttpReply OwnRoutes::list_connections(const Request& request) {
  Page page(request);
  const UserId user = require_person(request.caller).id;
  const Standing standing{
      asking(request.caller), hooks_.server_states(), hooks_.own_states(user),
      store_.read([&](Database& db) { return connected_servers(db, user, clock_.now()); })};
  auto servers = store_.read([&](Database& db) {
    auto all = store::list_servers(db);
    for (auto& own : store::list_own_servers(db, user)) all.push_back(std::move(own));
    return all;
  });
  // One of their own may have the name of an organisation's server that came later.
  const auto key_of = [](const Server& server) { return cat(server.slug, server.owner ? " own" : ""); };
  std::erase_if(servers,
                [&](const Server& one) { return !decide(standing.caller, one, {}, Use::see).allowed; });
  std::ranges::sort(servers, {}, key_of);
  page.cut_all(servers, key_of);
  Json list = Json::array();
  for (const Server& server : servers) {
    const auto reason = decide(standing.caller, server, {}, Use::see).reason;
    list.push_back(connection_json(request.caller, server, standing, reason, public_url_));
  }
  return page.reply("connections", std::move(list));
}

HttpReply OwnRoutes::show_connection(const Request& request) {
  const UserId user = require_person(request.caller).id;
  const Server server = require_usable(request, "connection.show");
  const Standing standing{
      asking(request.caller), hooks_.server_states(), hooks_.own_states(user),
      store_.read([&](Database& db) { return connected_servers(db, user, clock_.now()); })};
  const auto reason = decide(standing.caller, server, {}, Use::see).reason;
  return HttpReply::json(200, dump(connection_json(request.caller, server, standing, reason, public_url_)));
}

// One of the organisation's that the person may use, else one of their own. What is hidden from them is on
// record, and answered as if it were not there.
Server OwnRoutes::require_usable(const Request& request, std::string_view action) const {
  const UserId user = require_person(request.caller).id;
  const std::string& slug = request.part("slug");
  std::optional<Server> hidden;
  const auto found = store_.read([&](Database& db) -> std::optional<Server> {
    auto server = store::find_server(db, slug);
    if (server && decide(asking(request.caller), *server, {}, Use::see).allowed) return server;
    hidden = std::move(server);
    for (auto& own : store::list_own_servers(db, user))
      if (equal_ignoring_case(own.slug, slug)) return std::move(own);
    return std::nullopt;
  });
  if (found) return *found;
  if (hidden)
    store_.transact([&](Database& db) {
      Event row = server_row(request, action, *hidden, clock_.now());
      row.outcome = "refused";
      row.reason = decide(asking(request.caller), *hidden, {}, Use::see).reason;
      record(store_, db, row);
    });
  throw Error::not_found("no_server", "There is no such server.");
}

Server OwnRoutes::require_asking(const Request& request, std::string_view action) const {
  auto server = require_usable(request, action);
  if (server.member_headers.empty())
    throw Error::conflict("no_member_values", "This server asks people for no values of their own.");
  return server;
}

HttpReply OwnRoutes::show_credentials(const Request& request) {
  const UserId user = require_person(request.caller).id;
  const Server server = require_asking(request, "credential.show");
  Json answer;
  store_.read([&](Database& db) {
    const auto given = store::list_member_header_names(db, server.id, user);
    Json headers = Json::array();
    for (const auto& name : server.member_headers)
      headers.push_back({{"name", name}, {"has_value", std::ranges::find(given, name) != given.end()}});
    answer = {{"server", server.slug}, {"headers", std::move(headers)}};
  });
  return HttpReply::json(200, dump(answer));
}

// {"headers": {name: value}}: all that the admin asks for, at once.
HttpReply OwnRoutes::put_credentials(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  auto given = fields.object("headers");
  const Server found = require_asking(request, "credential.put");
  std::vector<store::ServerHeader> values;
  for (const auto& name : found.member_headers) values.push_back({name, Secret(given.text(name))});
  given.refuse_others();
  fields.refuse_others();
  give_values(request, found, values);
  return show_credentials(request);
}

void OwnRoutes::give_values(const Request& request, const Server& found,
                            const std::vector<store::ServerHeader>& values) const {
  const UserId user = require_person(request.caller).id;
  for (const auto& one : values) validate_header(one.name, one.value.reveal());
  store_.transact([&](Database& db) {
    // What was just decided must still hold: a value given for one destination never goes to another.
    const auto now_there = store::find_server(db, found.id);
    if (!now_there || now_there->revision != found.revision)
      throw Error::conflict("stale_revision",
                            "The server was changed a moment ago. Look at it and try again.");
    store::put_member_headers(db, store_.vault(), found.id, user, values, clock_.now());
    Changes changes;
    changes.add_secret("headers");
    Event row = server_row(request, "credential.put", found, clock_.now());
    row.reason = changes.text();
    record(store_, db, row);
  });
  saved(user, found);
}

HttpReply OwnRoutes::remove_credentials(const Request& request) {
  const UserId user = require_person(request.caller).id;
  const Server server = require_asking(request, "credential.remove");
  store_.transact([&](Database& db) {
    store::put_member_headers(db, store_.vault(), server.id, user, {}, clock_.now());
    record(store_, db, server_row(request, "credential.remove", server, clock_.now()));
  });
  hooks_.own_changed(user);
  return {204, {}, {}};
}

HttpReply OwnRoutes::list_approvals(const Request& request) {
  Json list = Json::array();
  for (const auto& one : hooks_.approvals->list(require_person(request.caller).id))
    list.push_back({{"id", one.id},
                    {"server", one.server},
                    {"tool", one.tool},
                    {"arguments_preview", one.arguments},
                    {"asked_at", to_rfc3339(one.asked_at)},
                    {"expires_at", to_rfc3339(one.expires_at)}});
  return HttpReply::json(200, dump({{"approvals", std::move(list)}, {"next_cursor", nullptr}}));
}

// A person's word, so no token may give it: an agent could allow its own calls.
HttpReply OwnRoutes::decide_approval(const Request& request) {
  if (request.caller.proof != Caller::Proof::session)
    throw Error::forbidden("needs_session", "Only the person at their browser can allow a call.");
  const Json body = request.json();
  Fields fields(body);
  const bool allow = fields.truth("allow");
  fields.refuse_others();
  give_word(store_, *hooks_.approvals, request, allow, clock_.now());
  return {204, {}, {}};
}

}  // namespace patchbay::http
