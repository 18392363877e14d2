#include "http/overview_routes.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "http/attention.h"
#include "http/event_json.h"
#include "http/moment.h"
#include "http/paging.h"
#include "store/events.h"
#include "store/servers.h"
#include "store/users.h"

namespace patchbay::http {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using store::CallCounts;
using store::CountSpan;

constexpr std::size_t most_buckets = 120;
constexpr std::size_t most_listed = 10;
constexpr milliseconds longest_count{1'500};  // before an answer; the rest is counted by and by
constexpr hours a_day{24};

// The steps that people can read off an axis.
constexpr milliseconds steps[] = {minutes(1),  minutes(2), minutes(5),   minutes(10), minutes(15),
                                  minutes(30), hours(1),   hours(2),     hours(3),    hours(6),
                                  hours(12),   hours(24),  hours(7 * 24)};

// How a stretch of time is cut up.
struct Axis {
  Instant since;  // of the first bucket
  Instant now;
  milliseconds step{};
  CountSpan span = CountSpan::minute;       // whose counts make the buckets
  CountSpan each_span = CountSpan::minute;  // whose counts make the tops
};

Axis make_axis(Instant since, Instant now, std::size_t buckets) {
  const auto length = std::max(now - since, milliseconds(minutes(1)));
  const auto needed = [&](milliseconds step) {
    return static_cast<std::size_t>((length.count() + step.count() - 1) / step.count());
  };
  Axis axis;
  axis.now = now;
  const auto week = steps[std::size(steps) - 1];
  axis.step = week * static_cast<std::int64_t>(1 + needed(week) / buckets);  // of what is longer than all
  for (const auto step : steps) {
    const bool is_counted = step >= hours(1) || length <= store::minutes_are_kept - hours(1);
    if (!is_counted || needed(step) > buckets) continue;
    axis.step = step;
    break;
  }
  axis.since = store::start_of(since, axis.step);
  axis.span = axis.step >= a_day      ? CountSpan::day
              : axis.step >= hours(1) ? CountSpan::hour
                                      : CountSpan::minute;
  axis.each_span = length <= store::minutes_of_each_are_kept - hours(1) ? CountSpan::minute
                   : length <= hours(8 * 24)                            ? CountSpan::hour
                                                                        : CountSpan::day;
  return axis;
}

Json in_ms(const std::optional<std::int64_t>& us) {
  return us ? Json(static_cast<double>(*us / 10) / 100.0) : Json();
}

Json outcomes_json(const CallCounts& counts) {
  Json json = Json::object();
  for (const auto& [outcome, count] : counts.outcomes) json[outcome] = count;
  return json;
}

Json bucket_json(Instant at, const CallCounts& counts) {
  return {{"at", to_rfc3339(at)},
          {"calls", counts.calls()},
          {"outcomes", outcomes_json(counts)},
          {"p50_ms", in_ms(counts.percentile_us(50))},
          {"p95_ms", in_ms(counts.percentile_us(95))}};
}

Json totals_json(const CallCounts& counts, std::int64_t people) {
  const auto calls = counts.calls();
  const auto failed = counts.failed();
  return {{"calls", calls},
          {"failed", failed},
          {"error_rate", calls == 0 ? 0.0 : static_cast<double>(failed) / static_cast<double>(calls)},
          {"outcomes", outcomes_json(counts)},
          {"p50_ms", in_ms(counts.percentile_us(50))},
          {"p95_ms", in_ms(counts.percentile_us(95))},
          {"people", people}};
}

std::map<std::string, CallCounts> by_name(Database& db, const Axis& axis, std::string_view kind) {
  std::map<std::string, CallCounts> sums;
  for (const auto& one : store::list_call_counts(db, axis.each_span, kind, axis.since))
    sums[one.name].add(one.counts);
  return sums;
}

// Those with the most calls.
std::vector<std::pair<std::string, CallCounts>> most_called(std::map<std::string, CallCounts> sums) {
  std::vector<std::pair<std::string, CallCounts>> all(std::make_move_iterator(sums.begin()),
                                                      std::make_move_iterator(sums.end()));
  std::ranges::stable_sort(all, std::greater<>(), [](const auto& one) { return one.second.calls(); });
  if (all.size() > most_listed) all.resize(most_listed);
  return all;
}

Json top_json(const CallCounts& counts) {
  return {
      {"calls", counts.calls()}, {"failed", counts.failed()}, {"p95_ms", in_ms(counts.percentile_us(95))}};
}

// Of the names that called, those of people.
std::int64_t count_active(Database& db, const std::map<std::string, CallCounts>& callers) {
  std::int64_t people = 0;
  for (const auto& [name, counts] : callers)
    if (const auto user = store::find_user(db, name); user && !user->is_service) ++people;
  return people;
}

// All that is read of the store for one answer, as of one moment.
struct Reading {
  std::map<Instant, CallCounts> buckets;
  CallCounts all;
  std::int64_t people = 0;
  std::vector<std::pair<std::string, CallCounts>> servers, tools;
  std::vector<store::StoredEvent> changes;
};

Reading read_all(Database& db, const Axis& axis) {
  Reading reading;
  for (auto at = axis.since; at <= axis.now; at = at + axis.step) reading.buckets[at];
  for (const auto& one : store::list_call_counts(db, axis.span, "all", axis.since)) {
    const auto bucket = reading.buckets.find(store::start_of(one.start, axis.step));
    if (bucket == reading.buckets.end()) continue;  // the clock went back
    bucket->second.add(one.counts);
    reading.all.add(one.counts);
  }
  reading.people = count_active(db, by_name(db, axis, "person"));
  reading.servers = most_called(by_name(db, axis, "server"));
  reading.tools = most_called(by_name(db, axis, "tool"));
  store::EventFilter filter;
  filter.changes_only = true;
  filter.limit = most_listed;
  reading.changes = store::list_events(db, filter);
  return reading;
}

Json servers_json(const Reading& reading) {
  Json list = Json::array();
  for (const auto& [name, counts] : reading.servers) {
    list.push_back(top_json(counts));
    list.back()["server"] = name;
  }
  return list;
}

Json tools_json(const Reading& reading) {
  Json list = Json::array();
  for (const auto& [name, counts] : reading.tools) {
    const auto colon = name.find(':');
    list.push_back(top_json(counts));
    list.back()["server"] = name.substr(0, colon);
    list.back()["tool"] = name.substr(colon + 1);
  }
  return list;
}

Json health_json(const CallCounts& day, const std::vector<store::LastCall>* last) {
  Json calls = Json::array();
  if (last)
    for (const auto& one : *last)
      calls.push_back(
          {{"at", to_rfc3339(one.at)}, {"outcome", one.outcome}, {"duration_ms", in_ms(one.duration_us)}});
  return {{"last_calls", std::move(calls)},
          {"calls", day.calls()},
          {"failed", day.failed()},
          {"p50_ms", in_ms(day.percentile_us(50))},
          {"p95_ms", in_ms(day.percentile_us(95))}};
}

}  // namespace

void OverviewRoutes::add_to(Routes& routes) {
  routes.add("GET", "/v1/overview", Scope::admin_read,
             [this](const Request& request) { return show(request); });
  routes.add("GET", "/v1/overview/servers", Scope::admin_read,
             [this](const Request& request) { return list_servers(request); });
  routes.add("GET", "/v1/servers/{slug}/health", Scope::admin_read,
             [this](const Request& request) { return show_health(request); });
}

bool OverviewRoutes::count_up(Instant now) {
  writer_.settle();
  return counter_.catch_up(now, longest_count);
}

HttpReply OverviewRoutes::show(const Request& request) {
  const auto now = clock_.now();
  const auto since = read_moment(request, "since", now).value_or(now + -milliseconds(a_day));
  const auto buckets = request.number("buckets", 60, most_buckets);
  if (since > now || buckets == 0)
    throw Error::invalid("bad_parameter", "\"since\" must be past, and \"buckets\" a number from 1 to 120.");
  const bool is_complete = count_up(now);
  const auto axis = make_axis(since, now, buckets);
  const auto reading = store_.read([&](Database& db) { return read_all(db, axis); });
  Json list = Json::array();
  for (const auto& [at, counts] : reading.buckets) list.push_back(bucket_json(at, counts));
  Json changes = Json::array();
  for (const auto& row : reading.changes) changes.push_back(event_json(row));
  return HttpReply::json(200, dump({{"since", to_rfc3339(axis.since)},
                                    {"until", to_rfc3339(now)},
                                    {"step_seconds", axis.step.count() / 1000},
                                    {"complete", is_complete},
                                    {"buckets", std::move(list)},
                                    {"totals", totals_json(reading.all, reading.people)},
                                    {"servers", servers_json(reading)},
                                    {"tools", tools_json(reading)},
                                    {"attention", attention_json(store_, hooks_, now)},
                                    {"changes", std::move(changes)}}));
}

HttpReply OverviewRoutes::list_servers(const Request& request) {
  Page page(request);
  const auto now = clock_.now();
  const bool is_complete = count_up(now);
  Json list = Json::array();
  store_.read([&](Database& db) {
    auto servers = store::list_servers(db);
    page.cut_all(servers, [](const Server& server) { return server.slug; });
    std::map<std::string, CallCounts> sums;
    const auto since = now + -milliseconds(a_day);
    for (const auto& one : store::list_call_counts(db, CountSpan::hour, "server", since))
      sums[one.name].add(one.counts);
    const auto last = store::list_last_calls(db);
    for (const Server& server : servers) {
      const auto found = last.find(server.slug);
      list.push_back(health_json(sums[server.slug], found == last.end() ? nullptr : &found->second));
      list.back()["slug"] = server.slug;
    }
  });
  return page.reply("servers", std::move(list), {{"complete", is_complete}});
}

HttpReply OverviewRoutes::show_health(const Request& request) {
  const auto now = clock_.now();
  const auto slug =
      store_.read([&](Database& db) { return store::require_server(db, request.part("slug")).slug; });
  const bool is_complete = count_up(now);
  Json answer;
  store_.read([&](Database& db) {
    const auto since = store::start_of(now + -milliseconds(a_day), hours(1));
    std::map<Instant, CallCounts> by_hour;
    for (auto at = since; at <= now; at = at + hours(1)) by_hour[at];
    CallCounts day;
    for (const auto& one : store::list_call_counts(db, CountSpan::hour, "server", since, slug)) {
      by_hour[one.start].add(one.counts);
      day.add(one.counts);
    }
    const auto last = store::list_last_calls(db, slug);
    answer = health_json(day, last.empty() ? nullptr : &last.begin()->second);
    answer["slug"] = slug;
    answer["complete"] = is_complete;
    answer["hours"] = Json::array();
    for (const auto& [at, counts] : by_hour) answer["hours"].push_back(bucket_json(at, counts));
  });
  return HttpReply::json(200, dump(answer));
}

}  // namespace patchbay::http
