#include "store/events.h"

#include <algorithm>
#include <set>

#include "support/builders.h"
#include "support/catch.h"
#include "support/test_store.h"

using namespace patchbay;
using namespace patchbay::store;

namespace {

// A store with `count` calls, a minute apart.
struct Trail {
  explicit Trail(int count) {
    store.transact([&](Database& db) {
      for (int i = 1; i <= count; ++i) {
        Event event = a_call("tool" + std::to_string(i));
        event.at = {i * 60'000};
        if (i % 2 == 0) event.outcome = "refused";
        append_event(db, key(), event);
      }
    });
  }
  const SecureBytes& key() { return store->vault().audit_chain_key(); }
  ChainReport verify() {
    return store.read([&](Database& db) { return verify_chain(db, key()); });
  }
  ChainReport verify_newest(std::int64_t rows) {
    return store.read([&](Database& db) { return store::verify_newest(db, key(), rows); });
  }
  std::vector<StoredEvent> list(const EventFilter& filter) {
    return store.read([&](Database& db) { return list_events(db, filter); });
  }
  std::set<std::string> tools(const EventFilter& filter) {
    std::set<std::string> names;
    for (const auto& stored : list(filter)) names.insert(stored.event.tool);
    return names;
  }
  template <class... Arguments>
  void tamper(std::string_view sql, const Arguments&... arguments) {
    const int changed = store.transact([&](Database& db) { return db.run(sql, arguments...); });
    REQUIRE(changed > 0);
  }
  TestStore store;
};

}  // namespace

TEST_CASE("an event comes back whole", "[store]") {
  Trail trail(0);
  Event event = a_call("create_page");
  event.reason = "no_grant";
  trail.store.transact([&](Database& db) { append_event(db, trail.key(), event); });
  const auto events = trail.list({});
  REQUIRE(events.size() == 1);
  const Event& found = events[0].event;
  CHECK(events[0].sequence == 1);
  CHECK(found.at == event.at);
  CHECK(found.actor == event.actor);
  CHECK(found.actor_name == event.actor_name);
  CHECK(found.client == event.client);
  CHECK(found.action == event.action);
  CHECK(found.server == event.server);
  CHECK(found.tool == event.tool);
  CHECK(found.outcome == event.outcome);
  CHECK(found.reason == event.reason);
  CHECK(found.duration_us == event.duration_us);
  CHECK(found.request_bytes == event.request_bytes);
  CHECK(found.response_bytes == event.response_bytes);
  CHECK(found.remote == event.remote);
}

TEST_CASE("events are listed newest first, by filter and by page", "[store]") {
  Trail trail(10);
  EventFilter filter;
  filter.limit = 3;
  auto page = trail.list(filter);
  REQUIRE(page.size() == 3);
  CHECK(page[0].sequence == 10);
  filter.before = page.back().sequence;
  page = trail.list(filter);
  REQUIRE(page.size() == 3);
  CHECK(page[0].sequence == 7);

  filter = {};
  filter.since = Instant{4 * 60'000};
  filter.until = Instant{7 * 60'000};
  CHECK(trail.tools(filter) == std::set<std::string>{"tool4", "tool5", "tool6"});
  filter.outcome = "refused";
  CHECK(trail.tools(filter) == std::set<std::string>{"tool4", "tool6"});
  filter.actor = "ci";
  CHECK(trail.list(filter).size() == 2);
  filter.actor = a_call("").actor;
  CHECK(trail.list(filter).size() == 2);
  filter.actor = "somebody";
  CHECK(trail.list(filter).empty());
  filter = {};
  filter.server = "notion";
  filter.action = "tool.call";
  CHECK(trail.list(filter).size() == 10);
  filter.server = "linear";
  CHECK(trail.list(filter).empty());
}

TEST_CASE("an export sees every event, oldest first, and can stop", "[store]") {
  Trail trail(10);
  std::vector<std::int64_t> seen;
  trail.store.read([&](Database& db) {
    for_each_event(db, {}, [&](const StoredEvent& stored) {
      seen.push_back(stored.sequence);
      return seen.size() < 4;
    });
  });
  CHECK(seen == std::vector<std::int64_t>{1, 2, 3, 4});
}

TEST_CASE("an untouched trail verifies", "[store]") {
  Trail trail(10);
  auto report = trail.verify();
  CHECK(report.intact());
  CHECK(report.rows == 10);
  CHECK(report.first == 1);
  CHECK(report.last == 10);
  CHECK(report.head.size() == 64);
  trail.store.reopen();
  CHECK(trail.verify().head == report.head);
  CHECK(Trail(0).verify().intact());
}

TEST_CASE("tampering with a single row is found", "[store]") {
  Trail trail(10);
  std::optional<std::int64_t> broken = 5;
  SECTION("a changed text") {
    trail.tamper("update event set tool = 'tool6' where sequence = 5");
  }
  SECTION("a letter moved to the next column") {
    trail.tamper("update event set server = 'notiont', tool = 'ool5' where sequence = 5");
  }
  SECTION("a changed number") {
    trail.tamper("update event set duration_us = 1235 where sequence = 5");
  }
  SECTION("a changed time") {
    trail.tamper("update event set at = at + 1 where sequence = 5");
  }
  SECTION("one byte of the chain") {
    auto chain = trail.list({})[5].chain;
    chain[31] = static_cast<char>(chain[31] ^ 1);
    trail.tamper("update event set chain = ? where sequence = 5", Blob{chain});
  }
  SECTION("a row taken out") {
    trail.tamper("delete from event where sequence = 5");
    broken = 6;
  }
  SECTION("a row taken out and the rest moved up") {
    trail.tamper("delete from event where sequence = 5");
    trail.tamper("update event set sequence = sequence - 1 where sequence > 5");
  }
  SECTION("two rows exchanged") {
    trail.tamper("update event set sequence = 100 where sequence = 5");
    trail.tamper("update event set sequence = 5 where sequence = 6");
    trail.tamper("update event set sequence = 6 where sequence = 100");
  }
  SECTION("the first row taken out") {
    trail.tamper("delete from event where sequence = 1");
    broken = 2;
  }
  SECTION("a forged row at the end") {
    trail.tamper(
        "insert into event select 11, at, actor, actor_name, client, action, server, tool, outcome, reason,"
        " duration_us, request_bytes, response_bytes, remote, chain from event where sequence = 10");
    broken = 11;
  }
  const auto report = trail.verify();
  CHECK_FALSE(report.intact());
  CHECK(report.broken_at == broken);
}

TEST_CASE("retention deletes the oldest and the rest still verifies", "[store]") {
  Trail trail(10);
  const auto purge = [&](Instant before, int at_most) {
    return trail.store.transact(
        [&](Database& db) { return delete_events_before(db, trail.key(), before, at_most); });
  };
  CHECK(purge({60'000}, 100) == 0);
  CHECK(purge({5 * 60'000}, 3) == 3);
  CHECK(purge({5 * 60'000}, 3) == 1);
  CHECK(purge({5 * 60'000}, 3) == 0);
  auto report = trail.verify();
  CHECK(report.intact());
  CHECK(report.rows == 6);
  CHECK(report.first == 5);

  SECTION("numbers go on after everything was deleted") {
    CHECK(purge({3'600'000}, 100) == 6);
    trail.store.transact([&](Database& db) { append_event(db, trail.key(), a_call("next")); });
    report = trail.verify();
    CHECK(report.intact());
    CHECK(report.first == 11);
  }
  SECTION("nobody else can move the anchor") {
    const auto chain = trail.list({})[5].chain;
    trail.tamper("delete from event where sequence = 5");
    trail.tamper("update event_anchor set sequence = 5, chain = ?", Blob{chain});
    CHECK(trail.verify().anchor_broken);
  }
  SECTION("nobody else can move the anchor before the newest rows are looked at") {
    const auto chain = trail.list({})[5].chain;
    trail.tamper("delete from event where sequence = 5");
    trail.tamper("update event_anchor set sequence = 5, chain = ?", Blob{chain});
    CHECK(trail.verify_newest(100).anchor_broken);
    CHECK(trail.verify_newest(5).anchor_broken);
  }
  SECTION("an anchor cannot be taken away") {
    trail.tamper("delete from event_anchor");
    CHECK(trail.verify().broken_at == 5);
  }
}

TEST_CASE("the newest rows are looked at, each against the one before it", "[store]") {
  Trail trail(10);
  for (const int rows : {1, 4, 9, 10, 11}) {
    const auto report = trail.verify_newest(rows);
    CHECK(report.intact());
    CHECK(report.rows == std::min(rows, 10));
    CHECK(report.last == 10);
  }
  SECTION("a row before them does not count, though the row that the first follows from is changed") {
    trail.tamper("update event set tool = 'other' where sequence = 6");
    CHECK(trail.verify_newest(4).intact());
    CHECK(trail.verify_newest(5).broken_at == 6);
  }
  SECTION("the row that the first follows from is taken out") {
    trail.tamper("delete from event where sequence = 6");
    const auto report = trail.verify_newest(4);
    CHECK(report.broken_at == 7);
    CHECK(report.rows == 4);
    CHECK(report.last == 10);
  }
}
