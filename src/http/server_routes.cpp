#include "http/server_routes.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "domain/capability.h"
#include "http/audit_row.h"
#include "http/server_body.h"
#include "store/servers.h"
#include "store/tools.h"

namespace patchbay::http {

namespace {

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

void put_state(Json& json, const ServerState* state) {
  json["state"] = state ? Json(state->state) : Json("unknown");
  json["reason"] = state ? text_or_null(state->reason) : Json();
  json["message"] = state ? text_or_null(state->message) : Json();
  json["since"] = state && state->since.milliseconds > 0 ? Json(to_rfc3339(state->since)) : Json();
  json["tools"] = state ? state->tools : 0;
  json["stale"] = state && state->stale;
}

const ServerState* find_state(const std::vector<ServerState>& states, std::string_view slug) {
  const auto found =
      std::find_if(states.begin(), states.end(), [&](const ServerState& one) { return one.slug == slug; });
  return found == states.end() ? nullptr : &*found;
}

Json to_json(const LiveTool& tool) {
  return {{"name", tool.name},
          {"title", text_or_null(tool.title)},
          {"description", text_or_null(tool.description)},
          {"digest", tool.digest},
          {"read_only", tool.read_only},
          {"held", tool.held},
          {"flags", tool.flags}};
}

Json to_json(const std::vector<LiveTool>& tools) {
  Json list = Json::array();
  for (const auto& tool : tools) list.push_back(to_json(tool));
  return list;
}

Event server_row(const Request& request, std::string_view action, const std::string& slug, Instant now) {
  Event event = audit_row(request, action, now);
  event.server = slug;
  return event;
}

// What a wish changes of a server; with "headers" where its secrets are set, replaced or forgotten.
Changes what_changed(const Server& before, const Server& after, bool headers) {
  auto changes = changes_of(before, after);
  if (headers) changes.add_secret("headers");
  return changes;
}

// A wish without secrets for a server without any changes none.
bool changes_headers(Database& db, const ServerWish& wish, const ServerId& id) {
  return wish.headers && !(wish.headers->empty() && store::list_server_header_names(db, id).empty());
}

void refuse_catalog(const Server& server) {
  if (server.origin == ServerOrigin::catalog)
    throw Error::conflict("catalog_server", cat("The catalog file defines \"", server.slug,
                                                "\". Change its entry in that file."));
}

}  // namespace

void ServerRoutes::add_to(Routes& routes) {
  const auto to = [this](HttpReply (ServerRoutes::*handler)(const Request&)) {
    return [this, handler](const Request& request) { return (this->*handler)(request); };
  };
  routes.add("GET", "/v1/servers", Scope::admin_read, to(&ServerRoutes::list));
  routes.add("POST", "/v1/servers", Scope::admin, to(&ServerRoutes::add));
  routes.add("GET", "/v1/servers/{slug}", Scope::admin_read, to(&ServerRoutes::show));
  routes.add("PATCH", "/v1/servers/{slug}", Scope::admin, to(&ServerRoutes::change));
  routes.add("DELETE", "/v1/servers/{slug}", Scope::admin, to(&ServerRoutes::remove));
  routes.add("POST", "/v1/servers/{slug}/test", Scope::admin, to(&ServerRoutes::test));
  routes.add("GET", "/v1/servers/{slug}/tools", Scope::admin_read, to(&ServerRoutes::tools));
  routes.add("POST", "/v1/servers/{slug}/refresh", Scope::admin, to(&ServerRoutes::refresh));
  routes.add("POST", "/v1/servers/{slug}/tools/{tool}/accept", Scope::admin, to(&ServerRoutes::accept));
}

// The catalog names its headers in the file, an admin's server has them in the store.
ServerRoutes::Shown ServerRoutes::look_at(Database& db, Server server,
                                          const std::vector<CatalogEntry>* published) const {
  Shown shown;
  if (server.origin == ServerOrigin::admin) {
    shown.header_names = store::list_server_header_names(db, server.id);
  } else if (published) {
    for (const auto& entry : *published)
      if (equal_ignoring_case(entry.server.slug, server.slug))
        for (const auto& header : entry.headers) shown.header_names.push_back(header.name);
  }
  shown.server = std::move(server);
  return shown;
}

HttpReply ServerRoutes::list(const Request&) {
  const auto published = hooks_.published_catalog();
  const auto all = store_.read([&](Database& db) {
    std::vector<Shown> shown;
    for (auto& server : store::list_servers(db))
      shown.push_back(look_at(db, std::move(server), published.get()));
    return shown;
  });
  const auto states = hooks_.server_states();
  Json servers = Json::array();
  for (const auto& one : all) {
    Json json = server_json(one.server, one.header_names);
    put_state(json, find_state(states, one.server.slug));
    servers.push_back(std::move(json));
  }
  return HttpReply::json(200, dump({{"servers", std::move(servers)}}));
}

std::string ServerRoutes::shown_json(const std::string& slug) const {
  const auto published = hooks_.published_catalog();
  const auto shown = store_.read(
      [&](Database& db) { return look_at(db, store::require_server(db, slug), published.get()); });
  Json json = server_json(shown.server, shown.header_names);
  const auto states = hooks_.server_states();
  put_state(json, find_state(states, shown.server.slug));
  return dump(json);
}

void ServerRoutes::check(const Server& server) const {
  validate(server);
  hooks_.check_url(server.url);
  refuse_credentials_in(server.url);
}

void ServerRoutes::keep_headers(Database& db, const ServerWish& wish, const ServerId& id, Instant now) const {
  if (wish.headers) store::put_server_headers(db, store_.vault(), id, *wish.headers, now);
}

HttpReply ServerRoutes::add(const Request& request) {
  ServerWish wish = read_new_server(request.json());
  const auto now = clock_.now();
  Server& server = wish.server;
  server.id = ServerId::create(now);
  server.origin = ServerOrigin::admin;
  server.created_at = server.updated_at = now;
  check(server);
  store_.transact([&](Database& db) {
    store::add_server(db, server);
    keep_headers(db, wish, server.id, now);
    Event row = server_row(request, "server.create", server.slug, now);
    row.reason = what_changed({}, server, wish.headers && !wish.headers->empty()).text();
    record(store_, db, row);
  });
  hooks_.servers_changed();
  return HttpReply::json(201, shown_json(server.slug));
}

Server ServerRoutes::require(const Request& request) const {
  return store_.read([&](Database& db) { return store::require_server(db, request.part("slug")); });
}

HttpReply ServerRoutes::show(const Request& request) {
  return HttpReply::json(200, shown_json(request.part("slug")));
}

HttpReply ServerRoutes::change(const Request& request) {
  const Json body = request.json();
  const auto now = clock_.now();
  store_.transact([&](Database& db) {
    const Server before = store::require_server(db, request.part("slug"));
    refuse_catalog(before);
    ServerWish wish = read_server_change(body, before);
    check(wish.server);
    if (wish.revision) wish.server.revision = *wish.revision;  // update_server compares it
    wish.server.updated_at = now;
    store::update_server(db, wish.server);
    Event row = server_row(request, "server.change", before.slug, now);
    row.reason = what_changed(before, wish.server, changes_headers(db, wish, before.id)).text();
    keep_headers(db, wish, before.id, now);
    record(store_, db, row);
  });
  hooks_.servers_changed();
  return HttpReply::json(200, shown_json(request.part("slug")));
}

HttpReply ServerRoutes::remove(const Request& request) {
  store_.transact([&](Database& db) {
    const Server server = store::require_server(db, request.part("slug"));
    Event row = server_row(request, "server.remove", server.slug, clock_.now());
    const bool had_headers = !store::list_server_header_names(db, server.id).empty();
    row.reason = what_changed(server, {}, had_headers).text();
    store::remove_server(db, server.id);
    record(store_, db, row);
  });
  hooks_.servers_changed();
  return {204, {}, {}};
}

HttpReply ServerRoutes::test(const Request& request) {
  const Server server = require(request);
  Event row = server_row(request, "server.test", server.slug, clock_.now());
  Json answer;
  try {
    const Probe probe = hooks_.probe(server.slug);
    answer = {
        {"ok", true},
        {"server",
         {{"name", probe.name}, {"version", probe.software_version}, {"protocol", probe.protocol_version}}},
        {"tools", to_json(probe.tools)}};
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::internal) throw;
    answer = {{"ok", false}, {"error", error.id()}, {"message", error.message()}};
    row.outcome = "failed";
    row.reason = error.id();
  }
  store_.transact([&](Database& db) { record(store_, db, row); });
  return HttpReply::json(200, dump(answer));
}

