#include "http/event_routes.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "http/event_json.h"
#include "store/events.h"

namespace patchbay::http {

namespace {

constexpr std::size_t most_rows = 1000;
constexpr std::size_t usual_rows = 100;
constexpr std::int64_t page_rows = 2000;  // of an export; read in short looks, so that nobody else waits long

// A moment, or how long ago it was.
std::optional<Instant> moment(const Request& request, std::string_view name, Instant now) {
  const auto text = request.query(name);
  if (!text) return std::nullopt;
  if (const auto ago = parse_duration(*text)) return now + -*ago;
  if (const auto at = parse_rfc3339(*text)) return at;
  throw Error::invalid(
      "bad_time",
      cat("\"", name, "\" must be a time like 2026-01-02T03:04:05Z, or an age like 15m, 24h or 7d."));
}

store::EventFilter read_filter(const Request& request, Instant now) {
  store::EventFilter filter;
  filter.since = moment(request, "since", now);
  filter.until = moment(request, "until", now);
  filter.actor = request.query("actor");
  filter.server = request.query("server");
  filter.action = request.query("action");
  filter.outcome = request.query("outcome");
  if (request.query("before"))
    filter.before = static_cast<std::int64_t>(request.number("before", 0, INT64_MAX));
  filter.limit = static_cast<std::int64_t>(request.number("limit", usual_rows, most_rows));
  if (filter.limit == 0)
    throw Error::invalid("bad_parameter",
                         cat("The parameter \"limit\" must be a number from 1 to ", most_rows, "."));
  return filter;
}

}  // namespace

void EventRoutes::add_to(Routes& routes) {
  routes.add("GET", "/v1/audit", Scope::admin_read, [this](const Request& request) { return list(request); });
  routes.add("GET", "/v1/audit/export", Scope::admin_read,
             [this](const Request& request) { return write_out(request); });
  routes.add("GET", "/v1/audit/verify", Scope::admin_read,
             [this](const Request& request) { return verify(request); });
}

HttpReply EventRoutes::list(const Request& request) {
  writer_.settle();
  const auto filter = read_filter(request, clock_.now());
  const auto rows = store_.read([&](Database& db) { return store::list_events(db, filter); });
  Json events = Json::array();
  for (const auto& row : rows) events.push_back(event_json(row));
  const bool more = static_cast<std::int64_t>(rows.size()) == filter.limit;
  return HttpReply::json(200, dump({{"events", std::move(events)},
                                    {"next_before", more ? Json(rows.back().sequence) : Json()}}));
}

// NDJSON, oldest first. "after" and "limit" give it in parts: sequence numbers have no gaps, so the rows
// after one are known by their numbers.
HttpReply EventRoutes::write_out(const Request& request) {
  writer_.settle();
  const auto newest = store_.read([](Database& db) {
    store::EventFilter one;
    one.limit = 1;
    const auto rows = store::list_events(db, one);
    return rows.empty() ? std::int64_t{0} : rows.front().sequence;
  });
  auto after = static_cast<std::int64_t>(request.number("after", 0, INT64_MAX - page_rows));
  auto left = static_cast<std::int64_t>(request.number("limit", INT64_MAX, INT64_MAX));
  std::string out;
  while (after < newest && left > 0) {
    store::EventFilter page;
    page.before = after + page_rows + 1;
    page.limit = page_rows;
    auto rows = store_.read([&](Database& db) { return store::list_events(db, page); });
    std::reverse(rows.begin(), rows.end());
    for (const auto& row : rows) {
      if (row.sequence <= after || row.sequence > newest || left-- <= 0) continue;
      Json json = event_json(row);
      json["chain"] = to_hex(row.chain);
      out += dump(json) + "\n";
    }
    if (out.size() > export_bytes_)
      throw Error::invalid(
          "export_too_large",
          "The audit trail is too long for one answer. Ask for parts of it with \"after\" and \"limit\".");
    after += page_rows;
  }
  return {200, {{"Content-Type", "application/x-ndjson"}, {"Cache-Control", "no-store"}}, std::move(out)};
}

HttpReply EventRoutes::verify(const Request&) {
  writer_.settle();
  // A connection of its own: a long trail takes seconds.
  const auto db = store_.connect(DatabaseOptions::Synchronous::normal);
  const auto report = store::verify_chain(*db, store_.vault().audit_chain_key());
  return HttpReply::json(200, dump({{"intact", report.intact()},
                                    {"rows", report.rows},
                                    {"first", report.first},
                                    {"last", report.last},
                                    {"head", report.head.empty() ? Json() : Json(report.head)},
                                    {"broken_at", report.broken_at ? Json(*report.broken_at) : Json()},
                                    {"anchor_broken", report.anchor_broken}}));
}

}  // namespace patchbay::http
