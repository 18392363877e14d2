#include "http/audit_tail.h"

#include <utility>

#include "base/json.h"
#include "http/event_json.h"
#include "store/app_tokens.h"
#include "store/apps.h"
#include "store/tokens.h"

namespace patchbay::http {

AuditTail::Look AuditTail::look() {
  return store_.read([&](Database& db) {
    Look result;
    const auto newest = store::last_sequence(db);
    if (!std::exchange(has_looked_, true)) last_ = newest;
    if (newest - last_ > most_) {
      result.missed = true;
      last_ = newest - most_;
    }
    if (newest <= last_) return result;
    for (const auto& stored : store::list_events_after(db, last_, most_)) {
      last_ = stored.sequence;
      result.events.push_back(event_of(db, stored));
    }
    return result;
  });
}

LiveEvent AuditTail::event_of(Database& db, const store::StoredEvent& stored) {
  const Event& row = stored.event;
  LiveEvent event;
  event.kind = LiveEvent::Kind::audit;
  event.data = dump(event_json(stored));
  event.server = row.server;
  event.action = row.action;
  event.tool = row.tool;
  event.is_refused = row.outcome == "refused";
  event.actor = row.actor;
  event.actor_name = row.actor_name;
  event.owner = owner_of(db, row.actor);
  return event;
}

std::string AuditTail::owner_of(Database& db, const std::string& actor) {
  constexpr std::size_t most_owners = 10'000;
  if (!is_uuid(actor)) return actor;
  if (const auto known = owners_.find(actor); known != owners_.end()) return known->second;
  std::string owner = actor;
  if (const auto token = store::find_token(db, TokenId(actor))) {
    if (token->user) owner = token->user->text();
  } else if (const auto sign_in = store::find_app_sign_in(db, TokenId(actor))) {
    if (const auto grant = store::find_app_grant(db, sign_in->grant)) owner = grant->user.text();
  }
  if (owners_.size() >= most_owners) owners_.clear();
  return owners_.emplace(actor, std::move(owner)).first->second;
}

}  // namespace patchbay::http
