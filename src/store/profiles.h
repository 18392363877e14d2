#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "domain/profile.h"
#include "store/database.h"

namespace patchbay::store {

// Throw what validate() throws, Error::conflict("profile_taken") and Error::conflict("stale_revision").
void add_profile(Database& db, const Profile& profile);
void update_profile(Database& db, const Profile& profile);  // all but id, slug and created_at
void remove_profile(Database& db, const ProfileId& id);
std::vector<Profile> list_profiles(Database& db);  // by slug
// By id or slug. Throws Error::not_found("no_profile").
Profile require_profile(Database& db, std::string_view slug_or_id);

}  // namespace patchbay::store
