#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/catalog_watch.h"
#include "gateway/tool_set.h"
#include "http/live_event.h"

namespace patchbay::http {

// What differs from one tool set to the next, as events: `server` where one came, went or fares otherwise,
// `tools` where its list or its rules are others. The loop's thread only.
class ServerEvents {
 public:
  std::vector<LiveEvent> changes(const gateway::ToolSet& set);

 private:
  struct Seen {
    std::shared_ptr<const gateway::ServedServer> served;
    std::shared_ptr<const gateway::PreparedServer> prepared;
    std::uint64_t listed = 0;  // differs where what is listed differs
    std::string state;         // the data of the last `server` event
  };
  static std::uint64_t fingerprint_of(const gateway::PreparedServer* prepared);
  static Seen see(const gateway::ToolSet::Row& row, const Seen* before);
  std::map<std::string, Seen> seen_;  // by slug
};

// What is one person's own changed: their connectors, or what those offer.
LiveEvent own_tools_event(const std::string& user);

// The catalog was read anew.
LiveEvent catalog_event(const gateway::CatalogView& view);

}  // namespace patchbay::http
