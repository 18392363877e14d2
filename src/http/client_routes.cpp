#include "http/client_routes.h"

#include "base/error.h"
#include "base/json.h"
#include "base/time_text.h"
#include "http/moment.h"
#include "http/paging.h"
#include "http/user_body.h"
#include "store/client_sightings.h"
#include "store/users.h"

namespace patchbay::http {

void ClientRoutes::add_to(Routes& routes) {
  routes.add("GET", "/v1/me/clients", Scope::self,
             [this](const Request& request) { return list_own(request); });
  routes.add("GET", "/v1/clients", Scope::admin_read,
             [this](const Request& request) { return list_all(request); });
}

// Whoever waits for a client to appear asks with "since".
HttpReply ClientRoutes::list_own(const Request& request) {
  const UserId user = require_person(request.caller).id;
  const auto since = read_moment(request, "since", clock_.now());
  bearer_.flush_uses();
  const auto found = store_.read([&](Database& db) { return store::list_clients_of(db, user); });
  Json clients = Json::array();
  for (const auto& one : found)
    if (!since || one.last_seen_at >= *since)
      clients.push_back({{"name", one.name},
                         {"version", one.version.empty() ? Json() : Json(one.version)},
                         {"first_seen_at", to_rfc3339(one.first_seen_at)},
                         {"last_seen_at", to_rfc3339(one.last_seen_at)}});
  return HttpReply::json(200, dump({{"clients", std::move(clients)}}));
}

HttpReply ClientRoutes::list_all(const Request& request) {
  Page page(request);
  bearer_.flush_uses();
  std::vector<store::ClientUse> found;
  std::int64_t people = 0;
  store_.read([&](Database& db) {
    found = store::list_client_uses(db);
    people = store::count_people(db);
  });
  page.cut_all(found, [](const store::ClientUse& one) { return one.name; });
  Json clients = Json::array();
  for (const auto& one : found)
    clients.push_back(
        {{"name", one.name}, {"people", one.people}, {"last_seen_at", to_rfc3339(one.last_seen_at)}});
  return page.reply("clients", std::move(clients), {{"people", people}});
}

}  // namespace patchbay::http
