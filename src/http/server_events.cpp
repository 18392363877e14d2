#include "http/server_events.h"

#include <utility>

#include "base/json.h"
#include "base/time_text.h"

namespace patchbay::http {

namespace {

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

std::size_t tools_of(const gateway::PreparedServer* prepared) {
  return prepared ? prepared->tools.size() : 0;
}

// With the names that GET /v1/servers has.
std::string state_json(const gateway::ToolSet::Row& row) {
  const auto& health = row.health;
  return dump({{"slug", row.served->server.slug},
               {"title", row.served->title()},
               {"state", to_text(health.state)},
               {"reason", text_or_null(health.reason)},
               {"message", text_or_null(health.message)},
               {"since", health.since.milliseconds > 0 ? Json(to_rfc3339(health.since)) : Json()},
               {"tools", tools_of(row.prepared.get())},
               {"stale", row.stale}});
}

std::string removed_json(const std::string& slug) {
  return dump({{"slug", slug}, {"state", "removed"}, {"tools", 0}});
}

std::string tools_json(const std::string& slug, std::size_t tools) {
  return dump({{"server", slug}, {"tools", tools}});
}

LiveEvent about(LiveEvent::Kind kind, const std::string& slug, std::string data, std::string farewell,
                std::shared_ptr<const gateway::ServedServer> now,
                std::shared_ptr<const gateway::ServedServer> before) {
  LiveEvent event;
  event.kind = kind;
  event.server = slug;
  event.data = std::move(data);
  event.farewell = std::move(farewell);
  event.now = std::move(now);
  event.before = std::move(before);
  return event;
}

// Each change of a server, its grants included, has a revision of its own.
bool same_rules(const gateway::ServedServer& a, const gateway::ServedServer& b) {
  return a.server.id == b.server.id && a.server.revision == b.server.revision &&
         a.server.enabled == b.server.enabled && a.server.access == b.server.access &&
         a.server.allow == b.server.allow && a.server.deny == b.server.deny;
}

}  // namespace

std::uint64_t ServerEvents::fingerprint_of(const gateway::PreparedServer* prepared) {
  if (!prepared) return 0;
  std::uint64_t mixed = 1;
  for (const auto& tool : prepared->tools) {
    mixed = mixed * 1'099'511'628'211U + std::hash<std::string>{}(tool.digest) + (tool.held ? 1U : 0U);
    mixed = mixed * 1'099'511'628'211U + std::hash<std::string>{}(tool.name);
  }
  return mixed;
}

ServerEvents::Seen ServerEvents::see(const gateway::ToolSet::Row& row, const Seen* before) {
  const bool same_list = before && before->prepared == row.prepared;
  return {row.served, row.prepared, same_list ? before->listed : fingerprint_of(row.prepared.get()),
          state_json(row)};
}

std::vector<LiveEvent> ServerEvents::changes(const gateway::ToolSet& set) {
  using Kind = LiveEvent::Kind;
  std::vector<LiveEvent> events;
  std::map<std::string, Seen> now;
  for (const auto& row : set.rows) {
    const std::string& slug = row.served->server.slug;
    const auto found = seen_.find(slug);
    const Seen* before = found == seen_.end() ? nullptr : &found->second;
    Seen seen = see(row, before);
    const auto was = before ? before->served : nullptr;
    const bool other_rules = !before || !same_rules(*before->served, *seen.served);
    if (other_rules || before->state != seen.state)
      events.push_back(about(Kind::server, slug, seen.state, removed_json(slug), seen.served, was));
    if (before ? other_rules || before->listed != seen.listed : seen.listed != 0)
      events.push_back(about(Kind::tools, slug, tools_json(slug, tools_of(seen.prepared.get())),
                             tools_json(slug, 0), seen.served, was));
    now.emplace(slug, std::move(seen));
  }
  for (const auto& [slug, seen] : seen_) {
    if (now.contains(slug)) continue;
    events.push_back(about(Kind::server, slug, removed_json(slug), removed_json(slug), nullptr, seen.served));
    if (seen.listed != 0)
      events.push_back(
          about(Kind::tools, slug, tools_json(slug, 0), tools_json(slug, 0), nullptr, seen.served));
  }
  seen_ = std::move(now);
  return events;
}

LiveEvent own_tools_event(const std::string& user) {
  LiveEvent event;
  event.kind = LiveEvent::Kind::tools;
  event.owner = user;
  event.data = dump({{"server", nullptr}, {"user", user}});
  return event;
}

LiveEvent catalog_event(const gateway::CatalogView& view) {
  LiveEvent event;
  event.kind = LiveEvent::Kind::catalog;
  event.farewell = dump({{"state", to_text(view.state)}});
  event.data = dump({{"state", to_text(view.state)},
                     {"version", view.catalog ? Json(view.catalog->version) : Json()},
                     {"entries", view.catalog ? view.catalog->entries.size() : 0},
                     {"dropped", view.catalog ? view.catalog->dropped : 0}});
  return event;
}

}  // namespace patchbay::http
