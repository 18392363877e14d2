#include "store/audit_writer.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>

#include "base/files.h"
#include "base/text.h"
#include "store/audit_journal.h"
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

void mend_events(TestStore& store) {
  store.close();
  const auto ring = Keyring::open(store.directory() / "keyring.json", TestStore::key());
  Database(store.directory() / "store.db", ring.database_key(), {}).run_script("drop trigger broken");
  store.reopen();
}

// Counts what it is told.
struct Told {
  std::atomic<int> done = 0;
  std::atomic<int> failed = 0;
  AuditWriter::Done hear() {
    return [this](const Error* failure) { ++(failure == nullptr ? done : failed); };
  }
};

void append(AuditWriter& writer, Event event, AuditWriter::Done done = {}) {
  std::vector<Event> one;
  one.push_back(std::move(event));
  if (writer.append(std::move(one), done) && done) done(nullptr);
}

std::size_t journals(TestStore& store) {
  return find_journals(store.directory()).size();
}

// What a process leaves that ends without a word: it has appended these, each acknowledged.
void die_after(TestStore& store, int events, AuditOptions options, int settled = 0) {
  store.close();
  Child child([&](int pipe) {
    store.reopen();
    AuditWriter writer(*store, options);
    for (int i = 1; i <= settled; ++i) writer.append_and_wait(a_call(cat("tool", i)));
    writer.settle();
    // Whatever comes now stays in the journal, for the table is taken.
    const std::scoped_lock turn(store->write_turn());
    for (int i = settled + 1; i <= events; ++i) writer.append_and_wait(a_call(cat("tool", i)));
    Child::say(pipe, "done");
    ::pause();
  });
  REQUIRE(child.hear() == "done");
  child.finish(SIGKILL);
  store.reopen();
}

}  // namespace

TEST_CASE("in durable mode an event is in the store when its owner is told", "[store]") {
  TestStore store;
  AuditWriter writer(*store, {.durable = true});
  for (int i = 1; i <= 3; ++i) {
    writer.append_and_wait(a_call("a"));
    CHECK(verify(store).rows == i);
  }
  CHECK(writer.figures().rows == 3);
  CHECK(writer.figures().groups == 3);
  CHECK(writer.figures().waiting == 0);
  CHECK(journals(store) == 0);
}

TEST_CASE("who reads the trail settles it first and then misses nothing", "[store]") {
  TestStore store;
  AuditWriter writer(*store, {});
  for (int i = 1; i <= 3; ++i) {
    writer.append_and_wait(a_call("a"));
    writer.settle();
    CHECK(verify(store).rows == i);
  }
  CHECK(verify(store).intact());
  CHECK(writer.figures().waiting == 0);
}

TEST_CASE("a thousand waiting events are written in few groups, in order, and verify", "[store]") {
  const bool durable = GENERATE(false, true);
  TestStore store;
  Told told;
  {
    AuditWriter writer(*store, {.durable = durable});
    {
      // While somebody else writes, everything piles up.
      const std::scoped_lock turn(store->write_turn());
      for (int i = 1; i <= 1000; ++i) append(writer, a_call(cat("tool", i)), told.hear());
    }
    writer.append_and_wait(a_call("last"));
    writer.settle();
    CHECK(writer.figures().rows == 1001);
    CHECK(writer.figures().groups <= 5);
  }
  CHECK(told.done == 1000);
  CHECK(told.failed == 0);
  CHECK(journals(store) == 0);
  store.reopen();
  const auto report = verify(store);
  CHECK(report.intact());
  CHECK(report.rows == 1001);
  const auto events = store.read([](Database& db) { return list_events(db, {}); });
  CHECK(events[1].event.tool == "tool1000");
}

TEST_CASE("what waits is written before the writer ends", "[store]") {
  const bool durable = GENERATE(false, true);
  TestStore store;
  Told told;
  {
    AuditWriter writer(*store, {.durable = durable});
    for (int i = 0; i < 100; ++i) append(writer, a_call("a"), told.hear());
  }
  CHECK(told.done == 100);
  CHECK(verify(store).rows == 100);
  CHECK(journals(store) == 0);
}

