#include "store/browser_sessions.h"

#include "store/users.h"
#include "support/catch.h"
#include "support/test_store.h"

using namespace patchbay;
using namespace patchbay::store;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

UserId add(TestStore& store, const std::string& name) {
  User user;
  user.id = UserId::create(store.clock().now());
  user.name = name;
  store.transact([&](Database& db) { add_user(db, user); });
  return user.id;
}

NewSession start(TestStore& store, const UserId& user) {
  return store.transact(
      [&](Database& db) { return start_session(db, user, "192.0.2.1", "Firefox", store.clock().now()); });
}

std::optional<BrowserSession> find(TestStore& store, const Secret& value) {
  return store.read([&](Database& db) { return find_session(db, value.reveal(), store.clock().now()); });
}

}  // namespace

TEST_CASE("a session is found by its cookie until it was idle for too long", "[store]") {
  TestStore store;
  const auto ann = add(store, "ann");
  const auto made = start(store, ann);
  CHECK(find(store, made.value)->user == ann);
  CHECK_FALSE(find(store, Secret(made.value.reveal() + "A")));
  CHECK_FALSE(find(store, Secret("")));
  store.clock().advance(session_idle_time - minutes(1));
  REQUIRE(find(store, made.value));
  store.transact([&](Database& db) { touch_session(db, made.session.id, store.clock().now()); });
  store.clock().advance(session_idle_time - minutes(1));
  CHECK(find(store, made.value));
  store.clock().advance(minutes(1));
  CHECK_FALSE(find(store, made.value));
}

TEST_CASE("a session ends after twelve hours however busy it was", "[store]") {
  TestStore store;
  const auto made = start(store, add(store, "ann"));
  for (int i = 0; i < 47; ++i) {
    store.clock().advance(minutes(15));
    store.transact([&](Database& db) { touch_session(db, made.session.id, store.clock().now()); });
    REQUIRE(find(store, made.value));
  }
  store.clock().advance(minutes(15));
  CHECK_FALSE(find(store, made.value));
  CHECK(store.transact([&](Database& db) { return purge_sessions(db, store.clock().now()); }) == 1);
}

TEST_CASE("a confirmed session has a new cookie, and stays confirmed for ten minutes", "[store]") {
  TestStore store;
  const auto made = start(store, add(store, "ann"));
  CHECK(find(store, made.value)->is_confirmed(store.clock().now()));
  store.clock().advance(session_stays_confirmed);
  CHECK_FALSE(find(store, made.value)->is_confirmed(store.clock().now()));
  const Secret value =
      store.transact([&](Database& db) { return confirm_session(db, made.session.id, store.clock().now()); });
  CHECK_FALSE(find(store, made.value));
  CHECK(find(store, value)->is_confirmed(store.clock().now()));
}

TEST_CASE(
    "a session whose person has another role gets a new value once; the old one is good for ten seconds",
    "[store]") {
  TestStore store;
  const auto made = start(store, add(store, "ann"));
  const auto renew = [&](Role role) {
    return store.transact(
        [&](Database& db) { return renew_session(db, made.session.id, role, store.clock().now()); });
  };
  CHECK(find(store, made.value)->role == Role::member);
  CHECK_FALSE(renew(Role::member));
  const auto value = renew(Role::admin);
  REQUIRE(value);
  CHECK_FALSE(renew(Role::admin));
  CHECK_FALSE(find(store, *value)->by_old_value);
  CHECK(find(store, *value)->role == Role::admin);
  CHECK_FALSE(find(store, *value)->is_confirmed(store.clock().now()));
  CHECK(find(store, made.value)->by_old_value);
  store.clock().advance(old_value_is_good - std::chrono::milliseconds(1));
  CHECK(find(store, made.value));
  store.clock().advance(std::chrono::milliseconds(1));
  CHECK_FALSE(find(store, made.value));
  CHECK(find(store, *value));
}

TEST_CASE("a password given again ends the value before the last one too", "[store]") {
  TestStore store;
  const auto made = start(store, add(store, "ann"));
  store.transact([&](Database& db) { renew_session(db, made.session.id, Role::admin, store.clock().now()); });
  REQUIRE(find(store, made.value));
  store.transact([&](Database& db) { confirm_session(db, made.session.id, store.clock().now()); });
  CHECK_FALSE(find(store, made.value));
}

TEST_CASE("a person's sessions end one by one or all but one, and only theirs", "[store]") {
  TestStore store;
  const auto ann = add(store, "ann");
  const auto bob = add(store, "bob");
  const auto first = start(store, ann);
  const auto second = start(store, ann);
  const auto others = start(store, bob);
  CHECK_FALSE(store.transact([&](Database& db) { return end_session(db, bob, first.session.id); }));
  CHECK(store.transact([&](Database& db) { return end_sessions(db, ann, second.session.id); }) == 1);
  CHECK_FALSE(find(store, first.value));
  CHECK(find(store, second.value));
  CHECK(find(store, others.value));
  store.transact([&](Database& db) { remove_user(db, ann); });
  CHECK_FALSE(find(store, second.value));
}

TEST_CASE("a link works once, until it is too old or a newer one was made", "[store]") {
  TestStore store;
  const auto ann = add(store, "ann");
  const auto make = [&] {
    return store.transact([&](Database& db) {
      return create_invite(db, ann, store.clock().now() + hours(24), store.clock().now());
    });
  };
  const auto take = [&](const Secret& link) {
    return store.transact([&](Database& db) { return take_invite(db, link.reveal(), store.clock().now()); });
  };
  const Secret first = make();
  const Secret second = make();
  CHECK_FALSE(take(first));
  CHECK(take(second));
  CHECK_FALSE(take(second));
  const Secret third = make();
  store.clock().advance(hours(24));
  CHECK_FALSE(store.read([&](Database& db) { return find_invite(db, third.reveal(), store.clock().now()); }));
  CHECK_FALSE(take(third));
}
