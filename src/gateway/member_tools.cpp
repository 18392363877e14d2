#include "gateway/member_tools.h"

#include <algorithm>

#include "base/log.h"

namespace patchbay::gateway {

MemberTools::MemberTools(Loop& loop, Make make, Load load, MemberToolsSettings settings)
    : loop_(loop), make_(std::move(make)), load_(std::move(load)), settings_(settings), loaded_(loop) {}

void MemberTools::set_people(std::unordered_set<std::string> ids) {
  owners_ = std::move(ids);
  std::vector<std::string> gone;
  for (const auto& [id, entry] : people_)
    if (!owners_.contains(id)) gone.push_back(id);
  for (const auto& id : gone) drop(id);
}

std::shared_ptr<const ToolSet> MemberTools::current(const Caller& caller) {
  if (owners_.empty() || !caller.person) return nullptr;
  const auto& id = caller.person->id.text();
  if (!owners_.contains(id) || closed_) return nullptr;
  const auto entry = require(id);
  return entry->index->current();
}

std::shared_ptr<MemberTools::Entry> MemberTools::require(const std::string& id) {
  auto& entry = people_[id];
  if (!entry) {
    entry = std::make_shared<Entry>();
    entry->index = make_();
    // The index dies before what it calls.
    entry->index->on_change([this, id, raw = entry.get()] {
      const auto listed = raw->index->current()->fingerprint;
      if (std::exchange(raw->listed, listed) != listed && changed_) changed_(id);
    });
    load_soon(id, entry);
    const auto kept = entry;  // make_room() may move the table
    kept->used = std::chrono::steady_clock::now();
    make_room();
    return kept;
  }
  entry->used = std::chrono::steady_clock::now();
  return entry;
}

void MemberTools::make_room() {
  if (people_.size() <= settings_.most_people) return;
  const auto oldest = std::ranges::min_element(people_, {}, [](const auto& one) { return one.second->used; });
  drop(std::string(oldest->first));
}

void MemberTools::load_soon(const std::string& id, const std::shared_ptr<Entry>& entry) {
  if (entry->loading) {
    entry->stale = true;
    return;
  }
  entry->loading = true;
  loop_.spawn("member.load", load(id, entry));
}

Task<void> MemberTools::load(std::string id, std::shared_ptr<Entry> entry) {
  do {
    entry->stale = false;
    try {
      UserId user(id);
      auto servers = co_await loop_.on_worker([this, &user] { return load_(user); });
      if (!closed_) entry->index->set_servers(servers);
    } catch (const std::exception& error) {
      log::error("member.not_loaded", {{"message", error.what()}});
      entry->index->set_servers({});  // what may be out of date is not used
    }
  } while (entry->stale && !closed_);
  entry->loading = false;
  entry->loaded = true;
  loaded_.wake_all();
}

Task<std::shared_ptr<ToolIndex>> MemberTools::index_of(UserId user, Until until) {
  if (!owners_.contains(user.text()) || closed_) co_return nullptr;
  auto entry = require(user.text());
  for (;;) {
    const bool waits = !entry->loaded || entry->loading;
    if (!waits) break;
    const Wake wake = co_await loaded_.wait(until);
    if (wake != Wake::ready) break;
  }
  auto* index = entry->index.get();
  co_return std::shared_ptr<ToolIndex>(std::move(entry), index);
}

bool MemberTools::is_new(const Caller& caller) const {
  if (owners_.empty() || !caller.person || !owners_.contains(caller.person->id.text())) return false;
  const auto found = people_.find(caller.person->id.text());
  return found == people_.end() || !found->second->loaded || found->second->loading ||
         found->second->index->current()->version == 0;
}

Task<void> MemberTools::settled(const Caller& caller, Until until) {
  const bool has_own = caller.person && owners_.contains(caller.person->id.text());
  if (!has_own) co_return;
  auto index = co_await index_of(caller.person->id, until);
  if (!index) co_return;
  co_await index->published(until);
  co_await index->settled(until);
}

void MemberTools::reload(const UserId& user) {
  const auto found = people_.find(user.text());
  if (found != people_.end()) load_soon(found->first, found->second);
}

void MemberTools::reload_all() {
  for (const auto& [id, entry] : people_) load_soon(id, entry);
}

void MemberTools::reread_held(const ServerId& server) {
  for (const auto& [id, entry] : people_) entry->index->reread_held(server);
}

void MemberTools::drop(const std::string& id) {
  const auto found = people_.find(id);
  if (found == people_.end()) return;
  auto entry = std::move(found->second);
  people_.erase(found);
  entry->index->close();
  ended_.push_back(std::move(entry));
}

void MemberTools::tick() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::string> idle;
  for (const auto& [id, entry] : people_) {
    entry->index->tick();
    if (now - entry->used > settings_.idle_time) idle.push_back(id);
  }
  for (const auto& id : idle) drop(id);
  std::erase_if(ended_, [](const auto& one) { return one.use_count() == 1 && one->index->is_quiet(); });
}

void MemberTools::close() {
  closed_ = true;
  changed_ = nullptr;
  std::vector<std::string> all;
  for (const auto& [id, entry] : people_) all.push_back(id);
  for (const auto& id : all) drop(id);
}

}  // namespace patchbay::gateway
