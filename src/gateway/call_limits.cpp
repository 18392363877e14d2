#include "gateway/call_limits.h"

#include <algorithm>
#include <cmath>

namespace patchbay::gateway {

namespace {

constexpr std::chrono::minutes quiet_time{5};

}  // namespace

CallLimits::Place::~Place() {
  for (Count* count : counts_)
    if (count != nullptr) --count->under_way;
}

// Null where there is nothing to count.
CallLimits::Count* CallLimits::find(Counts& counts, const std::string& id, const CallLimitSettings::Of& limit,
                                    Deadline::Time now) {
  if (id.empty() || (limit.per_minute == 0 && limit.at_once == 0)) return nullptr;
  const auto [at, is_new] = counts.try_emplace(id);
  Count& count = at->second;
  const auto most = static_cast<double>(limit.per_minute);
  const std::chrono::duration<double> passed = now - count.at;
  count.left = is_new ? most : std::min(most, count.left + passed.count() * most / 60);
  count.at = now;
  return &count;
}

CallLimits::Refusal CallLimits::enter(const Caller& caller, const Server& server, Deadline::Time now,
                                      Place& place) {
  static const std::string nobody;
  struct Kind {
    Count* count;
    const CallLimitSettings::Of& limit;
    std::string_view rate_reason, busy_reason;
  };
  const Kind kinds[] = {
      {find(people_, caller.person ? caller.person->id.text() : nobody, settings_.person, now),
       settings_.person, "person_rate", "person_busy"},
      {find(tokens_, caller.token.text(), settings_.token, now), settings_.token, "token_rate", "token_busy"},
      {find(servers_, server.id.text(), settings_.server, now), settings_.server, "server_rate",
       "server_busy"}};
  for (const Kind& kind : kinds) {
    if (kind.count == nullptr) continue;
    if (kind.limit.at_once > 0 && kind.count->under_way >= kind.limit.at_once)
      return {kind.busy_reason, std::chrono::seconds(1)};
    if (kind.limit.per_minute > 0 && kind.count->left < 1) {
      const double wait = (1 - kind.count->left) * 60 / kind.limit.per_minute;
      return {kind.rate_reason, std::chrono::seconds(static_cast<int>(std::ceil(wait)))};
    }
  }
  std::size_t taken = 0;
  for (const Kind& kind : kinds) {
    if (kind.count == nullptr) continue;
    kind.count->left -= 1;
    ++kind.count->under_way;
    place.counts_[taken++] = kind.count;
  }
  return {};
}

void CallLimits::tick(Deadline::Time now) {
  for (Counts* counts : {&people_, &tokens_, &servers_})
    std::erase_if(*counts, [now](const auto& one) {
      return one.second.under_way == 0 && now - one.second.at > quiet_time;
    });
}

}  // namespace patchbay::gateway
