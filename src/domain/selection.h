#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay {

// The servers that a person, or one client session of theirs, wants to see: their ids, sorted. An empty one
// opts out of all that can be opted out of. Where there is none, each server's availability decides.
struct Selection {
  static constexpr std::size_t most = 1'000;
  static constexpr std::size_t longest_session = 128;

  std::vector<std::string> servers;

  bool holds(std::string_view server) const {
    return std::binary_search(servers.begin(), servers.end(), server, std::less<>());
  }
};

}  // namespace patchbay
