#include "http/catalog_routes.h"

#include "base/error.h"
#include "base/json.h"
#include "base/time_text.h"
#include "http/audit_row.h"

namespace patchbay::http {

namespace {

Json to_json(const gateway::CatalogProblem& problem) {
  const auto text_or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  return {{"line", problem.line},
          {"column", problem.column},
          {"entry", text_or_null(problem.entry)},
          {"field", text_or_null(problem.field)},
          {"message", problem.message},
          {"whole_file", problem.whole_file}};
}

Json to_json(const gateway::CatalogView& view) {
  Json problems = Json::array();
  if (view.problem) problems.push_back(to_json(*view.problem));
  Json json = {{"state", to_text(view.state)},
               {"version", nullptr},
               {"loaded_at", nullptr},
               {"entries", 0},
               {"dropped", 0}};
  if (view.catalog) {
    json["version"] = view.catalog->version;
    json["loaded_at"] = to_rfc3339(view.catalog->loaded_at);
    json["entries"] = view.catalog->entries.size();
    json["dropped"] = view.catalog->dropped;
    for (const auto& problem : view.catalog->problems) problems.push_back(to_json(problem));
  }
  json["problems"] = std::move(problems);
  return json;
}

}  // namespace

void CatalogRoutes::add_to(Routes& routes) {
  routes.add("GET", "/v1/mcp/managed-servers", Scope::catalog_read,
             [this](const Request& request) { return publish(request); });
  routes.add("GET", "/v1/catalog", Scope::admin_read,
             [this](const Request& request) { return show(request); });
  routes.add("POST", "/v1/catalog/reload", Scope::admin,
             [this](const Request& request) { return reload(request); });
}

HttpReply CatalogRoutes::publish(const Request& request) {
  const auto entries = hooks_.published_catalog();
  if (!entries)
    throw Error::busy("catalog_unavailable",
                      "The catalog cannot be read right now, so nothing is said about it. Keep the servers "
                      "you have and ask again.");
  HttpReply reply =
      HttpReply::json(200, managed_servers_json(*entries, request.query("client").value_or("")));
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

HttpReply CatalogRoutes::show(const Request&) {
  return HttpReply::json(200, dump(to_json(hooks_.catalog_view())));
}

HttpReply CatalogRoutes::reload(const Request& request) {
  hooks_.reload_catalog();
  const auto view = hooks_.catalog_view();
  Event row = audit_row(request, "catalog.reload", clock_.now());
  if (view.problem) {
    row.outcome = "failed";
    row.reason = "catalog_unusable";
  }
  store_.transact([&](Database& db) { record(store_, db, row); });
  return HttpReply::json(200, dump(to_json(view)));
}

}  // namespace patchbay::http
