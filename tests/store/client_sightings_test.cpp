#include "store/client_sightings.h"

#include "store/users.h"
#include "support/catch.h"
#include "support/test_store.h"

using namespace patchbay;
using namespace patchbay::store;

namespace {

UserId add_person(TestStore& store, const std::string& name) {
  User user;
  user.id = UserId::create(store.clock().now());
  user.name = name;
  user.created_at = user.updated_at = store.clock().now();
  store.transact([&](Database& db) { patchbay::store::add_user(db, user); });
  return user.id;
}

void write_out(TestStore& store, ClientSightings& sightings) {
  const auto seen = sightings.take();
  store.transact([&](Database& db) { put_client_sightings(db, seen); });
}

}  // namespace

TEST_CASE("a program is known by its name, and its version is the last one seen", "[store]") {
  TestStore store;
  const auto ann = add_person(store, "ann");
  ClientSightings sightings;
  sightings.note(ann, "Cursor 3.13", {1000});
  sightings.note(ann, "python-httpx/0.27 (linux)", {1500});
  sightings.note(ann, "Claude Code", {1600});
  sightings.note(ann, "", {1700});
  write_out(store, sightings);
  sightings.note(ann, "Cursor v3.14", {2000});
  write_out(store, sightings);
  const auto clients = store.read([&](Database& db) { return list_clients_of(db, ann); });
  REQUIRE(clients.size() == 3);
  CHECK(clients[0].name == "Cursor");
  CHECK(clients[0].version == "v3.14");
  CHECK(clients[0].first_seen_at == Instant{1000});
  CHECK(clients[0].last_seen_at == Instant{2000});
  CHECK(clients[1].name == "Claude Code");
  CHECK(clients[1].version.empty());
  CHECK(clients[2].name == "python-httpx");
  CHECK(clients[2].version == "0.27");
}

TEST_CASE("people of a program are counted once each, and those who are gone not at all", "[store]") {
  TestStore store;
  const auto ann = add_person(store, "ann");
  const auto bob = add_person(store, "bob");
  ClientSightings sightings;
  for (const auto& who : {ann, bob, UserId::create({1})}) sightings.note(who, "Cursor 1", {1000});
  sightings.note(ann, "Cursor 2", {2000});
  write_out(store, sightings);
  const auto uses = store.read([](Database& db) { return list_client_uses(db); });
  REQUIRE(uses.size() == 1);
  CHECK(uses[0].people == 2);
  CHECK(uses[0].last_seen_at == Instant{2000});
  CHECK(store.read([](Database& db) { return count_people(db); }) == 2);
}

TEST_CASE("one person's names of programs have a limit, since they come from outside", "[store]") {
  TestStore store;
  const auto ann = add_person(store, "ann");
  ClientSightings sightings;
  for (int i = 0; i < 101; ++i) sightings.note(ann, "client" + std::to_string(i), {1000});
  write_out(store, sightings);
  CHECK(store.read([&](Database& db) { return list_clients_of(db, ann); }).size() == 100);
}
