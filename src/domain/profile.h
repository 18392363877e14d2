#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "domain/server.h"

namespace patchbay {

using ProfileId = Id<struct ProfileTag>;

// A named set of servers and tools with an endpoint of its own, /mcp/p/{slug}. It narrows what a person may
// use and never widens it.
struct Profile {
  ProfileId id;
  std::string slug;  // unique ignoring case, never changes
  std::string title;
  std::string description;
  bool is_flat = true;  // its endpoint lists the tools themselves; else it has the two of the router
  Access access;
  std::map<std::string, std::vector<std::string>, std::less<>> servers;  // id → tools; no tools: all of them
  std::int64_t revision = 1;
  Instant created_at;
  Instant updated_at;

  bool holds(const ServerId& server, std::string_view tool) const;  // tool empty: the server as a whole
};

// Throws Error::invalid that names the field.
void validate(const Profile& profile);

}  // namespace patchbay
