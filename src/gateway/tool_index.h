#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/http_client.h"
#include "base/loop.h"
#include "gateway/audit.h"
#include "gateway/connections.h"
#include "gateway/tool_set.h"
#include "store/store.h"
#include "store/tools.h"

namespace patchbay::gateway {

struct ToolIndexSettings {
  std::chrono::milliseconds fresh_time{10 * 60'000};  // a list is asked for again after this
  std::chrono::milliseconds first_retry{1'000};       // after a failure; doubles up to longest_retry
  std::chrono::milliseconds longest_retry{60'000};
  std::chrono::milliseconds settle_time{25};   // changes that come together make one new set
  std::chrono::milliseconds change_time{250};  // list_changed that come together make one new list
  std::size_t lists_at_once = 32;
  // For one person's few tools: the index that says how rare words are. May be empty.
  std::function<std::shared_ptr<const RankingIndex>()> background = {};
  ConnectionSettings connection;
};

// Keeps what each server offers: asks every server for its tools, in parallel, again when it says that they
// changed, when the list is old, or when it failed; keeps the last good list of a server that fails.
// Publishes ToolSets. The loop's thread only.
class ToolIndex {
 public:
  ToolIndex(Loop& loop, HttpClient& client, Store& store, Audit& audit, const Clock& clock,
            ToolIndexSettings settings);

  // The servers to serve from now on. Connections of servers that stay as they were go on.
  void set_servers(const std::vector<std::shared_ptr<const ServedServer>>& servers);

  bool empty() const { return entries_.empty(); }
  // Never null.
  std::shared_ptr<const ToolSet> current() const { return current_; }
  // Called after each new set.
  void on_change(std::function<void()> callback) { changed_ = std::move(callback); }

  // Waits until every server has been listed or has failed once, or until `until` ends.
  Task<void> settled(Until until);

  // Waits until everything that changed before is in current(). Returns at the end of `until` in any case.
  Task<void> published(Until until);

  // Asks one server for its tools now and waits for the new set. Throws what the server's list threw.
  Task<void> refresh_now(ServerId server, Until until);
  // Takes up what an admin accepted.
  void reread_held(const ServerId& server);

  // Called now and then: old lists, idle sessions.
  void tick();
  // Ends every session, each in a coroutine of its own: drain the loop afterwards.
  void close();
  // No coroutine of its own is under way, so that it may be destroyed.
  bool is_quiet() const { return running_ == 0; }

 private:
  struct Entry {
    std::shared_ptr<const ServedServer> served;
    std::shared_ptr<Connection> connection;
    std::shared_ptr<const PreparedServer> prepared;
    bool asking = false;
    bool ask_again = false;
    std::chrono::milliseconds retry{0};
    Deadline::Time due{};
    Loop::Timer change_timer;
  };
  using Entries = std::map<std::string, std::shared_ptr<Entry>>;  // by server id
  void add_entry(std::shared_ptr<const ServedServer> served);
  void drop_entry(Entry& entry);
  void ask(const std::string& id);
  Task<void> ask_until_fresh(std::shared_ptr<Entry> entry);
  Task<void> fetch(std::shared_ptr<Entry> entry, Until until);
  Task<std::shared_ptr<PreparedServer>> prepare(std::shared_ptr<const ServedServer> served,
                                                mcp::ServerDescription said, mcp::ToolList list);
  Task<void> record_changes(std::shared_ptr<const ServedServer> served,
                            std::vector<store::ChangedTool> changed, bool held);
  void publish_soon();
  void start_publishing();
  Task<void> publish();

  Loop& loop_;
  HttpClient& client_;
  Store& store_;
  Audit& audit_;
  const Clock& clock_;
  ToolIndexSettings settings_;
  Semaphore lists_;
  Entries entries_;
  std::shared_ptr<const ToolSet> current_;
  std::function<void()> changed_;
  Loop::Timer settle_timer_;
  Signal published_;
  std::uint64_t wanted_version_ = 0;  // grows with each change
  int running_ = 0;
  bool publishing_ = false;
  bool closed_ = false;
};

}  // namespace patchbay::gateway