TEST_CASE("a full queue refuses the call instead of forgetting it", "[store]") {
  const bool durable = GENERATE(false, true);
  TestStore store;
  AuditWriter writer(*store, {.durable = durable, .queue = 5, .group = 512});
  {
    const std::scoped_lock turn(store->write_turn());
    for (int i = 0; i < 5; ++i) append(writer, a_call("a"));
    CHECK_THROWS_MATCHES(append(writer, a_call("a")), Error, HasId("audit_full"));
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
  writer.settle();
  CHECK(verify(store).rows == 6);
}

TEST_CASE("in durable mode a call that cannot be recorded is told so, and the next one can be", "[store]") {
  TestStore store;
  AuditWriter(*store, {.durable = true}).append_and_wait(a_call("before"));
  break_events(store);
  {
    AuditWriter writer(*store, {.durable = true});
    CHECK_THROWS_AS(writer.append_and_wait(a_call("lost")), Error);
    CHECK(writer.figures().failed == 1);
    CHECK(writer.figures().rows == 0);
  }
  mend_events(store);
  AuditWriter(*store, {.durable = true}).append_and_wait(a_call("after"));
  CHECK(verify(store).rows == 2);
  CHECK(verify(store).intact());
}

TEST_CASE("what the table does not take stays in the journal until it does", "[store]") {
  TestStore store;
  break_events(store);
  {
    AuditWriter writer(*store, {});
    writer.append_and_wait(a_call("kept"));
    CHECK_THROWS_AS(writer.settle(), Error);
    CHECK(writer.figures().waiting == 1);
  }
  CHECK(journals(store) == 1);
  mend_events(store);
  {
    const AuditWriter writer(*store, {});
    CHECK(verify(store).rows == 1);
  }
  CHECK(verify(store).intact());
  CHECK(journals(store) == 0);
}

TEST_CASE("a journal that a killed process left is brought into the table once", "[store]") {
  TestStore store;
  SECTION("when none of it was in the table") {
    die_after(store, 20, {});
  }
  SECTION("when some of it was in the table") {
    die_after(store, 20, {}, 7);
  }
  SECTION("when it went over several journals") {
    die_after(store, 20, {.journal_bytes = 300}, 10);
  }
  CHECK(journals(store) >= 1);
  for (int start = 0; start < 2; ++start) {
    const AuditWriter writer(*store, {.durable = start == 1});
    const auto report = verify(store);
    CHECK(report.intact());
    CHECK(report.rows == 20);
    CHECK(journals(store) == 0);
  }
  const auto events = store.read([](Database& db) { return list_events(db, {}); });
  for (std::size_t i = 0; i < events.size(); ++i) CHECK(events[i].event.tool == cat("tool", 20 - i));
}

TEST_CASE("a journal that was recovered when the process was killed again is not taken twice", "[store]") {
  TestStore store;
  die_after(store, 5, {});
  const auto found = find_journals(store.directory()).at(0);
  const auto kept = read_file(found.path, 1 << 24);
  { const AuditWriter writer(*store, {}); }
  // As if the kill had come between the commit and the removal of the file.
  replace_file(found.path, kept);
  { const AuditWriter writer(*store, {}); }
  CHECK(verify(store).rows == 5);
  CHECK(journals(store) == 0);
}

TEST_CASE("a torn or changed journal gives what is whole and says that there was more", "[store]") {
  TestStore store;
  die_after(store, 3, {});
  const auto found = find_journals(store.directory()).at(0);
  std::string bytes = read_file(found.path, 1 << 24);
  const auto end = bytes.find_last_not_of('\0');
  SECTION("torn") {
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(end - 20), bytes.end(), '\0');
  }
  SECTION("changed") {
    bytes[end - 20] ^= 1;
  }
  replace_file(found.path, bytes);
  { const AuditWriter writer(*store, {}); }
  const auto events = store.read([](Database& db) { return list_events(db, {}); });
  REQUIRE(events.size() == 3);
  CHECK(events[0].event.action == "audit.cut");
  CHECK(events[1].event.tool == "tool2");
  CHECK(verify(store).intact());
}

TEST_CASE("no group of a journal can be left out or moved", "[store]") {
  const SecureBytes root(std::string(32, 'k'));
  TestDirectory directory;
  std::size_t begin = 0;
  std::size_t middle = 0;
  std::size_t end = 0;
  {
    AuditJournal journal(directory.path(), root, 7);
    begin = journal.bytes();
    const Event first = a_call("first");
    const Event other = a_call("other");
    journal.append(&first, 1);
    middle = journal.bytes();
    journal.append(&other, 1);
    end = journal.bytes();
  }
  const auto found = find_journals(directory.path()).at(0);
  CHECK(found.generation == 7);
  CHECK(read_journal(found, root).events.size() == 2);
  const std::string bytes = read_file(found.path, 1 << 24);
  CHECK(bytes.find("first") == std::string::npos);
  SECTION("left out") {
    replace_file(found.path, bytes.substr(0, begin) + bytes.substr(middle));
  }
  SECTION("swapped") {
    replace_file(found.path, bytes.substr(0, begin) + bytes.substr(middle, end - middle) +
                                 bytes.substr(begin, middle - begin));
  }
  const auto content = read_journal(found, root);
  CHECK(content.events.empty());
  CHECK(content.cut);
  replace_file(found.path, bytes);
  CHECK(read_journal(found, SecureBytes(std::string(32, 'x'))).events.empty());
  CHECK(read_journal({found.path, 8}, root).events.empty());
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
    for (int i = 0; i < 500; ++i) append(writer, a_call("call"));
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
        AuditWriter writer(*store, {.durable = durable, .journal_bytes = 20'000});
        const auto tell = [pipe](const Error* failure) { Child::say(pipe, failure ? "x" : "."); };
        for (;;) try {
            append(writer, a_call("call"), tell);
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
      { const AuditWriter writer(*store, {.durable = durable}); }
      const auto report = verify(store);
      CHECK(report.intact());
      CHECK(report.rows >= acknowledged);
      acknowledged = static_cast<int>(report.rows);
      store.close();
    }
  }
}
