#include "http/event_routes.h"

#include <algorithm>
#include <map>

#include "base/csv.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/access.h"
#include "http/event_json.h"
#include "http/hidden_refusal.h"
#include "http/moment.h"
#include "http/paging.h"
#include "http/user_body.h"
#include "store/servers.h"

namespace patchbay::http {

namespace {

// For one page of a list that hardly anything matches: it goes on with the next cursor.
constexpr std::int64_t rows_looked_at = 200'000;
constexpr std::chrono::milliseconds longest_count{1'500};
constexpr std::int64_t page_rows = 2000;  // of an export; read in short looks, so that nobody else waits long

store::EventFilter read_filter(const Request& request, Instant now) {
  store::EventFilter filter;
  filter.since = read_moment(request, "since", now);
  filter.until = read_moment(request, "until", now);
  filter.actor = request.query("actor");
  filter.server = request.query("server");
  filter.action = request.query("action");
  filter.outcome = request.query("outcome");
  if (const auto word = request.query("changes")) {
    if (*word != "true" && *word != "false")
      throw Error::invalid("bad_parameter", "The parameter \"changes\" must be true or false.");
    filter.changes_only = *word == "true";
  }
  if (request.query("before"))
    filter.before = static_cast<std::int64_t>(request.number("before", 0, INT64_MAX));
  return filter;
}

// How a row is written out: one JSON object a line, or one CSV record with these columns.
struct Format {
  std::string_view content_type;
  std::string (*head)();
  std::string (*line)(const store::StoredEvent& row);
};

constexpr std::string_view columns[] = {
    "sequence", "at",     "actor",   "actor_name",  "client",        "action",         "server", "tool",
    "outcome",  "reason", "changes", "duration_us", "request_bytes", "response_bytes", "remote", "chain"};

Json with_chain(const store::StoredEvent& row) {
  Json json = event_json(row);
  json["chain"] = to_hex(row.chain);
  return json;
}

std::string no_head() {
  return {};
}
std::string json_line(const store::StoredEvent& row) {
  return dump(with_chain(row)) + "\n";
}
std::string csv_head() {
  return csv_line({std::begin(columns), std::end(columns)});
}
std::string csv_row(const store::StoredEvent& row) {
  const Json json = with_chain(row);
  std::vector<std::string> fields;
  for (const std::string_view name : columns) {
    const Json& value = json.at(std::string(name));
    fields.push_back(value.is_string() ? value.get<std::string>() : value.is_null() ? "" : dump(value));
  }
  return csv_line(fields);
}

// What the caller did themselves, for their own eyes. Auditors and admins see all of it (as http/live_event).
class OwnRows {
 public:
  explicit OwnRows(const Caller& caller) : caller_(caller), sees_all_(has(caller.scopes, Scope::admin_read)) {
    caller_.scopes = caller_.scopes | Scope::mcp_read;
    caller_.names_server = true;
  }
  bool has_shown(Database& db, const Event& event) {
    if (sees_all_ || event.outcome != "refused") return true;
    return !is_hidden_refusal(event.action, event.server, event.tool, [&](std::string_view tool) {
      if (event.server.starts_with("own:")) return true;
      const auto& server = find(db, event.server);
      return server && decide(caller_, *server, tool, Use::see).allowed;
    });
  }

 private:
  const std::optional<Server>& find(Database& db, const std::string& slug) {
    const auto known = servers_.find(slug);
    if (known != servers_.end()) return known->second;
    return servers_.emplace(slug, store::find_server(db, slug)).first->second;
  }
  Caller caller_;
  const bool sees_all_;
  std::map<std::string, std::optional<Server>> servers_;
};

Format read_format(const Request& request) {
  const auto word = request.query("format").value_or("jsonl");
  if (word == "jsonl") return {"application/x-ndjson", no_head, json_line};
  if (word == "csv") return {"text/csv; charset=utf-8; header=present", csv_head, csv_row};
  throw Error::invalid("bad_parameter", "The parameter \"format\" must be csv or jsonl.");
}

}  // namespace

void EventRoutes::add_to(Routes& routes) {
  routes.add("GET", "/v1/audit", Scope::admin_read, [this](const Request& request) { return list(request); });
  routes.add("GET", "/v1/me/activity", Scope::self,
             [this](const Request& request) { return list_own(request); });
  routes.add("GET", "/v1/audit/export", Scope::admin_read,
             [this](const Request& request) { return write_out(request); });
  routes.add("GET", "/v1/audit/verify", Scope::admin_read,
             [this](const Request& request) { return verify(request); });
}

HttpReply EventRoutes::list(const Request& request) {
  writer_.settle();
  return page_of(request, read_filter(request, clock_.now()));
}

HttpReply EventRoutes::list_own(const Request& request) {
  const Person& person = require_person(request.caller);
  writer_.settle();
  auto filter = read_filter(request, clock_.now());
  filter.actor = std::nullopt;
  filter.changes_only = false;
  filter.owner = person.id;
  return page_of(request, std::move(filter));
}

HttpReply EventRoutes::page_of(const Request& request, store::EventFilter filter) {
  Page page(request);
  if (const auto after = page.after_number()) {
    if (filter.before) throw Error::invalid("bad_parameter", "Give \"cursor\" or \"before\", not both.");
    filter.before = after;
  }
  filter.limit = page.rows();
  std::int64_t floor = 0;
  if (filter.changes_only) {
    counter_.catch_up(clock_.now(), longest_count);
  } else {
    const auto newest = store_.read([](Database& db) { return store::last_sequence(db); });
    floor = std::min(filter.before.value_or(newest + 1), newest + 1) - rows_looked_at;
    filter.after = std::max(filter.after, floor);
  }
  auto rows = filter.owner ? own_rows(request.caller, filter)
                           : store_.read([&](Database& db) { return store::list_events(db, filter); });
  page.cut(rows, [](const store::StoredEvent& row) { return std::to_string(row.sequence); });
  if (floor > 0) page.end_at(std::to_string(floor + 1));
  Json events = Json::array();
  for (const auto& row : rows) events.push_back(event_json(row));
  const Json next = page.next_cursor() && !rows.empty() ? Json(rows.back().sequence) : Json();
  return page.reply("events", std::move(events), {{"next_before", next}});
}

// As many as `filter` asks for of those that the caller is shown: what is hidden leaves no gap in a page.
std::vector<store::StoredEvent> EventRoutes::own_rows(const Caller& caller, store::EventFilter filter) {
  const auto wanted = static_cast<std::size_t>(filter.limit);
  OwnRows own(caller);
  std::vector<store::StoredEvent> shown;
  for (bool is_end = false; !is_end && shown.size() < wanted;) {
    store_.read([&](Database& db) {
      auto rows = store::list_events(db, filter);
      is_end = rows.size() < static_cast<std::size_t>(filter.limit);
      if (!rows.empty()) filter.before = rows.back().sequence;
      for (auto& row : rows)
        if (shown.size() < wanted && own.has_shown(db, row.event)) shown.push_back(std::move(row));
    });
    filter.limit = page_rows;
  }
  return shown;
}

// Oldest first. "after", "before" and "limit" give it in parts: sequence numbers have no gaps, so the rows
// after one are known by their numbers, whatever the filters leave out. The first part alone has CSV's head.
HttpReply EventRoutes::write_out(const Request& request) {
  writer_.settle();
  const auto format = read_format(request);
  auto filter = read_filter(request, clock_.now());
  const auto newest = store_.read([](Database& db) { return store::last_sequence(db); });
  const auto end = std::min(newest, filter.before.value_or(INT64_MAX) - 1);
  filter.after = static_cast<std::int64_t>(request.number("after", 0, INT64_MAX - page_rows));
  auto left = static_cast<std::int64_t>(request.number("limit", INT64_MAX, INT64_MAX));
  std::string out = filter.after == 0 ? format.head() : std::string();
  for (; filter.after < end && left > 0; filter.after += page_rows) {
    filter.before = std::min(filter.after + page_rows, end) + 1;
    filter.limit = page_rows;
    auto rows = store_.read([&](Database& db) { return store::list_events(db, filter); });
    std::reverse(rows.begin(), rows.end());
    for (const auto& row : rows)
      if (left-- > 0) out += format.line(row);
    if (out.size() > export_bytes_)
      throw Error::invalid(
          "export_too_large",
          "The audit trail is too long for one answer. Ask for parts of it with \"after\" and \"limit\".");
  }
  return {200,
          {{"Content-Type", std::string(format.content_type)}, {"Cache-Control", "no-store"}},
          std::move(out)};
}

HttpReply EventRoutes::verify(const Request&) {
  const auto report = check_.verify(check_.turn());
  return HttpReply::json(200, dump({{"intact", report.intact()},
                                    {"rows", report.rows},
                                    {"first", report.first},
                                    {"last", report.last},
                                    {"head", report.head.empty() ? Json() : Json(report.head)},
                                    {"broken_at", report.broken_at ? Json(*report.broken_at) : Json()},
                                    {"anchor_broken", report.anchor_broken}}));
}

}  // namespace patchbay::http
