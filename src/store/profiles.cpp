#include "store/profiles.h"

#include "base/error.h"
#include "base/text.h"
#include "store/columns.h"

namespace patchbay::store {

namespace {

Profile read_profile(Database& db, const Row& row) {
  Profile profile;
  profile.id = ProfileId(row.text("id"));
  profile.slug = row.text("slug");
  profile.title = row.text("title");
  profile.description = row.text("description");
  profile.is_flat = row.flag("is_flat");
  profile.access = {row.flag("everyone"), from_column(row.view("people")), from_column(row.view("teams"))};
  profile.revision = row.integer("revision");
  profile.created_at = row.instant("created_at");
  profile.updated_at = row.instant("updated_at");
  for (const Row& server :
       db.query("select server_id, tools from profile_server where profile_id = ?", profile.id))
    profile.servers.emplace(server.text("server_id"), from_column(server.view("tools")));
  return profile;
}

void put_servers(Database& db, const Profile& profile) {
  db.run("delete from profile_server where profile_id = ?", profile.id);
  for (const auto& [server, tools] : profile.servers)
    db.run("insert into profile_server (profile_id, server_id, tools) values (?, ?, ?)", profile.id, server,
           to_column(tools));
}

}  // namespace

void add_profile(Database& db, const Profile& profile) {
  validate(profile);
  auto taken = db.query("select id from profile where lower(slug) = lower(?)", profile.slug);
  if (taken.next() != nullptr)
    throw Error::conflict("profile_taken",
                          cat("There is a profile \"", profile.slug, "\" already. Choose another name."));
  db.run(
      "insert into profile (id, slug, title, description, is_flat, everyone, people, teams, revision,"
      " created_at, updated_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      profile.id, profile.slug, profile.title, profile.description, profile.is_flat, profile.access.everyone,
      to_column(profile.access.people), to_column(profile.access.teams), profile.revision, profile.created_at,
      profile.updated_at);
  put_servers(db, profile);
}

void update_profile(Database& db, const Profile& profile) {
  validate(profile);
  const int changed = db.run(
      "update profile set title = ?, description = ?, is_flat = ?, everyone = ?, people = ?, teams = ?,"
      " updated_at = ?, revision = revision + 1 where id = ? and revision = ?",
      profile.title, profile.description, profile.is_flat, profile.access.everyone,
      to_column(profile.access.people), to_column(profile.access.teams), profile.updated_at, profile.id,
      profile.revision);
  if (changed == 0)
    throw Error::conflict("stale_revision", "Someone else changed this profile. Reload it and try again.");
  put_servers(db, profile);
}

void remove_profile(Database& db, const ProfileId& id) {
  db.run("delete from profile where id = ?", id);
}

std::vector<Profile> list_profiles(Database& db) {
  std::vector<Profile> profiles;
  for (const Row& row : db.query("select * from profile order by lower(slug)"))
    profiles.push_back(read_profile(db, row));
  return profiles;
}

Profile require_profile(Database& db, std::string_view slug_or_id) {
  auto rows =
      db.query("select * from profile where id = ? or lower(slug) = lower(?)", slug_or_id, slug_or_id);
  if (const Row* row = rows.next()) return read_profile(db, *row);
  throw Error::not_found("no_profile", cat("There is no profile \"", slug_or_id, "\"."));
}

}  // namespace patchbay::store
