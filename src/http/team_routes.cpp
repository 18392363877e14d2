#include "http/team_routes.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "http/audit_row.h"
#include "http/paging.h"
#include "http/revision.h"
#include "http/user_body.h"
#include "store/access_lists.h"
#include "store/users.h"

namespace patchbay::http {

namespace {

constexpr std::size_t most_members = 5'000;

std::vector<UserId> user_ids(Database& db, const std::vector<std::string>& names) {
  std::vector<UserId> ids;
  for (const auto& name : names) ids.push_back(store::require_user(db, name).id);
  return ids;
}

Json team_with_members(Database& db, const Team& team) {
  Json json = team_json(team);
  json["members"] = Json::array();
  for (const User& member : store::list_members(db, team.id))
    json["members"].push_back({{"id", member.id.text()},
                               {"name", member.name},
                               {"title", member.title},
                               {"disabled", member.disabled_at.has_value()}});
  return json;
}

std::vector<std::string> names_of(const std::vector<User>& users) {
  std::vector<std::string> names;
  for (const User& user : users) names.push_back(user.name);
  return names;
}

Changes changes_of(const Team& before, const std::vector<User>& members_before, const Team& after,
                   const std::vector<User>& members_after) {
  Changes changes;
  changes.add("title", before.title, after.title);
  changes.add("members", names_of(members_before), names_of(members_after));
  return changes;
}

}  // namespace

void TeamRoutes::add_to(Routes& routes) {
  const auto to = [this](HttpReply (TeamRoutes::*handler)(const Request&)) {
    return [this, handler](const Request& request) { return (this->*handler)(request); };
  };
  routes.add("GET", "/v1/teams", Scope::admin_read, to(&TeamRoutes::list));
  routes.add("POST", "/v1/teams", Scope::admin, to(&TeamRoutes::add));
  routes.add("GET", "/v1/teams/{team}", Scope::admin_read, to(&TeamRoutes::show));
  routes.add("PATCH", "/v1/teams/{team}", Scope::admin, to(&TeamRoutes::change));
  routes.add("DELETE", "/v1/teams/{team}", Scope::admin, to(&TeamRoutes::remove));
}

Event TeamRoutes::row(const Request& request, std::string_view action, const std::string& name,
                      const Changes& changes) const {
  Event event = change_row(request, action, clock_.now(), changes);
  event.tool = name;
  return event;
}

HttpReply TeamRoutes::list(const Request& request) {
  Page page(request);
  Json teams = Json::array();
  store_.read([&](Database& db) {
    auto found = store::list_teams(db, page.after(), page.rows());
    page.cut(found, [](const Team& team) { return team.name; });
    for (const Team& team : found) teams.push_back(team_with_members(db, team));
  });
  return page.reply("teams", std::move(teams));
}

HttpReply TeamRoutes::add(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const auto now = clock_.now();
  Team team;
  team.id = TeamId::create(now);
  team.name = fields.text("name", 200);
  team.title = fields.find_text("title", 200).value_or("");
  const auto members = fields.find_texts("members", most_members, 200).value_or(std::vector<std::string>());
  fields.refuse_others();
  team.created_at = team.updated_at = now;
  const Json json = store_.transact([&](Database& db) {
    store::add_team(db, team);
    store::put_members(db, team.id, user_ids(db, members));
    const auto changes = changes_of({}, {}, team, store::list_members(db, team.id));
    record(store_, db, row(request, "team.create", team.name, changes));
    return team_with_members(db, team);
  });
  bearer_.reload();
  return entity_reply(request, 201, json);
}

HttpReply TeamRoutes::show(const Request& request) {
  const Json json = store_.read(
      [&](Database& db) { return team_with_members(db, store::require_team(db, request.part("team"))); });
  return entity_reply(request, 200, json);
}

HttpReply TeamRoutes::change(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const auto title = fields.find_text("title", 200);
  const auto members = fields.find_texts("members", most_members, 200);
  const auto revision = fields.find_integer("revision", 1, INT64_MAX);
  fields.refuse_others();
  const Json json = store_.transact([&](Database& db) {
    Team team = store::require_team(db, request.part("team"));
    const Team before = team;
    const auto members_before = store::list_members(db, team.id);
    check_revision(request, revision, team.revision);
    if (title) team.title = *title;
    store::update_team(db, team, clock_.now());
    if (members) store::put_members(db, team.id, user_ids(db, *members));
    const auto changes = changes_of(before, members_before, team, store::list_members(db, team.id));
    record(store_, db, row(request, "team.change", team.name, changes));
    return team_with_members(db, store::require_team(db, team.id.text()));
  });
  bearer_.reload();
  hooks_.access_changed();
  return entity_reply(request, 200, json);
}

HttpReply TeamRoutes::remove(const Request& request) {
  const bool lost_grants = store_.transact([&](Database& db) {
    const Team team = store::require_team(db, request.part("team"));
    check_revision(request, std::nullopt, team.revision);
    const auto changes = changes_of(team, store::list_members(db, team.id), {}, {});
    store::remove_team(db, team.id);
    record(store_, db, row(request, "team.remove", team.name, changes));
    return record_lost_grants(store_, db, request, store::drop_team_from_access(db, team.name, clock_.now()),
                              clock_.now());
  });
  bearer_.reload();
  hooks_.access_changed();
  if (lost_grants) hooks_.servers_changed();
  return {204, {}, {}};
}

}  // namespace patchbay::http