// What the server offers now; while nobody has asked it, what is remembered of it.
HttpReply ServerRoutes::tools_of(const Server& server) const {
  const auto live = hooks_.live_tools(server.slug);
  const auto known = store_.read([&](Database& db) { return store::list_tools(db, server.id); });
  Json list = Json::array();
  if (live) {
    std::map<std::string_view, const store::ToolDefinition*> by_name;
    for (const auto& one : known) by_name.emplace(one.name, &one);
    for (const auto& tool : *live) {
      Json json = to_json(tool);
      const auto found = by_name.find(tool.name);
      json["accepted_digest"] = found == by_name.end() ? Json() : Json(found->second->accepted_digest);
      json["capability"] = capability_name(server.slug, tool.name);
      list.push_back(std::move(json));
    }
  } else {
    for (const auto& one : known)
      list.push_back({{"name", one.name},
                      {"title", nullptr},
                      {"description", nullptr},
                      {"digest", one.digest},
                      {"read_only", nullptr},
                      {"held", one.held},
                      {"flags", nullptr},
                      {"accepted_digest", one.accepted_digest},
                      {"capability", capability_name(server.slug, one.name)}});
  }
  return HttpReply::json(200, dump({{"listed", live.has_value()}, {"tools", std::move(list)}}));
}

HttpReply ServerRoutes::tools(const Request& request) {
  return tools_of(require(request));
}

HttpReply ServerRoutes::refresh(const Request& request) {
  const Server server = require(request);
  hooks_.refresh_tools(server.slug);
  return tools_of(server);
}

HttpReply ServerRoutes::accept(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const auto digest = fields.text("digest", 64);
  fields.refuse_others();
  const std::string& tool = request.part("tool");
  const auto slug = store_.transact([&](Database& db) {
    const Server server = store::require_server(db, request.part("slug"));
    store::accept_tool(db, server.id, tool, digest);
    Event row = server_row(request, "tool.accept", server.slug, clock_.now());
    row.tool = tool;
    record(store_, db, row);
    return server.slug;
  });
  hooks_.tool_accepted(slug);
  return {204, {}, {}};
}

}  // namespace patchbay::http
