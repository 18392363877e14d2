#include "store/audit_writer.h"

#include <atomic>
#include <thread>

#include "base/text.h"
#include "store/events.h"
#include "support/builders.h"
#include "support/catch.h"
#include "support/child.h"
#include "support/test_store.h"

using namespace patchbay;
using namespace patchbay::store;

namespace {

ChainReport verify(TestStore& store) {
  return store.read([&](Database& db) { return verify_chain(db, store->vault().audit_chain_key()); });
}

// Makes every write to the table fail, as a full disk would.
void break_events(TestStore& store) {
  store.close();
  const auto ring = Keyring::open(store.directory() / "keyring.json", TestStore::key());
  Database(store.directory() / "store.db", ring.database_key(), {})
      .run_script("create trigger broken before insert on event begin select raise(abort, 'broken'); end");
  store.reopen();
}

}  // namespace

TEST_CASE("an event is in the store when its owner is told", "[store]") {
  TestStore store;
  AuditWriter writer(*store, {});
  for (int i = 1; i <= 3; ++i) {
    writer.append_and_wait(a_call("a"));
    CHECK(verify(store).rows == i);
  }
  CHECK(writer.figures().rows == 3);
  CHECK(writer.figures().groups == 3);
  CHECK(writer.figures().waiting == 0);
}

TEST_CASE("a thousand waiting events are written in few groups, in order, and verify", "[store]") {
  TestStore store;
  std::atomic<int> done = 0;
  std::atomic<int> failed = 0;
  {
    AuditWriter writer(*store, {});
    {
      // While somebody else writes, everything piles up.
      const std::scoped_lock turn(store->write_turn());
      for (int i = 1; i <= 1000; ++i)
        writer.append(a_call(cat("tool", i)),
                      [&](const Error* failure) { ++(failure == nullptr ? done : failed); });
    }
    writer.append_and_wait(a_call("last"));
    CHECK(writer.figures().rows == 1001);
    CHECK(writer.figures().groups <= 5);
  }
  CHECK(done == 1000);
  CHECK(failed == 0);
  store.reopen();
  const auto report = verify(store);
  CHECK(report.intact());
  CHECK(report.rows == 1001);
  const auto events = store.read([](Database& db) { return list_events(db, {}); });
  CHECK(events[1].event.tool == "tool1000");
}

TEST_CASE("what waits is written before the writer ends", "[store]") {
  TestStore store;
  std::atomic<int> done = 0;
  {
    AuditWriter writer(*store, {});
    for (int i = 0; i < 100; ++i) writer.append(a_call("a"), [&](const Error*) { ++done; });
  }
  CHECK(done == 100);
  CHECK(verify(store).rows == 100);
}

TEST_CASE("a full queue refuses the call instead of forgetting it", "[store]") {
  TestStore store;
  AuditWriter writer(*store, {.durable = false, .queue = 5, .group = 512});
  {
    const std::scoped_lock turn(store->write_turn());
    for (int i = 0; i < 5; ++i) writer.append(a_call("a"), {});
    CHECK_THROWS_MATCHES(writer.append(a_call("a"), {}), Error, HasId("audit_full"));
    CHECK(writer.figures().waiting == 5);
  }
  bool accepted = false;
  while (!accepted) try {
      writer.append_and_wait(a_call("a"));
      accepted = true;
    } catch (const Error& error) {
      REQUIRE(error.id() == "audit_full");
      std::this_thread::yield();
    }
  CHECK(verify(store).rows == 6);
}

TEST_CASE("a call that cannot be recorded is told so, and the next one can be", "[store]") {
  TestStore store;
  AuditWriter(*store, {}).append_and_wait(a_call("before"));
  break_events(store);
  {
    AuditWriter writer(*store, {});
    CHECK_THROWS_AS(writer.append_and_wait(a_call("lost")), Error);
    CHECK(writer.figures().failed == 1);
    CHECK(writer.figures().rows == 0);
  }
  store.close();
  const auto ring = Keyring::open(store.directory() / "keyring.json", TestStore::key());
  Database(store.directory() / "store.db", ring.database_key(), {}).run_script("drop trigger broken");
  store.reopen();
  AuditWriter(*store, {.durable = true}).append_and_wait(a_call("after"));
  CHECK(verify(store).rows == 2);
  CHECK(verify(store).intact());
}

TEST_CASE("changes of people and calls are recorded in one chain", "[store]") {
  TestStore store;
  {
    AuditWriter writer(*store, {});
    std::jthread people([&] {
      for (int i = 0; i < 50; ++i)
        store.transact(
            [&](Database& db) { append_event(db, store->vault().audit_chain_key(), a_call("change")); });
    });
    for (int i = 0; i < 500; ++i) writer.append(a_call("call"), {});
  }
  const auto report = verify(store);
  CHECK(report.intact());
  CHECK(report.rows == 550);
}

TEST_CASE("a killed process loses no event that it acknowledged", "[store]") {
  for (const bool durable : {false, true}) {
    TestStore store;
    store.close();
    int acknowledged = 0;
    for (int round = 0; round < 5; ++round) {
      Child child([&](int pipe) {
        store.reopen();
        AuditWriter writer(*store, {.durable = durable});
        for (;;) try {
            writer.append(a_call("call"),
                          [pipe](const Error* failure) { Child::say(pipe, failure ? "x" : "."); });
          } catch (const Error&) {
            std::this_thread::yield();
          }
      });
      std::string heard;
      while (heard.size() < 200U + 100U * static_cast<unsigned>(round)) {
        const std::string more = child.hear();
        REQUIRE_FALSE(more.empty());
        heard += more;
      }
      child.finish(SIGKILL);
      heard += child.hear_all();
      CHECK(heard == std::string(heard.size(), '.'));
      acknowledged += static_cast<int>(heard.size());

      store.reopen();
      const auto report = verify(store);
      CHECK(report.intact());
      CHECK(report.rows >= acknowledged);
      acknowledged = static_cast<int>(report.rows);
      store.close();
    }
  }
}
