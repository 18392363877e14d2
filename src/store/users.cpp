#include "store/users.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/text.h"

namespace patchbay::store {
namespace {

Role known_role(std::string_view text) {
  const auto role = parse_role(text);
  if (!role) throw Error::internal("storage_corrupt", "A user in store.db is damaged. Restore a backup.");
  return *role;
}

User read_user(const Row& row) {
  User user;
  user.id = UserId(row.text("id"));
  user.name = row.text("name");
  user.title = row.text("title");
  user.role = known_role(row.view("role"));
  user.is_service = row.flag("is_service");
  user.has_password = row.flag("has_password");
  user.revision = row.integer("revision");
  user.created_at = row.instant("created_at");
  user.updated_at = row.instant("updated_at");
  user.disabled_at = row.optional_instant("disabled_at");
  user.last_seen_at = row.optional_instant("last_seen_at");
  return user;
}

Team read_team(const Row& row) {
  Team team;
  team.id = TeamId(row.text("id"));
  team.name = row.text("name");
  team.title = row.text("title");
  team.revision = row.integer("revision");
  team.created_at = row.instant("created_at");
  team.updated_at = row.instant("updated_at");
  return team;
}

// Of two admins who give up their role at once, the second finds here that he is the last.
void require_admin(Database& db) {
  if (!has_admin(db))
    throw Error::conflict(
        "last_admin",
        "This would leave nobody who may administer Patchbay. Make another person an admin first.");
}

bool is_admin(const User& user) {
  return user.role == Role::admin && !user.disabled_at;
}

[[noreturn]] void refuse_stale(std::string_view what) {
  throw Error::conflict("stale_revision",
                        cat("This ", what, " was changed by somebody else meanwhile. Load it again."));
}

constexpr std::string_view no_user = "There is no such user. List them with: patchbay user list";

}  // namespace

void add_user(Database& db, const User& user) {
  validate(user);
  if (find_user(db, user.name))
    throw Error::conflict("user_name_taken", cat("There is a user \"", user.name, "\" already."));
  db.run(
      "insert into user (id, name, title, role, is_service, password, revision, created_at, updated_at,"
      " disabled_at) values (?, ?, ?, ?, ?, '', ?, ?, ?, ?)",
      user.id, user.name, user.title, to_text(user.role), user.is_service, user.revision, user.created_at,
      user.updated_at, user.disabled_at);
}

void update_user(Database& db, const User& user, Instant now) {
  validate(user);
  const auto before = find_user(db, user.id);
  if (!before) throw Error::not_found("no_user", std::string(no_user));
  if (db.run("update user set title = ?, role = ?, disabled_at = ?, updated_at = ?, revision = revision + 1"
             " where id = ? and revision = ?",
             user.title, to_text(user.role), user.disabled_at, now, user.id, user.revision) == 0)
    refuse_stale("user");
  if (is_admin(*before)) require_admin(db);
}

void remove_user(Database& db, const UserId& id) {
  const auto before = find_user(db, id);
  if (!before || db.run("delete from user where id = ?", id) == 0)
    throw Error::not_found("no_user", std::string(no_user));
  if (is_admin(*before)) require_admin(db);
}

std::vector<User> list_users(Database& db, const UserPage& page) {
  std::vector<User> users;
  for (const Row& row :
       db.query("select *, password <> '' as has_password from user where lower(name) > lower(?)"
                " and (? = '' or instr(lower(name), lower(?)) > 0 or instr(lower(title), lower(?)) > 0)"
                " order by lower(name) limit ?",
                page.after, page.text, page.text, page.text, page.limit))
    users.push_back(read_user(row));
  return users;
}

std::optional<User> find_user(Database& db, const UserId& id) {
  auto rows = db.query("select *, password <> '' as has_password from user where id = ?", id);
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return read_user(*row);
}

std::optional<User> find_user(Database& db, std::string_view name) {
  auto rows =
      db.query("select *, password <> '' as has_password from user where lower(name) = lower(?)", name);
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return read_user(*row);
}

User require_user(Database& db, std::string_view name_or_id) {
  auto user =
      is_uuid(name_or_id) ? find_user(db, UserId(std::string(name_or_id))) : find_user(db, name_or_id);
  if (!user) throw Error::not_found("no_user", std::string(no_user));
  return std::move(*user);
}

bool has_admin(Database& db) {
  auto rows = db.query("select 1 from user where role = 'admin' and disabled_at is null limit 1");
  return rows.next() != nullptr;
}

bool has_admin_with_password(Database& db) {
  auto rows =
      db.query("select 1 from user where role = 'admin' and disabled_at is null and password <> '' limit 1");
  return rows.next() != nullptr;
}

void touch_user(Database& db, const UserId& id, Instant now) {
  db.run("update user set last_seen_at = ? where id = ?", now, id);
}

std::string find_password(Database& db, const UserId& id) {
  auto rows = db.query("select password from user where id = ?", id);
  const Row* row = rows.next();
  return row == nullptr ? std::string() : row->text("password");
}

void put_password(Database& db, const UserId& id, std::string_view hash, Instant now) {
  if (db.run("update user set password = ?, updated_at = ?, revision = revision + 1 where id = ?", hash, now,
             id) == 0)
    throw Error::not_found("no_user", std::string(no_user));
}

std::vector<Person> list_people(Database& db) {
  std::map<std::string, std::vector<std::string>> teams;  // names by user
  for (const Row& row : db.query("select team_member.user_id as user_id, lower(team.name) as name"
                                 " from team_member join team on team.id = team_member.team_id"))
    teams[row.text("user_id")].push_back(row.text("name"));
  std::vector<Person> people;
  for (const Row& row : db.query("select id, lower(name) as name, title, role, is_service from user"
                                 " where disabled_at is null order by id")) {
    Person person{UserId(row.text("id")),       row.text("name"),       row.text("title"),
                  known_role(row.view("role")), row.flag("is_service"), teams[row.text("id")]};
    std::sort(person.teams.begin(), person.teams.end());
    people.push_back(std::move(person));
  }
  return people;
}

void add_team(Database& db, const Team& team) {
  validate(team);
  auto rows = db.query("select 1 from team where lower(name) = lower(?)", team.name);
  if (rows.next() != nullptr)
    throw Error::conflict("team_name_taken", cat("There is a team \"", team.name, "\" already."));
  db.run("insert into team (id, name, title, revision, created_at, updated_at) values (?, ?, ?, ?, ?, ?)",
         team.id, team.name, team.title, team.revision, team.created_at, team.updated_at);
}

void update_team(Database& db, const Team& team, Instant now) {
  validate(team);
  if (db.run(
          "update team set title = ?, updated_at = ?, revision = revision + 1 where id = ? and revision = ?",
          team.title, now, team.id, team.revision) == 0)
    refuse_stale("team");
}

void remove_team(Database& db, const TeamId& id) {
  if (db.run("delete from team where id = ?", id) == 0)
    throw Error::not_found("no_team", "There is no such team. List them with: patchbay team list");
}

std::vector<Team> list_teams(Database& db, std::string_view after, std::int64_t limit) {
  std::vector<Team> teams;
  for (const Row& row :
       db.query("select * from team where lower(name) > lower(?) order by lower(name) limit ?", after, limit))
    teams.push_back(read_team(row));
  return teams;
}

Team require_team(Database& db, std::string_view name_or_id) {
  auto rows = db.query("select * from team where id = ? or lower(name) = lower(?)", name_or_id, name_or_id);
  const Row* row = rows.next();
  if (row == nullptr)
    throw Error::not_found("no_team", "There is no such team. List them with: patchbay team list");
  return read_team(*row);
}

std::vector<User> list_members(Database& db, const TeamId& team) {
  std::vector<User> members;
  for (const Row& row : db.query("select user.*, password <> '' as has_password from user"
                                 " join team_member on team_member.user_id = user.id"
                                 " where team_member.team_id = ? order by lower(user.name)",
                                 team))
    members.push_back(read_user(row));
  return members;
}

std::vector<Team> list_teams_of(Database& db, const UserId& user) {
  std::vector<Team> teams;
  for (const Row& row : db.query("select team.* from team join team_member on team_member.team_id = team.id"
                                 " where team_member.user_id = ? order by lower(team.name)",
                                 user))
    teams.push_back(read_team(row));
  return teams;
}

void put_members(Database& db, const TeamId& team, const std::vector<UserId>& members) {
  db.run("delete from team_member where team_id = ?", team);
  for (const UserId& member : members)
    db.run("insert or ignore into team_member (team_id, user_id) values (?, ?)", team, member);
}

void put_teams_of(Database& db, const UserId& user, const std::vector<TeamId>& teams) {
  db.run("delete from team_member where user_id = ?", user);
  for (const TeamId& team : teams)
    db.run("insert or ignore into team_member (team_id, user_id) values (?, ?)", team, user);
}

std::int64_t count_people(Database& db) {
  auto rows = db.query("select count(*) as people from user where is_service = 0 and disabled_at is null");
  return rows.next()->integer("people");
}

}  // namespace patchbay::store
