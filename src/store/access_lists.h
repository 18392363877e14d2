#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "domain/event.h"
#include "store/database.h"

namespace patchbay::store {

// A name that is given up must not give its next owner what the last one was granted. Both take it out of the
// access lists of the servers that admins added (those of catalog servers are their file's), of profiles and
// of pilots, and return what changed.
struct LostGrant {
  std::string_view action;  // "server.change", "profile.change", "rollout.change"
  std::string server;       // slug, of the first
  std::string profile;      // slug, of the second
  Changes changes;
};
std::vector<LostGrant> drop_person_from_access(Database& db, std::string_view name, Instant now);
std::vector<LostGrant> drop_team_from_access(Database& db, std::string_view name, Instant now);

}  // namespace patchbay::store
