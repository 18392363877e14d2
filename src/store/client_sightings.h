#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "domain/person.h"
#include "store/database.h"

namespace patchbay::store {

// A program that a person has asked with.
struct ClientSighting {
  UserId user;
  std::string name;     // what it calls itself
  std::string version;  // empty where it does not say
  Instant first_seen_at;
  Instant last_seen_at;
};

// Collects them so that a request costs no write. Any thread; write them out now and then, and before
// stopping.
class ClientSightings {
 public:
  using Seen = std::map<std::pair<std::string, std::string>, Instant>;  // by user id, then "name version"
  void note(const UserId& user, std::string_view client, Instant at);
  Seen take();

 private:
  static constexpr std::size_t most = 10'000;  // until they are written out
  Guarded<Seen> seen_;
};
void put_client_sightings(Database& db, const ClientSightings::Seen& seen);

// Of one person, newest first.
std::vector<ClientSighting> list_clients_of(Database& db, const UserId& user);

// How many people ask with each program, by its name.
struct ClientUse {
  std::string name;
  std::int64_t people = 0;
  Instant last_seen_at;
};
std::vector<ClientUse> list_client_uses(Database& db);

}  // namespace patchbay::store
