#pragma once

#include "domain/rollout.h"
#include "store/database.h"

namespace patchbay::store {

// Of the appliance as a whole; on where nobody ever set it.
Rollout read_rollout(Database& db);
void put_rollout(Database& db, const Rollout& rollout, Instant now);

}  // namespace patchbay::store
