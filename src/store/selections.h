#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/person.h"
#include "domain/selection.h"
#include "store/database.h"

namespace patchbay::store {

// What a person selected; with a session's label, what one client session of theirs did. Nothing where it is
// untouched.
std::optional<Selection> find_selection(Database& db, const UserId& user, std::string_view session);
// Sorts it. Of one person's sessions those last changed stay, 50 of them.
void put_selection(Database& db, const UserId& user, std::string_view session, Selection selection,
                   Instant now);
bool remove_selection(Database& db, const UserId& user, std::string_view session);

struct StoredSelection {
  UserId user;
  std::string session;
  std::shared_ptr<const Selection> selection;
};
std::vector<StoredSelection> list_selections(Database& db);

inline constexpr std::chrono::hours session_selections_are_kept{90 * 24};
// Those of sessions that nobody changed for so long.
int purge_session_selections(Database& db, Instant now);

}  // namespace patchbay::store
