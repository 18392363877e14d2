#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/live_event.h"
#include "store/events.h"
#include "store/store.h"

namespace patchbay::http {

// Follows the audit trail: what was committed since the last look, whoever wrote it. It costs nothing while
// nobody looks. One look at a time, on any thread that may block.
class AuditTail {
 public:
  explicit AuditTail(Store& store, std::int64_t most = 2'000) : store_(store), most_(most) {}

  struct Look {
    std::vector<LiveEvent> events;  // oldest first
    bool missed = false;            // there were more since the last look than are given
  };
  // The first look finds where the trail ends, and gives nothing.
  Look look();

 private:
  LiveEvent event_of(Database& db, const store::StoredEvent& stored);
  std::string owner_of(Database& db, const std::string& actor);

  Store& store_;
  const std::int64_t most_;
  bool has_looked_ = false;
  std::int64_t last_ = 0;                                // the last sequence number that was given
  std::unordered_map<std::string, std::string> owners_;  // by actor; a token never changes hands
};

}  // namespace patchbay::http
