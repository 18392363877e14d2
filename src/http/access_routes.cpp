#include "http/access_routes.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/access.h"
#include "http/server_body.h"
#include "store/servers.h"
#include "store/tools.h"
#include "store/users.h"

namespace patchbay::http {

namespace {

constexpr std::size_t most_changes = 10'000;  // that one plan lists

// The person as they would ask with a token that has all that MCP needs.
Caller asking(std::shared_ptr<const Person> person, std::shared_ptr<const Rollout> rollout) {
  Caller caller;
  caller.rollout = std::move(rollout);
  caller.name = person->name;
  caller.scopes = Scope::mcp_read | Scope::mcp_write;
  caller.person = std::move(person);
  return caller;
}

Json to_json(const Decision& decision) {
  return {{"allowed", decision.allowed}, {"reason", decision.reason}, {"message", explain(decision.reason)}};
}

// Whether a client that reads the list of managed servers is told of it; what a person may use there is the
// same for every client.
Json client_json(const std::string& client, const Server& server,
                 const std::vector<CatalogEntry>* published) {
  bool is_told = false;
  if (published)
    for (const CatalogEntry& entry : *published)
      if (equal_ignoring_case(entry.server.slug, server.slug) && is_for_client(entry, client)) is_told = true;
  return {{"name", clean_text(client, 128, false)}, {"is_told", is_told}};
}

// What the server offers now; while nobody has asked it, what is remembered of it.
std::vector<std::string> tool_names(Store& store, const ControlHooks& hooks, const Server& server) {
  std::vector<std::string> names;
  if (const auto live = hooks.live_tools(server.id, std::nullopt)) {
    for (const LiveTool& tool : *live) names.push_back(tool.name);
  } else {
    for (const auto& one : store.read([&](Database& db) { return store::list_tools(db, server.id); }))
      names.push_back(one.name);
  }
  return names;
}

}  // namespace

void AccessRoutes::add_to(Routes& routes) {
  routes.add("GET", "/v1/access/explain", Scope::admin_read,
             [this](const Request& request) { return explain_one(request); });
  routes.add("POST", "/v1/access/plan", Scope::admin,
             [this](const Request& request) { return plan(request); });
}

// ?user=&server=&tool=: whether the person may find it, and call it, and by which rule.
HttpReply AccessRoutes::explain_one(const Request& request) {
  const auto name = request.query("user");
  const auto slug = request.query("server");
  if (!name || !slug)
    throw Error::invalid("bad_parameter",
                         "Say whom and what this is about: ?user=NAME&server=SLUG&tool=NAME.");
  const std::string tool = request.query("tool").value_or("");
  const auto [user, server] = store_.read([&](Database& db) {
    return std::pair(store::require_user(db, *name), store::require_server(db, *slug));
  });
  const auto person = bearer_.person(user.id);
  Decision see;
  Decision call;
  if (person) {
    see = decide(asking(person, bearer_.rollout()), server, tool, Use::see);
    call = decide(asking(person, bearer_.rollout()), server, tool, Use::call);
  } else {
    see.reason = call.reason = "disabled_user";
  }
  const auto client = request.query("client");
  const auto published = client ? hooks_.published_catalog() : nullptr;
  Json answer = {
      {"user", user.name},     {"client", client ? client_json(*client, server, published.get()) : Json()},
      {"server", server.slug}, {"tool", tool.empty() ? Json() : Json(tool)},
      {"see", to_json(see)},   {"call", to_json(call)}};
  if (!person) answer["see"]["message"] = answer["call"]["message"] = "This person is disabled.";
  return HttpReply::json(200, dump(answer));
}

// {"server", "change": {what PATCH /v1/servers/{slug} takes}}: nothing is changed.
HttpReply AccessRoutes::plan(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const auto slug = fields.text("server", 100);
  const Json change = fields.value("change");
  fields.refuse_others();
  Server before;
  std::vector<Person> people;
  store_.read([&](Database& db) {
    before = store::require_server(db, slug);
    people = store::list_people(db);
  });
  const Server after = read_server_change(change, before).server;
  validate(after);
  const auto tools = tool_names(store_, hooks_, before);
  Json gained = Json::array();
  Json lost = Json::array();
  bool all = true;
  const auto rollout = bearer_.rollout();
  for (Person& one : people) {
    const auto caller = asking(std::make_shared<const Person>(std::move(one)), rollout);
    for (const std::string& tool : tools) {
      const Decision was = decide(caller, before, tool, Use::call);
      const Decision will = decide(caller, after, tool, Use::call);
      if (was.allowed == will.allowed) continue;
      Json& list = will.allowed ? gained : lost;
      if (list.size() >= most_changes) {
        all = false;
        continue;
      }
      list.push_back({{"user", caller.name}, {"tool", tool}, {"reason", will.reason}});
    }
  }
  return HttpReply::json(200, dump({{"server", before.slug},
                                    {"tools", tools.size()},
                                    {"gained", std::move(gained)},
                                    {"lost", std::move(lost)},
                                    {"complete", all}}));
}

}  // namespace patchbay::http
