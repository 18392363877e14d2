#include "gateway/tool_index.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/log.h"
#include "base/text.h"
#include "store/tools.h"

namespace patchbay::gateway {

namespace {

const SynonymGroups& built_in_synonyms() {
  static const auto groups = SynonymGroups::built_in();
  return groups;
}

}  // namespace

ToolIndex::ToolIndex(Loop& loop, HttpClient& client, Store& store, Audit& audit, const Clock& clock,
                     ToolIndexSettings settings)
    : loop_(loop),
      client_(client),
      store_(store),
      audit_(audit),
      clock_(clock),
      settings_(settings),
      lists_(loop, settings.lists_at_once),
      current_(std::make_shared<ToolSet>()),
      published_(loop) {}

void ToolIndex::set_servers(const std::vector<std::shared_ptr<const ServedServer>>& servers) {
  std::map<std::string_view, std::shared_ptr<const ServedServer>> wanted;
  for (const auto& served : servers)
    if (served->server.enabled) wanted.emplace(served->server.id.text(), served);

  for (auto it = entries_.begin(); it != entries_.end();) {
    const auto kept = wanted.find(it->first);
    Entry& entry = *it->second;
    if (kept == wanted.end() || !same_destination(*kept->second, *entry.served)) {
      drop_entry(entry);
      it = entries_.erase(it);
    } else {
      entry.served = kept->second;
      entry.connection->adopt(kept->second);
      ++it;
    }
  }
  for (const auto& [id, served] : wanted)
    if (!entries_.contains(served->server.id.text())) add_entry(served);
  publish_soon();
}

void ToolIndex::add_entry(std::shared_ptr<const ServedServer> served) {
  auto entry = std::make_shared<Entry>();
  const std::string id = served->server.id.text();
  entry->served = served;
  entry->connection =
      std::make_shared<Connection>(loop_, client_, clock_, std::move(served), settings_.connection);
  entry->connection->on_health_changed([this] { publish_soon(); });
  entry->connection->on_list_changed([this, id, raw = entry.get()] {
    // A burst of changes is one change; the timer dies with its entry.
    raw->change_timer.start(loop_, Deadline::in(settings_.change_time), [this, id] { ask(id); });
  });
  entries_.emplace(id, std::move(entry));
  ask(id);
}

void ToolIndex::drop_entry(Entry& entry) {
  entry.change_timer.cancel();
  loop_.spawn("connection.close", [](std::shared_ptr<Connection> connection) -> Task<void> {
    co_await connection->close(Until::in(std::chrono::seconds(5)));
  }(entry.connection));
}

void ToolIndex::ask(const std::string& id) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || closed_) return;
  Entry& entry = *found->second;
  if (entry.asking) {
    entry.ask_again = true;
    return;
  }
  ++running_;
  loop_.spawn("tools.ask", ask_until_fresh(found->second));
}

Task<void> ToolIndex::ask_until_fresh(std::shared_ptr<Entry> entry) {
  entry->asking = true;
  do {
    entry->ask_again = false;
    try {
      co_await fetch(entry, Until::in(std::chrono::seconds(30)));
    } catch (const Error& error) {
      log::debug("tools.not_listed", {{"server", entry->served->server.slug}, {"reason", error.id()}});
    }
  } while (entry->ask_again && !closed_);
  entry->asking = false;
  --running_;
}

Task<void> ToolIndex::fetch(std::shared_ptr<Entry> entry, Until until) {
  auto served = entry->served;
  try {
    auto permit = co_await lists_.acquire(until);
    auto list = co_await entry->connection->list_tools(until);
    for (const auto& warning : list.warnings)
      log::warn("tools.left_out",
                {{"server", served->server.slug}, {"tool", warning.tool}, {"reason", warning.reason}});
    entry->prepared = co_await prepare(served, entry->connection->description(), std::move(list));
    entry->retry = std::chrono::milliseconds(0);
    entry->due = std::chrono::steady_clock::now() + settings_.fresh_time;
    publish_soon();
  } catch (const Error&) {
    entry->retry = entry->retry.count() == 0 ? settings_.first_retry
                                             : std::min(entry->retry * 2, settings_.longest_retry);
    entry->due = std::chrono::steady_clock::now() + entry->retry;
    throw;
  }
}

