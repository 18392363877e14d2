#include "http/server_tool_routes.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/capability.h"
#include "http/access_body.h"
#include "http/audit_row.h"
#include "http/paging.h"
#include "http/revision.h"
#include "http/server_view.h"
#include "http/user_body.h"
#include "store/servers.h"
#include "store/tools.h"

namespace patchbay::http {

namespace {

// What an admin switches on or off at once: names written down as the tools are now, since a provider's hint
// may change.
ToolPolicies bulk_policies(std::string_view preset, const std::vector<LiveTool>& tools) {
  ToolPolicies policies;
  if (preset == "everything") return policies;
  policies.otherwise = ToolPolicy::off;
  for (const LiveTool& tool : tools)
    if (tool.read_only) policies.named[tool.name] = ToolPolicy::allow;
  return policies;
}

}  // namespace

void ServerToolRoutes::add_to(Routes& routes) {
  const auto to = [this](HttpReply (ServerToolRoutes::*handler)(const Request&)) {
    return [this, handler](const Request& request) { return (this->*handler)(request); };
  };
  routes.add("GET", "/v1/servers/{slug}/tools", Scope::admin_read, to(&ServerToolRoutes::tools));
  routes.add("POST", "/v1/servers/{slug}/refresh", Scope::admin, to(&ServerToolRoutes::refresh));
  routes.add("POST", "/v1/servers/{slug}/tools/{tool}/accept", Scope::admin, to(&ServerToolRoutes::accept));
  routes.add("POST", "/v1/me/servers/{slug}/tools/{tool}/accept", Scope::self,
             to(&ServerToolRoutes::accept_own));
  routes.add("GET", "/v1/servers/{slug}/tool-policy", Scope::admin_read, to(&ServerToolRoutes::show_policy));
  routes.add("PUT", "/v1/servers/{slug}/tool-policy", Scope::admin, to(&ServerToolRoutes::put_policy));
  routes.add("PUT", "/v1/servers/{slug}/rollout", Scope::admin, to(&ServerToolRoutes::put_rollout));
}

Server ServerToolRoutes::require(const Request& request) const {
  return store_.read([&](Database& db) { return store::require_server(db, request.part("slug")); });
}

HttpReply list_tools_of(const Request& request, Store& store, const ControlHooks& hooks, const Server& server,
                        const std::optional<UserId>& user) {
  Page page(request);
  const auto name_of = [](const auto& tool) { return tool.name; };
  auto live = hooks.live_tools(server.id, user);
  auto known = store.read([&](Database& db) { return store::list_tools(db, server.id); });
  Json list = Json::array();
  if (live) {
    std::sort(live->begin(), live->end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    page.cut_all(*live, name_of);
    std::map<std::string_view, const store::ToolDefinition*> by_name;
    for (const auto& one : known) by_name.emplace(one.name, &one);
    list = tools_json(*live);
    for (auto& json : list) {
      const auto name = json.at("name").get<std::string>();
      const auto found = by_name.find(name);
      json["accepted_digest"] = found == by_name.end() ? Json() : Json(found->second->accepted_digest);
      json["capability"] = capability_name(server.slug, name);
      json["policy"] = to_text(server.policies.of(name));
    }
  } else {
    page.cut_all(known, name_of);
    for (const auto& one : known)
      list.push_back({{"name", one.name},
                      {"title", nullptr},
                      {"description", nullptr},
                      {"digest", one.digest},
                      {"read_only", nullptr},
                      {"held", one.held},
                      {"flags", nullptr},
                      {"accepted_digest", one.accepted_digest},
                      {"capability", capability_name(server.slug, one.name)},
                      {"policy", to_text(server.policies.of(one.name))}});
  }
  return page.reply("tools", std::move(list), {{"listed", live.has_value()}});
}

HttpReply ServerToolRoutes::tools_of(const Request& request, const Server& server) const {
  return list_tools_of(request, store_, hooks_, server, std::nullopt);
}

HttpReply ServerToolRoutes::tools(const Request& request) {
  return tools_of(request, require(request));
}

HttpReply ServerToolRoutes::refresh(const Request& request) {
  const Server server = require(request);
  hooks_.refresh_tools(server.id, std::nullopt);
  return tools_of(request, server);
}

HttpReply ServerToolRoutes::accept(const Request& request) {
  return accept_at(request, [&](Database& db) { return store::require_server(db, request.part("slug")); });
}

// Of a connector of their own its owner is who looks.
HttpReply ServerToolRoutes::accept_own(const Request& request) {
  const UserId user = require_person(request.caller).id;
  return accept_at(request,
                   [&](Database& db) { return store::require_own_server(db, user, request.part("slug")); });
}

HttpReply ServerToolRoutes::accept_at(const Request& request, const std::function<Server(Database&)>& find) {
  const Json body = request.json();
  Fields fields(body);
  const auto digest = fields.text("digest", 64);
  fields.refuse_others();
  const std::string& tool = request.part("tool");
  const auto id = store_.transact([&](Database& db) {
    const Server server = find(db);
    store::accept_tool(db, server.id, tool, digest);
    Event row = server_row(request, "tool.accept", server, clock_.now());
    row.tool = tool;
    record(store_, db, row);
    return server.id;
  });
  hooks_.tool_accepted(id);
  return {204, {}, {}};
}

HttpReply ServerToolRoutes::show_policy(const Request& request) {
  return HttpReply::json(200, dump(policies_json(require(request).policies)));
}

template <class Change>
Server ServerToolRoutes::change_server(const Request& request, Change change) {
  const Server after = store_.transact([&](Database& db) {
    const Server before = store::require_server(db, request.part("slug"));
    check_revision(request, std::nullopt, before.revision);
    Server server = before;
    change(server);
    validate(server);
    server.updated_at = clock_.now();
    store::update_server(db, server);
    Event row = server_row(request, "server.change", before, clock_.now());
    row.reason = changes_of(before, server).text();
    record(store_, db, row);
    return server;
  });
  hooks_.servers_changed();
  return after;
}

// {"otherwise"?, "tools"?: {name: policy}} replaces it; {"preset": "read_only" | "everything"} writes one.
HttpReply ServerToolRoutes::put_policy(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const auto preset = fields.find_choice("preset", {"read_only", "everything"});
  ToolPolicies policies;
  if (preset) {
    const auto live = hooks_.live_tools(require(request).id, std::nullopt);
    if (!live)
      throw Error::conflict("no_list",
                            "The server has not listed its tools yet, so nobody knows which only read.");
    policies = bulk_policies(*preset, *live);
  } else {
    read_policies(fields, policies);
  }
  fields.refuse_others();
  const Server after = change_server(request, [&](Server& server) { server.policies = policies; });
  return HttpReply::json(200, dump(policies_json(after.policies)));
}

HttpReply ServerToolRoutes::put_rollout(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  Rollout rollout;
  read_rollout(fields, rollout);
  fields.refuse_others();
  const Server after = change_server(request, [&](Server& server) { server.rollout = rollout; });
  return HttpReply::json(200, dump(rollout_json(after.rollout)));
}

}  // namespace patchbay::http
