#pragma once

#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "domain/event.h"
#include "http/route.h"
#include "store/access_lists.h"
#include "store/store.h"

namespace patchbay::http {

// The row of a change made through a route: who, from where, when, outcome "ok".
Event audit_row(const Request& request, std::string_view action, Instant now);

// The same for what a change did to a thing.
Event change_row(const Request& request, std::string_view action, Instant now, const Changes& changes);

// The rows of servers that lost a name from their access lists. Whether there were any.
bool record_lost_grants(Store& store, Database& db, const Request& request,
                        const std::vector<store::LostGrant>& lost, Instant now);

// The row of a known caller who was refused, "api.call" with what was asked for.
Event refused_row(const HttpRequest& request, const Caller& caller, std::string_view what, const Error& why,
                  Instant now);

// Appends it within the transaction that makes the change.
void record(Store& store, Database& db, const Event& event);

}  // namespace patchbay::http
