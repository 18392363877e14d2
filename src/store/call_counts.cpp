#include "store/call_counts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "base/text.h"
#include "domain/event.h"

namespace patchbay::store {

namespace {

constexpr int bins = 96;

// The shortest time of each bin, in microseconds.
const std::array<std::int64_t, bins>& bounds() {
  static const auto table = [] {
    std::array<std::int64_t, bins> made{};
    for (int i = 1; i < bins; ++i)
      made[static_cast<std::size_t>(i)] =
          static_cast<std::int64_t>(100.0 * std::pow(2.0, static_cast<double>(i - 1) / 4.0));
    return made;
  }();
  return table;
}

template <class Counts>
void put(std::string& out, const Counts& counts) {
  bool is_first = true;
  for (const auto& [key, count] : counts) {
    if (!std::exchange(is_first, false)) out += ',';
    out += cat(key, ' ', count);
  }
}

// "key number,key number"
template <class Take>
void take_each(std::string_view text, Take take) {
  if (text.empty()) return;
  for (const std::string_view pair : split(text, ',')) {
    const auto blank = pair.rfind(' ');
    if (blank == std::string_view::npos) continue;
    take(pair.substr(0, blank), parse_number<std::int64_t>(pair.substr(blank + 1)).value_or(0));
  }
}

}  // namespace

int time_bin(std::int64_t duration_us) {
  const auto& table = bounds();
  const auto above = std::upper_bound(table.begin(), table.end(), std::max<std::int64_t>(duration_us, 0));
  return static_cast<int>(above - table.begin()) - 1;
}

void CallCounts::add(std::string_view outcome, std::int64_t duration_us) {
  const auto known = outcomes.find(outcome);
  if (known != outcomes.end())
    ++known->second;
  else
    outcomes.emplace(outcome, 1);
  if (outcome != "refused") ++times[time_bin(duration_us)];
}

void CallCounts::add(const CallCounts& other) {
  for (const auto& [outcome, count] : other.outcomes) outcomes[outcome] += count;
  for (const auto& [bin, count] : other.times) times[bin] += count;
}

std::int64_t CallCounts::calls() const {
  std::int64_t sum = 0;
  for (const auto& [outcome, count] : outcomes) sum += count;
  return sum;
}

std::int64_t CallCounts::failed() const {
  std::int64_t sum = 0;
  for (const std::string_view outcome : {"tool_error", "failed", "timeout"})
    if (const auto found = outcomes.find(outcome); found != outcomes.end()) sum += found->second;
  return sum;
}

std::optional<std::int64_t> CallCounts::percentile_us(int percent) const {
  std::int64_t all = 0;
  for (const auto& [bin, count] : times) all += count;
  if (all == 0) return std::nullopt;
  const double rank = static_cast<double>(all) * percent / 100.0;
  double before = 0;
  for (const auto& [bin, count] : times) {
    const auto here = static_cast<double>(count);
    if (before + here < rank && bin != times.rbegin()->first) {
      before += here;
      continue;
    }
    const auto at = static_cast<std::size_t>(bin);
    const auto from = static_cast<double>(bounds()[at]);
    const auto to = at + 1 < bounds().size() ? static_cast<double>(bounds()[at + 1]) : from;
    return static_cast<std::int64_t>(from + (to - from) * std::clamp((rank - before) / here, 0.0, 1.0));
  }
  return std::nullopt;
}

std::string to_text(const CallCounts& counts) {
  std::string text;
  put(text, counts.outcomes);
  text += ';';
  put(text, counts.times);
  return text;
}

CallCounts parse_call_counts(std::string_view text) {
  CallCounts counts;
  const auto semicolon = std::min(text.find(';'), text.size());
  take_each(text.substr(0, semicolon),
            [&](std::string_view key, std::int64_t count) { counts.outcomes.emplace(key, count); });
  take_each(text.substr(std::min(semicolon + 1, text.size())), [&](std::string_view key, std::int64_t count) {
    counts.times[std::clamp(parse_number<int>(key).value_or(0), 0, bins - 1)] += count;
  });
  return counts;
}

Instant start_of(Instant at, std::chrono::milliseconds step) {
  return {at.milliseconds - ((at.milliseconds % step.count()) + step.count()) % step.count()};
}

std::vector<CountedCalls> list_call_counts(Database& db, CountSpan span, std::string_view kind, Instant since,
                                           std::string_view name) {
  std::vector<CountedCalls> found;
  for (const Row& row :
       db.query("select start, name, counts from call_count where span = ? and kind = ?"
                " and start >= ? and (? = '' or name = ?) order by start",
                static_cast<std::int64_t>(span), kind, start_of(since, length_of(span)), name, name))
    found.push_back({row.instant("start"), row.text("name"), parse_call_counts(row.view("counts"))});
  return found;
}

namespace {

std::string last_text(const std::vector<LastCall>& calls) {
  std::string text;
  for (const LastCall& one : calls)
    text += cat(text.empty() ? "" : ",", one.at.milliseconds, ' ', one.outcome, ' ', one.duration_us);
  return text;
}

std::vector<LastCall> parse_last(std::string_view text) {
  std::vector<LastCall> calls;
  take_each(text, [&](std::string_view key, std::int64_t duration) {
    const auto blank = std::min(key.find(' '), key.size());
    const auto at = parse_number<std::int64_t>(key.substr(0, blank)).value_or(0);
    calls.push_back({Instant{at}, std::string(key.substr(std::min(blank + 1, key.size()))), duration});
  });
  return calls;
}

}  // namespace

std::map<std::string, std::vector<LastCall>> list_last_calls(Database& db, std::string_view server) {
  std::map<std::string, std::vector<LastCall>> found;
  for (const Row& row : db.query("select name, counts from call_count where span = 0 and kind = 'last'"
                                 " and start = 0 and (? = '' or name = ?)",
                                 server, server))
    found.emplace(row.text("name"), parse_last(row.view("counts")));
  return found;
}

void forget_counts(Database& db, Instant now, Instant oldest) {
  db.run("delete from call_count where span = ? and start < ?", static_cast<std::int64_t>(CountSpan::minute),
         now + -std::chrono::milliseconds(minutes_are_kept));
  db.run("delete from call_count where span > 0 and start < ?", oldest);
  db.run("delete from event_change where sequence <= (select sequence from event_anchor where id = 1)");
}

namespace {

constexpr std::int64_t rows_at_once = 2000;

struct Key {
  std::int64_t span = 0;
  std::string_view kind;
  std::int64_t start = 0;
  std::string name;
  auto operator<=>(const Key&) const = default;
};

// Some rows of the trail, added up in memory.
struct Batch {
  std::int64_t before = 0;  // the mark that it goes on from
  std::int64_t last = 0;
  std::int64_t rows = 0;
  std::map<Key, CallCounts> counts;
  std::map<std::string, std::vector<LastCall>> last_calls;
  std::vector<std::int64_t> changes;
};

void count(Batch& batch, const Event& event, Instant now) {
  const bool is_own = event.server.starts_with("own:");
  const auto add = [&](std::string_view kind, const std::string& name, std::chrono::milliseconds kept) {
    for (const auto span : {CountSpan::minute, CountSpan::hour, CountSpan::day}) {
      if (span == CountSpan::minute && event.at < now + -kept) continue;
      const auto start = start_of(event.at, length_of(span)).milliseconds;
      batch.counts[{static_cast<std::int64_t>(span), kind, start, name}].add(event.outcome,
                                                                             event.duration_us);
    }
  };
  add("all", {}, minutes_are_kept);
  if (!event.actor_name.empty()) add("person", event.actor_name, minutes_of_each_are_kept);
  if (event.server.empty() || is_own) return;
  add("server", event.server, minutes_of_each_are_kept);
  add("tool", cat(event.server, ":", event.tool), minutes_of_each_are_kept);
  batch.last_calls[event.server].push_back({event.at, event.outcome, event.duration_us});
}

Batch read_batch(Database& db, Instant now) {
  Batch batch;
  auto marks = db.query("select sequence from call_count_mark where id = 1");
  if (const Row* mark = marks.next()) batch.before = mark->integer("sequence");
  batch.last = batch.before;
  for (const Row& row :
       db.query("select sequence, at, actor_name, action, server, tool, outcome, duration_us from event"
                " where sequence > ? order by sequence limit ?",
                batch.before, rows_at_once)) {
    batch.last = row.integer("sequence");
    ++batch.rows;
    Event event;
    event.action = row.text("action");
    event.outcome = row.text("outcome");
    if (is_change(event)) batch.changes.push_back(batch.last);
    if (event.action != "tool.call") continue;
    event.at = row.instant("at");
    event.actor_name = row.text("actor_name");
    event.server = row.text("server");
    event.tool = row.text("tool");
    event.duration_us = row.integer("duration_us");
    count(batch, event, now);
  }
  return batch;
}

void put_counts(Database& db, const Key& key, const std::string& text) {
  if (db.run("update call_count set counts = ? where span = ? and kind = ? and start = ? and name = ?", text,
             key.span, key.kind, key.start, key.name) == 0)
    db.run("insert into call_count (span, kind, start, name, counts) values (?, ?, ?, ?, ?)", key.span,
           key.kind, key.start, key.name, text);
}

std::string find_counts(Database& db, const Key& key) {
  auto rows = db.query("select counts from call_count where span = ? and kind = ? and start = ? and name = ?",
                       key.span, key.kind, key.start, key.name);
  const Row* row = rows.next();
  return row == nullptr ? std::string() : row->text("counts");
}

void write_batch(Database& db, const Batch& batch) {
  for (const auto& [key, counts] : batch.counts) {
    auto sum = parse_call_counts(find_counts(db, key));
    sum.add(counts);
    put_counts(db, key, to_text(sum));
  }
  for (const auto& [server, calls] : batch.last_calls) {
    const Key key{0, "last", 0, server};
    auto all = parse_last(find_counts(db, key));
    all.insert(all.end(), calls.begin(), calls.end());
    if (all.size() > most_last_calls)
      all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(most_last_calls));
    put_counts(db, key, last_text(all));
  }
  for (const auto sequence : batch.changes)
    db.run("insert into event_change (sequence) values (?)", sequence);
  if (db.run("update call_count_mark set sequence = ? where id = 1", batch.last) == 0)
    db.run("insert into call_count_mark (id, sequence) values (1, ?)", batch.last);
}

}  // namespace

bool CallCounter::catch_up(Instant now, std::chrono::milliseconds time) {
  const std::scoped_lock only(counting_);
  const auto end = Deadline::in(time);
  for (;;) {
    const Batch batch = store_.read([&](Database& db) { return read_batch(db, now); });
    if (batch.rows > 0) store_.transact([&](Database& db) { write_batch(db, batch); });
    if (batch.rows < rows_at_once) return true;
    if (end.has_passed()) return false;
  }
}

}  // namespace patchbay::store