Task<std::shared_ptr<PreparedServer>> ToolIndex::prepare(std::shared_ptr<const ServedServer> served,
                                                         mcp::ServerDescription said, mcp::ToolList list) {
  struct Made {
    std::shared_ptr<PreparedServer> server;
    store::ToolChanges changes;
  };
  auto made = co_await loop_.on_worker([this, &served, &said, &list] {
    Made result;
    result.server = prepare_server(served, said, list);
    // Where people have accounts of their own, each may be shown other tools: only what is pinned is
    // compared.
    if (served->member && !served->server.pin_tools) return result;
    std::vector<store::SeenTool> seen;
    for (const auto& tool : result.server->tools) seen.push_back({tool.name, tool.digest});
    result.changes = store_.transact([&](Database& db) {
      return store::remember_tools(db, served->server.id, seen, served->server.pin_tools, clock_.now());
    });
    for (const auto& name : result.changes.held) {
      const auto at = result.server->by_name.find(name);
      if (at != result.server->by_name.end()) result.server->tools[at->second].held = true;
    }
    return result;
  });
  if (!made.changes.changed.empty())
    co_await record_changes(served, std::move(made.changes.changed), served->server.pin_tools);
  co_return std::move(made.server);
}

// A tool that now says something else may be a rug pull: it is on record whether or not it is held.
Task<void> ToolIndex::record_changes(std::shared_ptr<const ServedServer> served,
                                     std::vector<store::ChangedTool> changed, bool held) {
  for (const auto& tool : changed) {
    log::warn("tool.changed", {{"server", served->server.slug}, {"tool", tool.name}, {"held", held}});
    Event event;
    event.action = "tool.changed";
    event.server = trail_name(served->server);
    event.tool = tool.name;
    event.outcome = held ? "held" : "ok";
    event.reason = cat(tool.before, " -> ", tool.after);
    co_await audit_.record(std::move(event));
  }
}

Task<void> ToolIndex::settled(Until until) {
  // Spelled out step by step: g++ 12 makes a wrong program of an await inside the condition of an if inside a
  // loop.
  for (;;) {
    const bool waits = !entries_.empty() && (current_->starting > 0 || current_->version == 0);
    if (!waits) co_return;
    const Wake wake = co_await published_.wait(until);
    if (wake != Wake::ready) co_return;
  }
}

Task<void> ToolIndex::refresh_now(ServerId server, Until until) {
  const auto found = entries_.find(server.text());
  if (found == entries_.end())
    throw Error::not_found("no_server", "The server is switched off, or it is not there any more.");
  co_await fetch(found->second, until);
  co_await published(until);
}

void ToolIndex::reread_held(const ServerId& server) {
  ask(server.text());
}

Task<void> ToolIndex::published(Until until) {
  const auto version = wanted_version_;
  while (current_->version < version && !closed_) {
    if (settle_timer_.is_running()) {  // somebody waits: no more settling
      settle_timer_.cancel();
      start_publishing();
    }
    const Wake wake = co_await published_.wait(until);
    if (wake != Wake::ready) co_return;
  }
}

void ToolIndex::publish_soon() {
  ++wanted_version_;
  if (closed_ || publishing_ || settle_timer_.is_running()) return;
  settle_timer_.start(loop_, Deadline::in(settings_.settle_time), [this] { start_publishing(); });
}

void ToolIndex::start_publishing() {
  ++running_;
  publishing_ = true;
  loop_.spawn("tools.publish", publish());
}

Task<void> ToolIndex::publish() {
  const auto version = wanted_version_;
  std::vector<ToolSet::Row> rows;
  for (const auto& [id, entry] : entries_) {
    const Health& health = entry->connection->health();
    rows.push_back({entry->served, entry->connection, entry->prepared, health,
                    entry->prepared && health.state == Health::State::error});
  }
  auto background = settings_.background ? settings_.background() : nullptr;
  auto previous = current_;
  std::shared_ptr<const ToolSet> set;
  try {
    set = co_await loop_.on_worker([this, &rows, version, &background, &previous] {
      return build_tool_set(std::move(rows), version, built_in_synonyms(), background.get(), previous.get());
    });
  } catch (const std::exception& error) {
    log::error("tools.not_published", {{"message", error.what()}});
  }
  if (set) current_ = std::move(set);
  publishing_ = false;
  published_.wake_all();
  if (changed_) changed_();
  if (wanted_version_ != version) publish_soon();
  --running_;
}

void ToolIndex::tick() {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [id, entry] : entries_) {
    entry->connection->close_if_idle(now);
    if (!entry->asking && entry->due != Deadline::Time{} && entry->due <= now) ask(id);
  }
}

void ToolIndex::close() {
  closed_ = true;
  changed_ = nullptr;
  settle_timer_.cancel();
  for (const auto& [id, entry] : entries_) drop_entry(*entry);
  entries_.clear();
  published_.wake_all();
}

}  // namespace patchbay::gateway
