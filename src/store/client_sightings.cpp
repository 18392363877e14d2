#include "store/client_sightings.h"

#include <algorithm>

#include "base/text.h"

namespace patchbay::store {

namespace {

constexpr int most_clients = 100;  // of one person: names come from outside

struct Named {
  std::string_view name;
  std::string_view version;
};

// "Cursor 3.13" and "python-httpx/0.27 (linux)" as they split.
Named named(std::string_view client) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t at = 1; at + 1 < client.size(); ++at) {
    const bool has_version = is_digit(client[at + 1]) ||
                             (client[at + 1] == 'v' && at + 2 < client.size() && is_digit(client[at + 2]));
    if ((client[at] != ' ' && client[at] != '/') || !has_version) continue;
    const auto rest = client.substr(at + 1);
    return {client.substr(0, at), rest.substr(0, rest.find(' '))};
  }
  return {client, {}};
}

}  // namespace

void ClientSightings::note(const UserId& user, std::string_view client, Instant at) {
  if (client.empty()) return;
  seen_.with([&](Seen& seen) {
    if (seen.size() < most) seen[{user.text(), std::string(client)}] = at;
  });
}

ClientSightings::Seen ClientSightings::take() {
  return seen_.with([](Seen& seen) { return std::exchange(seen, {}); });
}

void put_client_sightings(Database& db, const ClientSightings::Seen& seen) {
  using One = ClientSightings::Seen::value_type;
  std::vector<const One*> in_time;  // the last version is the one that stays
  for (const One& one : seen) in_time.push_back(&one);
  std::ranges::stable_sort(in_time, {}, [](const One* one) { return one->second; });
  for (const One* one : in_time) {
    const auto& [key, at] = *one;
    const auto [name, version] = named(key.second);
    const int changed =
        db.run("update client_seen set version = ?, last_seen_at = ? where user_id = ? and name = ?", version,
               at, key.first, name);
    if (changed > 0) continue;
    // The person may have gone meanwhile.
    db.run(
        "insert into client_seen (user_id, name, version, first_seen_at, last_seen_at)"
        " select id, ?, ?, ?, ? from user where id = ?"
        " and (select count(*) from client_seen where user_id = ?) < ?",
        name, version, at, at, key.first, key.first, most_clients);
  }
}

std::vector<ClientSighting> list_clients_of(Database& db, const UserId& user) {
  std::vector<ClientSighting> clients;
  for (const Row& row : db.query("select name, version, first_seen_at, last_seen_at from client_seen"
                                 " where user_id = ? order by last_seen_at desc, name",
                                 user))
    clients.push_back({user, row.text("name"), row.text("version"), row.instant("first_seen_at"),
                       row.instant("last_seen_at")});
  return clients;
}

std::vector<ClientUse> list_client_uses(Database& db) {
  std::vector<ClientUse> uses;
  for (const Row& row :
       db.query("select name, count(*) as people, max(last_seen_at) as last_seen_at from client_seen"
                " group by name order by name"))
    uses.push_back({row.text("name"), row.integer("people"), row.instant("last_seen_at")});
  return uses;
}

}  // namespace patchbay::store
