#include "http/event_json.h"

#include <utility>

#include "base/json.h"
#include "base/time_text.h"

namespace patchbay::http {

namespace {

// What a change did, as it was kept; null for other rows and for changes of which only the fields' names are
// known, because they are older.
Json changes_in(const Event& event) {
  if (!event.reason.starts_with('{')) return {};
  Json changes = Json::parse(event.reason, nullptr, false);
  return changes.is_object() ? changes : Json();
}

}  // namespace

Json event_json(const store::StoredEvent& stored) {
  const Event& event = stored.event;
  Json changes = changes_in(event);
  Json reason = changes.is_null() ? Json(event.reason) : Json();
  return {{"sequence", stored.sequence},
          {"at", to_rfc3339(event.at)},
          {"actor", event.actor},
          {"actor_name", event.actor_name},
          {"client", event.client},
          {"action", event.action},
          {"server", event.server},
          {"tool", event.tool},
          {"outcome", event.outcome},
          {"reason", std::move(reason)},
          {"changes", std::move(changes)},
          {"duration_us", event.duration_us},
          {"request_bytes", event.request_bytes},
          {"response_bytes", event.response_bytes},
          {"remote", event.remote}};
}

}  // namespace patchbay::http
