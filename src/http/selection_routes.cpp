#include "http/selection_routes.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/access.h"
#include "domain/selection.h"
#include "http/audit_row.h"
#include "http/user_body.h"
#include "store/selections.h"
#include "store/servers.h"

namespace patchbay::http {

namespace {

std::string session_of(const Request& request) {
  const auto session = request.query("session").value_or("");
  const bool is_plain = std::ranges::all_of(session, [](char c) { return c > 0x20 && c < 0x7F; });
  if (session.size() > Selection::longest_session || !is_plain)
    throw Error::invalid("bad_session", "\"session\" may have 128 visible ASCII characters without blanks.");
  return session;
}

Caller asking(const Caller& caller) {
  Caller asking = caller;
  asking.scopes = asking.scopes | Scope::mcp_read;
  asking.names_server = true;
  return asking;
}

// What the person may use at all, from which they choose.
std::vector<Server> usable_servers(Database& db, const Caller& caller) {
  const Caller person = asking(caller);
  auto servers = store::list_servers(db);
  for (auto& own : store::list_own_servers(db, require_person(caller).id)) servers.push_back(std::move(own));
  std::erase_if(servers, [&](const Server& one) { return !decide(person, one, {}, Use::see).allowed; });
  return servers;
}

}  // namespace

void SelectionRoutes::add_to(Routes& routes) {
  routes.add("GET", "/v1/selection", Scope::self, [this](const Request& request) { return show(request); });
  routes.add("PUT", "/v1/selection", Scope::self, [this](const Request& request) { return put(request); });
  routes.add("DELETE", "/v1/selection", Scope::self,
             [this](const Request& request) { return reset(request); });
}

HttpReply SelectionRoutes::show(const Request& request) {
  const UserId user = require_person(request.caller).id;
  const auto session = session_of(request);
  Json answer;
  store_.read([&](Database& db) {
    const auto own = store::find_selection(db, user, session);
    const auto selection = own || session.empty() ? own : store::find_selection(db, user, "");
    Json servers = Json::array();
    for (const Server& server : usable_servers(db, request.caller)) {
      const bool is_forced = server.availability == Availability::force_on;
      const bool is_chosen =
          selection ? selection->holds(server.id.text()) : server.availability == Availability::default_on;
      servers.push_back({{"slug", server.slug},
                         {"title", server.title.empty() ? Json() : Json(server.title)},
                         {"own", server.owner.has_value()},
                         {"selected", is_forced || is_chosen},
                         {"forced", is_forced}});
    }
    answer = {{"session", session.empty() ? Json() : Json(session)},
              {"touched", own.has_value()},
              {"servers", std::move(servers)}};
  });
  return HttpReply::json(200, dump(answer));
}

// {"servers": [slug, …]}: [] opts out of all that can be; without "servers" nothing changes. Names that the
// person may not use are left out, as if they were not there.
HttpReply SelectionRoutes::put(const Request& request) {
  const UserId user = require_person(request.caller).id;
  const auto session = session_of(request);
  const Json body = request.json();
  Fields fields(body);
  const auto wanted = fields.find_texts("servers", Selection::most, 64);
  fields.refuse_others();
  if (wanted) {
    store_.transact([&](Database& db) {
      Selection selection;
      for (const Server& server : usable_servers(db, request.caller)) {
        const bool is_wanted = std::ranges::any_of(*wanted, [&](const std::string& name) {
          return equal_ignoring_case(name, server.slug) || name == server.id.text();
        });
        if (is_wanted) selection.servers.push_back(server.id.text());
      }
      store::put_selection(db, user, session, std::move(selection), clock_.now());
      record(store_, db, audit_row(request, "selection.change", clock_.now()));
    });
    changed(request);
  }
  return show(request);
}

HttpReply SelectionRoutes::reset(const Request& request) {
  const UserId user = require_person(request.caller).id;
  const auto session = session_of(request);
  const bool removed = store_.transact([&](Database& db) {
    const bool was_there = store::remove_selection(db, user, session);
    if (was_there) record(store_, db, audit_row(request, "selection.reset", clock_.now()));
    return was_there;
  });
  if (removed) changed(request);
  return {204, {}, {}};
}

void SelectionRoutes::changed(const Request& request) {
  bearer_.reload();
  hooks_.selection_changed(require_person(request.caller).id);
}

}  // namespace patchbay::http
