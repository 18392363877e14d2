#pragma once

#include <string_view>

#include "base/clock.h"
#include "domain/event.h"
#include "http/route.h"
#include "store/store.h"

namespace patchbay::http {

// The row of a change made through a route: who, from where, when, outcome "ok".
Event audit_row(const Request& request, std::string_view action, Instant now);

// The same for what a change did to a thing.
Event change_row(const Request& request, std::string_view action, Instant now, const Changes& changes);

// Appends it within the transaction that makes the change.
void record(Store& store, Database& db, const Event& event);

}  // namespace patchbay::http
