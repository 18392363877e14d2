#pragma once

#include "base/clock.h"
#include "gateway/approvals.h"
#include "http/route.h"
#include "store/store.h"

namespace patchbay::http {

// The caller's word on the call of the route's {approval}: on record before it counts. Throws
// Error::not_found("no_approval"), also for another person's.
void give_word(Store& store, gateway::Approvals& approvals, const Request& request, bool allow, Instant now);

}  // namespace patchbay::http
