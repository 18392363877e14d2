#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"
#include "store/store.h"

namespace patchbay::store {

// Calls added up: how many ended how, and how long they took.
struct CallCounts {
  std::map<std::string, std::int64_t, std::less<>> outcomes;
  std::map<int, std::int64_t> times;  // by time_bin(); calls that were refused took none

  void add(std::string_view outcome, std::int64_t duration_us);
  void add(const CallCounts& other);
  std::int64_t calls() const;
  std::int64_t failed() const;  // the tool, its server or the way to it; not what was refused or cancelled
  // Within a tenth of the true one; nothing where no call took time.
  std::optional<std::int64_t> percentile_us(int percent) const;
  bool operator==(const CallCounts&) const = default;
};
// Four bins for each doubling, from 0.1 ms on; the last holds all that is longer.
int time_bin(std::int64_t duration_us);
// "ok 12,timeout 1;31 5,32 8"
std::string to_text(const CallCounts& counts);
CallCounts parse_call_counts(std::string_view text);  // of text that to_text wrote

enum class CountSpan : std::int64_t { minute = 60'000, hour = 3'600'000, day = 86'400'000 };
constexpr std::chrono::milliseconds length_of(CountSpan span) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(span));
}
Instant start_of(Instant at, std::chrono::milliseconds step);
// How long what was counted by minutes is kept: all calls together, and each server, tool and person.
inline constexpr std::chrono::hours minutes_are_kept{26};
inline constexpr std::chrono::hours minutes_of_each_are_kept{4};

struct CountedCalls {
  Instant start;
  std::string name;  // of kind "all" empty, of "tool" "<server>:<tool>", of "person" their name
  CallCounts counts;
};
// Of the organisation's servers; personal connectors are in "all" and "person" only. By time. Names of kind
// "person" may be those of tokens of the appliance.
std::vector<CountedCalls> list_call_counts(Database& db, CountSpan span, std::string_view kind, Instant since,
                                           std::string_view name = {});

// One of the last calls of a server.
struct LastCall {
  Instant at;
  std::string outcome;
  std::int64_t duration_us = 0;
  bool operator==(const LastCall&) const = default;
};
inline constexpr std::size_t most_last_calls = 40;
// By server, oldest first; of one server where a slug is given.
std::map<std::string, std::vector<LastCall>> list_last_calls(Database& db, std::string_view server = {});

// Rows that have outlived their time, and those about what retention deleted from the trail.
void forget_counts(Database& db, Instant now, Instant oldest);

// Adds up the trail behind its writers' backs, in the order of its rows, so that calls pay nothing for
// charts. What it knows can be made anew from the trail. Any thread that may block.
class CallCounter {
 public:
  explicit CallCounter(Store& store) : store_(store) {}
  // Goes on for at most `time`; whether everything committed before is counted.
  bool catch_up(Instant now, std::chrono::milliseconds time);

 private:
  Store& store_;
  std::mutex counting_;
};

}  // namespace patchbay::store
