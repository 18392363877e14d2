#include "store/access_lists.h"

#include "base/text.h"
#include "store/profiles.h"
#include "store/rollout.h"
#include "store/servers.h"

namespace patchbay::store {
namespace {

struct Lists {
  std::string_view name;
  bool are_people = true;

  bool drop_from(std::vector<std::string>& people, std::vector<std::string>& teams) const {
    return std::erase_if(are_people ? people : teams,
                         [this](const std::string& one) { return equal_ignoring_case(one, name); }) > 0;
  }
};

void drop_from_servers(Database& db, const Lists& lists, Instant now, std::vector<LostGrant>& lost) {
  for (Server& server : list_servers(db)) {
    const Server before = server;
    const bool is_files = server.origin == ServerOrigin::catalog;
    const bool granted = !is_files && lists.drop_from(server.access.people, server.access.teams);
    const bool piloted = lists.drop_from(server.rollout.people, server.rollout.teams);
    if (!granted && !piloted) continue;
    server.updated_at = now;
    update_server(db, server);
    lost.push_back({"server.change", server.slug, {}, changes_of(before, server)});
  }
}

void drop_from_profiles(Database& db, const Lists& lists, Instant now, std::vector<LostGrant>& lost) {
  for (Profile& profile : list_profiles(db)) {
    const Access before = profile.access;
    if (!lists.drop_from(profile.access.people, profile.access.teams)) continue;
    profile.updated_at = now;
    update_profile(db, profile);
    Changes changes;
    changes.add("people", before.people, profile.access.people);
    changes.add("teams", before.teams, profile.access.teams);
    lost.push_back({"profile.change", {}, profile.slug, std::move(changes)});
  }
}

std::vector<LostGrant> drop(Database& db, const Lists& lists, Instant now) {
  std::vector<LostGrant> lost;
  drop_from_servers(db, lists, now, lost);
  drop_from_profiles(db, lists, now, lost);
  const Rollout before = read_rollout(db);
  Rollout rollout = before;
  if (lists.drop_from(rollout.people, rollout.teams)) {
    put_rollout(db, rollout, now);
    Changes changes;
    changes.add("people", before.people, rollout.people);
    changes.add("teams", before.teams, rollout.teams);
    lost.push_back({"rollout.change", {}, {}, std::move(changes)});
  }
  return lost;
}

}  // namespace

std::vector<LostGrant> drop_person_from_access(Database& db, std::string_view name, Instant now) {
  return drop(db, {name, true}, now);
}

std::vector<LostGrant> drop_team_from_access(Database& db, std::string_view name, Instant now) {
  return drop(db, {name, false}, now);
}

}  // namespace patchbay::store
