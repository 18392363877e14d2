#include "http/audit_row.h"

#include "store/events.h"

namespace patchbay::http {

Event audit_row(const Request& request, std::string_view action, Instant now) {
  const Caller& caller = request.caller;
  Event event;
  event.at = now;
  event.actor = actor_of(caller);
  event.actor_name = caller.name;
  event.action = action;
  event.outcome = "ok";
  event.remote = request.http.is_local ? "local" : request.http.peer;
  return event;
}

Event refused_row(const HttpRequest& request, const Caller& caller, std::string_view what, const Error& why,
                  Instant now) {
  Event event = audit_row({request, caller, {}}, "api.call", now);
  event.tool = what;
  event.outcome = "refused";
  event.reason = why.id();
  return event;
}

Event change_row(const Request& request, std::string_view action, Instant now, const Changes& changes) {
  Event event = audit_row(request, action, now);
  event.reason = changes.text();
  return event;
}

bool record_lost_grants(Store& store, Database& db, const Request& request,
                        const std::vector<store::LostGrant>& lost, Instant now) {
  for (const auto& one : lost) {
    Event event = change_row(request, one.action, now, one.changes);
    event.server = one.server;
    event.tool = one.profile;
    record(store, db, event);
  }
  return !lost.empty();
}

void record(Store& store, Database& db, const Event& event) {
  store::append_event(db, store.vault().audit_chain_key(), event);
}

}  // namespace patchbay::http
