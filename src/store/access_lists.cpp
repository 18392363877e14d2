#include "store/access_lists.h"

#include "base/text.h"
#include "store/servers.h"

namespace patchbay::store {
namespace {

std::vector<LostGrant> drop(Database& db, std::string_view name, std::vector<std::string> Access::*list,
                            Instant now) {
  std::vector<LostGrant> lost;
  for (Server& server : list_servers(db)) {
    if (server.origin == ServerOrigin::catalog) continue;
    const auto same = [&](const std::string& one) { return equal_ignoring_case(one, name); };
    const Server before = server;
    if (std::erase_if(server.access.*list, same) == 0) continue;
    server.updated_at = now;
    update_server(db, server);
    lost.push_back({server.slug, changes_of(before, server)});
  }
  return lost;
}

}  // namespace

std::vector<LostGrant> drop_person_from_access(Database& db, std::string_view name, Instant now) {
  return drop(db, name, &Access::people, now);
}

std::vector<LostGrant> drop_team_from_access(Database& db, std::string_view name, Instant now) {
  return drop(db, name, &Access::teams, now);
}

}  // namespace patchbay::store
