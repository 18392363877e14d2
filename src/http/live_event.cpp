#include "http/live_event.h"

#include <array>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "domain/access.h"
#include "http/hidden_refusal.h"

namespace patchbay::http {

namespace {

using Kind = LiveEvent::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 4> kind_names{
    {{"audit", Kind::audit}, {"server", Kind::server}, {"tools", Kind::tools}, {"catalog", Kind::catalog}}};

constexpr std::uint8_t bit(Kind kind) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
}

std::uint8_t kinds_in(std::string_view text) {
  std::uint8_t kinds = 0;
  for (const auto word : split(text, ',')) {
    std::uint8_t found = 0;
    for (const auto& [name, kind] : kind_names)
      if (name == trim(word)) found = bit(kind);
    if (found == 0)
      throw Error::invalid("bad_parameter", "\"types\" is a list of audit, server, tools and catalog.");
    kinds = static_cast<std::uint8_t>(kinds | found);
  }
  return kinds;
}

bool may_see(const Caller& caller, const std::shared_ptr<const gateway::ServedServer>& served,
             std::string_view tool) {
  return served && decide(caller, served->server, tool, Use::see).allowed;
}

bool is_of(const Caller& caller, const LiveEvent& event) {
  return caller.person && event.owner == caller.person->id.text();
}

bool concerns(const Caller& caller, const LiveEvent& row, const FindServer& find) {
  if (!is_of(caller, row)) return false;
  if (!row.is_refused) return true;
  return !is_hidden_refusal(row.action, row.server, row.tool, [&](std::string_view tool) {
    return may_see(caller, find(caller, row.server), tool);
  });
}

}  // namespace

std::string_view to_text(Kind kind) {
  for (const auto& [name, known] : kind_names)
    if (known == kind) return name;
  return {};
}

LiveFilter LiveFilter::read(const Request& request) {
  LiveFilter filter;
  if (const auto types = request.query("types")) filter.kinds = kinds_in(*types);
  filter.server = request.query("server").value_or("");
  filter.actor = request.query("actor").value_or("");
  return filter;
}

bool LiveFilter::matches(const LiveEvent& event) const {
  if ((kinds & bit(event.kind)) == 0) return false;
  if (!server.empty() && event.server != server) return false;
  if (actor.empty()) return true;
  return event.kind == Kind::audit && (event.actor == actor || event.actor_name == actor);
}

bool may_listen(const Caller& caller) {
  return has(caller.scopes, Scope::admin_read) || has(caller.scopes, Scope::self);
}

std::optional<std::string_view> shown_to(const Caller& caller, const LiveEvent& event,
                                         const FindServer& find) {
  const bool is_of_server = event.kind == Kind::server || event.kind == Kind::tools;
  if (is_of_server && !event.owner.empty() && !is_of(caller, event))
    return std::nullopt;  // nobody else's business, an admin's neither
  if (has(caller.scopes, Scope::admin_read)) return event.data;
  switch (event.kind) {
    case Kind::audit:
      if (concerns(caller, event, find)) return event.data;
      return std::nullopt;
    case Kind::server:
    case Kind::tools:
      if (is_of(caller, event) || may_see(caller, event.now, {})) return event.data;
      if (may_see(caller, event.before, {})) return event.farewell;
      return std::nullopt;
    case Kind::catalog:
      if (has(caller.scopes, Scope::catalog_read)) return event.farewell;
      return std::nullopt;
  }
  return std::nullopt;
}

EventRing::EventRing(std::string start, std::size_t most, std::size_t most_bytes)
    : start_(std::move(start)), most_(most), most_bytes_(most_bytes) {}

std::size_t EventRing::bytes_of(const LiveEvent& event) {
  return sizeof event + event.data.size() + event.farewell.size();
}

void EventRing::add(LiveEvent event) {
  event.number = ++last_;
  bytes_ += bytes_of(event);
  events_.push_back(std::move(event));
  while (events_.size() > most_ || (bytes_ > most_bytes_ && events_.size() > 1)) {
    bytes_ -= bytes_of(events_.front());
    floor_ = events_.front().number;
    events_.pop_front();
  }
}

void EventRing::break_off() {
  events_.clear();
  bytes_ = 0;
  floor_ = ++last_;
}

const LiveEvent* EventRing::next(std::uint64_t after) const {
  if (!reaches(after) || after == last_) return nullptr;
  return &events_[static_cast<std::size_t>(after - floor_)];
}

std::string EventRing::id_of(std::uint64_t number) const {
  return cat(start_, "-", number);
}

std::optional<std::uint64_t> EventRing::number_of(std::string_view id) const {
  if (!id.starts_with(start_) || id.substr(start_.size(), 1) != "-") return std::nullopt;
  return parse_number<std::uint64_t>(id.substr(start_.size() + 1));
}

}  // namespace patchbay::http
