#include "store/call_counts.h"

#include "store/events.h"
#include "support/builders.h"
#include "support/catch.h"
#include "support/test_store.h"

using namespace patchbay;
using namespace patchbay::store;
using std::chrono::milliseconds;

namespace {

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t hour = 60 * minute;

// A trail of calls that end at `now`.
struct Counted {
  Instant now{1'767'323'045'000};

  void add(const Event& event) {
    store.transact([&](Database& db) { append_event(db, store->vault().audit_chain_key(), event); });
  }
  Event call(std::int64_t ago, const std::string& outcome = "ok", std::int64_t duration_us = 10'000) {
    Event event = a_call("search");
    event.at = now + milliseconds(-ago);
    event.outcome = outcome;
    event.duration_us = duration_us;
    return event;
  }
  bool count() { return counter.catch_up(now, milliseconds(10'000)); }
  std::vector<CountedCalls> list(CountSpan span, std::string_view kind, std::string_view name = {}) {
    return store.read([&](Database& db) { return list_call_counts(db, span, kind, {0}, name); });
  }
  std::int64_t calls(CountSpan span, std::string_view kind) {
    std::int64_t sum = 0;
    for (const auto& one : list(span, kind)) sum += one.counts.calls();
    return sum;
  }

  TestStore store;
  CallCounter counter{*store};
};

}  // namespace

TEST_CASE("counts are written and read as they are", "[store]") {
  CallCounts counts;
  CHECK(parse_call_counts(to_text(counts)) == counts);
  counts.add("ok", 0);
  counts.add("ok", 99);
  counts.add("timeout", 30'000'000);
  counts.add("refused", 40);
  CHECK(parse_call_counts(to_text(counts)) == counts);
  CHECK(counts.calls() == 4);
  CHECK(counts.failed() == 1);
  CHECK(parse_call_counts("nonsense").calls() == 0);
}

TEST_CASE("a percentile is within a tenth of the true one", "[store]") {
  CallCounts counts;
  CHECK_FALSE(counts.percentile_us(50));
  for (std::int64_t ms = 1; ms <= 1000; ++ms) counts.add("ok", ms * 1000);
  for (const int percent : {10, 50, 95, 99}) {
    const auto found = static_cast<double>(counts.percentile_us(percent).value());
    CHECK(std::abs(found - percent * 10'000.0) < percent * 1'000.0);
  }
  CallCounts refused;
  refused.add("refused", 10);
  CHECK_FALSE(refused.percentile_us(95));
}

TEST_CASE("times beyond every bin and before the first have a place", "[store]") {
  CHECK(time_bin(-5) == 0);
  CHECK(time_bin(99) == 0);
  CHECK(time_bin(100) == 1);
  CHECK(time_bin(INT64_MAX) == 95);
}

TEST_CASE("the trail is added up by minute, hour and day, each row once", "[store]") {
  Counted trail;
  for (const auto ago : {0 * minute, 1 * minute, 2 * hour, 30 * hour, 80 * hour}) trail.add(trail.call(ago));
  CHECK(trail.count());
  CHECK(trail.count());
  CHECK(trail.calls(CountSpan::day, "all") == 5);
  CHECK(trail.calls(CountSpan::hour, "server") == 5);
  CHECK(trail.calls(CountSpan::minute, "all") == 3);  // what is older is not kept by minutes
  trail.add(trail.call(0));
  trail.add(trail.call(0, "tool_error"));
  CHECK(trail.count());
  CHECK(trail.calls(CountSpan::day, "all") == 7);
  const auto tools = trail.list(CountSpan::day, "tool", "notion:search");
  CHECK(tools.back().counts.failed() == 1);
  CHECK(trail.list(CountSpan::day, "person").back().name == "ci");
}

TEST_CASE("of a personal connector no more is counted than that its owner called", "[store]") {
  Counted trail;
  Event own = trail.call(0);
  own.server = "own:notion";
  trail.add(own);
  trail.count();
  CHECK(trail.calls(CountSpan::hour, "all") == 1);
  CHECK(trail.calls(CountSpan::hour, "person") == 1);
  CHECK(trail.list(CountSpan::hour, "server").empty());
  CHECK(trail.list(CountSpan::hour, "tool").empty());
}

TEST_CASE("what is no call is counted nowhere, and a change is found without reading the calls", "[store]") {
  Counted trail;
  for (int i = 0; i < 5; ++i) trail.add(trail.call(0));
  Event change = trail.call(0);
  change.action = "server.create";
  trail.add(change);
  for (const std::string action : {"tool.search", "session.start", "server.test"}) {
    Event other = trail.call(0);
    other.action = action;
    trail.add(other);
  }
  trail.count();
  CHECK(trail.calls(CountSpan::day, "all") == 5);
  EventFilter filter;
  filter.changes_only = true;
  const auto changes = trail.store.read([&](Database& db) { return list_events(db, filter); });
  REQUIRE(changes.size() == 1);
  CHECK(changes.front().event.action == "server.create");
  filter.before = changes.front().sequence;
  CHECK(trail.store.read([&](Database& db) { return list_events(db, filter); }).empty());
}

TEST_CASE("of each server the last forty calls are remembered, oldest first", "[store]") {
  Counted trail;
  for (std::int64_t i = 45; i > 0; --i) trail.add(trail.call(i * minute, i == 1 ? "timeout" : "ok", i));
  trail.count();
  trail.add(trail.call(0, "failed", 7));
  trail.count();
  const auto last = trail.store.read([](Database& db) { return list_last_calls(db); });
  REQUIRE(last.at("notion").size() == most_last_calls);
  CHECK(last.at("notion").back() == LastCall{trail.now, "failed", 7});
  CHECK(last.at("notion")[most_last_calls - 2].outcome == "timeout");
  CHECK(trail.store.read([](Database& db) { return list_last_calls(db, "other"); }).empty());
}

TEST_CASE("a trail longer than the time there is, is counted in parts", "[store]") {
  Counted trail;
  trail.store.transact([&](Database& db) {
    for (int i = 0; i < 4100; ++i) append_event(db, trail.store->vault().audit_chain_key(), trail.call(0));
  });
  int parts = 1;
  while (!trail.counter.catch_up(trail.now, milliseconds(0))) ++parts;
  CHECK(parts == 3);
  CHECK(trail.calls(CountSpan::hour, "all") == 4100);
}

TEST_CASE("counts go when the rows they were made of go", "[store]") {
  Counted trail;
  trail.add(trail.call(50 * hour));
  trail.add(trail.call(0));
  trail.count();
  const auto later = trail.now + milliseconds(27 * hour);
  trail.store.transact([&](Database& db) { forget_counts(db, later, trail.now + milliseconds(-hour)); });
  CHECK(trail.calls(CountSpan::minute, "all") == 0);
  CHECK(trail.calls(CountSpan::hour, "all") == 1);
}

TEST_CASE("the newest rows of the trail are proved without reading the others", "[store]") {
  Counted trail;
  const auto newest = [&](std::int64_t rows) {
    return trail.store.read(
        [&](Database& db) { return verify_newest(db, trail.store->vault().audit_chain_key(), rows); });
  };
  CHECK(newest(3).intact());
  for (int i = 0; i < 10; ++i) trail.add(trail.call(i));
  for (const std::int64_t rows : {1, 3, 9, 10, 11}) CHECK(newest(rows).intact());
  CHECK(newest(3).rows == 3);
  trail.store.transact([](Database& db) { db.run("update event set tool = 'other' where sequence = 5"); });
  CHECK(newest(3).intact());
  CHECK(newest(9).broken_at == 5);
}
