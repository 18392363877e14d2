#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "gateway/tool_index.h"

namespace patchbay::gateway {

struct MemberToolsSettings {
  std::chrono::milliseconds idle_time{30 * 60'000};  // then a person's sessions with servers are ended
  std::size_t most_people = 2'000;                   // at once; the one idle longest makes room
};

// What is one person's alone: servers reached with their own account, and their own connectors. Each person
// has an index of their own, made when they first ask, so that nobody can meet another's tools, lists or
// sessions. The loop's thread only.
class MemberTools {
 public:
  using Make = std::function<std::unique_ptr<ToolIndex>()>;
  // The person's servers as they are now; called on a worker.
  using Load = std::function<std::vector<std::shared_ptr<const ServedServer>>(const UserId&)>;

  MemberTools(Loop& loop, Make make, Load load, MemberToolsSettings settings = {});

  // Who has anything of their own at all; others cost nothing.
  void set_people(std::unordered_set<std::string> ids);

  // The caller's; null where they have none, or where nothing was asked for yet.
  std::shared_ptr<const ToolSet> current(const Caller& caller);
  // Whether the caller has something of their own that was not asked for yet: settled() first.
  bool is_new(const Caller& caller) const;
  // Makes sure that the caller's servers were asked, waiting for them until `until` ends.
  Task<void> settled(const Caller& caller, Until until);
  // The person's index, their servers read; null where they have none.
  Task<std::shared_ptr<ToolIndex>> index_of(UserId user, Until until);

  // What the store holds for this person, or for all, has changed.
  void reload(const UserId& user);
  void reload_all();
  // Takes up what was accepted of a server's tools.
  void reread_held(const ServerId& server);
  void on_change(std::function<void(const std::string& user)> callback) { changed_ = std::move(callback); }

  void tick();
  void close();
  std::size_t size() const { return people_.size(); }

 private:
  struct Entry {
    std::unique_ptr<ToolIndex> index;
    bool loaded = false;
    bool loading = false;
    bool stale = false;  // changed while it was being read
    Deadline::Time used{};
    std::uint64_t listed = 0;  // fingerprint that was last told of
  };
  std::shared_ptr<Entry> require(const std::string& id);
  void load_soon(const std::string& id, const std::shared_ptr<Entry>& entry);
  Task<void> load(std::string id, std::shared_ptr<Entry> entry);
  void drop(const std::string& id);
  void make_room();

  Loop& loop_;
  Make make_;
  Load load_;
  MemberToolsSettings settings_;
  std::unordered_set<std::string> owners_;
  std::unordered_map<std::string, std::shared_ptr<Entry>> people_;
  std::vector<std::shared_ptr<Entry>> ended_;  // until their last coroutine has ended
  std::function<void(const std::string&)> changed_;
  Signal loaded_;
  bool closed_ = false;
};

}  // namespace patchbay::gateway
