#include "store/users.h"

#include "base/text.h"
#include "support/catch.h"
#include "support/test_store.h"

using namespace patchbay;
using namespace patchbay::store;

namespace {

User a_user(TestStore& store, const std::string& name, Role role = Role::member) {
  User user;
  user.id = UserId::create(store.clock().now());
  user.name = name;
  user.role = role;
  user.created_at = user.updated_at = store.clock().now();
  return user;
}

User add(TestStore& store, const std::string& name, Role role = Role::member) {
  const User user = a_user(store, name, role);
  store.transact([&](Database& db) { add_user(db, user); });
  return store.read([&](Database& db) { return require_user(db, name); });
}

Team add_one_team(TestStore& store, const std::string& name) {
  Team team;
  team.id = TeamId::create(store.clock().now());
  team.name = name;
  team.created_at = team.updated_at = store.clock().now();
  store.transact([&](Database& db) { add_team(db, team); });
  return team;
}

void update(TestStore& store, const User& user) {
  store.transact([&](Database& db) { update_user(db, user, store.clock().now()); });
}

std::vector<std::string> names_of(const std::vector<User>& users) {
  std::vector<std::string> names;
  for (const User& user : users) names.push_back(user.name);
  return names;
}

}  // namespace

TEST_CASE("a user is found by name in any case and by id, and a name is taken once", "[store]") {
  TestStore store;
  const User ann = add(store, "Ann@example.org");
  CHECK(store.read([](Database& db) { return find_user(db, "ann@EXAMPLE.org"); })->id == ann.id);
  CHECK(store.read([&](Database& db) { return require_user(db, ann.id.text()); }).name == "Ann@example.org");
  CHECK_THROWS_MATCHES(add(store, "ann@example.org"), Error, HasId("user_name_taken"));
  CHECK_THROWS_MATCHES(store.read([](Database& db) { return require_user(db, "bob"); }), Error,
                       HasId("no_user"));
}

TEST_CASE("a name that could not stand in a grant or a path is refused", "[store]") {
  TestStore store;
  for (const std::string name : {"", "ann smith", "a/b", "@ann", "ann\n"})
    CHECK_THROWS_MATCHES(add(store, name), Error, HasId("user_name"));
  CHECK_THROWS_MATCHES(add(store, std::string(81, 'a')), Error, HasId("user_name"));
  CHECK(add(store, std::string(80, 'a')).name.size() == 80);
  User service = a_user(store, "ci", Role::admin);
  service.is_service = true;
  CHECK_THROWS_MATCHES(store.transact([&](Database& db) { add_user(db, service); }), Error,
                       HasId("user_role"));
}

TEST_CASE("a change made from an old revision is refused", "[store]") {
  TestStore store;
  const User before = add(store, "ann");
  User first = before;
  first.title = "Ann";
  update(store, first);
  User second = before;
  second.role = Role::auditor;
  CHECK_THROWS_MATCHES(update(store, second), Error, HasId("stale_revision"));
  const User now = store.read([](Database& db) { return require_user(db, "ann"); });
  CHECK(now.title == "Ann");
  CHECK(now.role == Role::member);
  CHECK(now.revision == before.revision + 1);
}

TEST_CASE("the last admin keeps the role, stays enabled and is not removed", "[store]") {
  TestStore store;
  User ann = add(store, "ann", Role::admin);
  User demoted = ann;
  demoted.role = Role::member;
  CHECK_THROWS_MATCHES(update(store, demoted), Error, HasId("last_admin"));
  User disabled = ann;
  disabled.disabled_at = store.clock().now();
  CHECK_THROWS_MATCHES(update(store, disabled), Error, HasId("last_admin"));
  CHECK_THROWS_MATCHES(store.transact([&](Database& db) { remove_user(db, ann.id); }), Error,
                       HasId("last_admin"));
  const User bob = add(store, "bob", Role::admin);
  update(store, demoted);
  CHECK_THROWS_MATCHES(store.transact([&](Database& db) { remove_user(db, bob.id); }), Error,
                       HasId("last_admin"));
  CHECK(store.read([](Database& db) { return has_admin(db); }));
}

TEST_CASE("a list goes on page by page, and a search looks at name and title", "[store]") {
  TestStore store;
  for (const char* name : {"dora", "Ann", "carl", "bob"}) add(store, name);
  const auto page = [&](const UserPage& wish) {
    return names_of(store.read([&](Database& db) { return list_users(db, wish); }));
  };
  CHECK(page({"", "", 2}) == std::vector<std::string>{"Ann", "bob"});
  CHECK(page({"bob", "", 2}) == std::vector<std::string>{"carl", "dora"});
  CHECK(page({"", "AR", 9}) == std::vector<std::string>{"carl"});
  CHECK(page({"", "%", 9}).empty());
}

TEST_CASE("people have the teams they are in, and those who are disabled are nobody", "[store]") {
  TestStore store;
  const User ann = add(store, "Ann");
  User bob = add(store, "bob");
  const Team ops = add_one_team(store, "ops");
  const Team data = add_one_team(store, "data");
  store.transact([&](Database& db) {
    put_members(db, ops.id, {ann.id, bob.id});
    put_members(db, data.id, {ann.id});
  });
  auto people = store.read([](Database& db) { return list_people(db); });
  REQUIRE(people.size() == 2);
  const Person& first = people[0].id == ann.id ? people[0] : people[1];  // born in one millisecond
  CHECK(first.name == "ann");
  CHECK(first.teams == std::vector<std::string>{"data", "ops"});
  bob.disabled_at = store.clock().now();
  update(store, bob);
  store.transact([&](Database& db) { put_teams_of(db, ann.id, {data.id}); });
  people = store.read([](Database& db) { return list_people(db); });
  REQUIRE(people.size() == 1);
  CHECK(people[0].teams == std::vector<std::string>{"data"});
  store.transact([&](Database& db) { remove_team(db, data.id); });
  CHECK(store.read([](Database& db) { return list_people(db); }).at(0).teams.empty());
}

TEST_CASE("a team's name is a slug, taken once", "[store]") {
  TestStore store;
  add_one_team(store, "ops");
  CHECK_THROWS_MATCHES(add_one_team(store, "ops"), Error, HasId("team_name_taken"));
  CHECK_THROWS_MATCHES(add_one_team(store, "two words"), Error, HasId("team_name"));
}
