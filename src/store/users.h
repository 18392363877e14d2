#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/person.h"
#include "store/database.h"

namespace patchbay::store {

// Throws what validate() throws, and Error::conflict("user_name_taken").
void add_user(Database& db, const User& user);
// Title, role and whether disabled; grows the revision. Throws Error::conflict("stale_revision"), and
// Error::conflict("last_admin") where nobody would be left who may administer.
void update_user(Database& db, const User& user, Instant now);
// With tokens, sessions and memberships. Throws like update_user().
void remove_user(Database& db, const UserId& id);

struct UserPage {
  std::string after;  // the name that the page begins behind, ignoring case
  std::string text;   // only those whose name or title holds this
  std::int64_t limit = 100;
};
std::vector<User> list_users(Database& db, const UserPage& page);  // by name
std::int64_t count_people(Database& db);                           // who are enabled; no service accounts
std::optional<User> find_user(Database& db, const UserId& id);
std::optional<User> find_user(Database& db, std::string_view name);
// By id or name. Throws Error::not_found("no_user").
User require_user(Database& db, std::string_view name_or_id);
bool has_admin(Database& db);                // one who is not disabled
bool has_admin_with_password(Database& db);  // one who is not disabled and can sign in
void touch_user(Database& db, const UserId& id, Instant now);

// The stored hash; empty where there is none.
std::string find_password(Database& db, const UserId& id);
void put_password(Database& db, const UserId& id, std::string_view hash, Instant now);

// Everybody who is not disabled, with their teams, for the snapshot that decisions are made from.
std::vector<Person> list_people(Database& db);

// Throws what validate() throws, and Error::conflict("team_name_taken").
void add_team(Database& db, const Team& team);
void update_team(Database& db, const Team& team,
                 Instant now);  // the title; Error::conflict("stale_revision")
void remove_team(Database& db, const TeamId& id);
// By name, behind `after`, ignoring case.
std::vector<Team> list_teams(Database& db, std::string_view after = {}, std::int64_t limit = INT64_MAX);
Team require_team(Database& db, std::string_view name_or_id);      // throws Error::not_found("no_team")
std::vector<User> list_members(Database& db, const TeamId& team);  // by name
std::vector<Team> list_teams_of(Database& db, const UserId& user);
void put_members(Database& db, const TeamId& team, const std::vector<UserId>& members);  // replaces all
void put_teams_of(Database& db, const UserId& user, const std::vector<TeamId>& teams);   // replaces all

}  // namespace patchbay::store
