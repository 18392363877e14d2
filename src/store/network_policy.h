#pragma once

#include "domain/network_policy.h"
#include "store/database.h"

namespace patchbay::store {

NetworkPolicy read_network_policy(Database& db);
void put_network_policy(Database& db, const NetworkPolicy& policy, Instant now);

}  // namespace patchbay::store
