#pragma once

#include <optional>
#include <string>
#include <vector>

namespace patchbay {

// What admins said at the settings page of where Patchbay may connect to; what the configuration says wins.
struct NetworkPolicy {
  static constexpr std::size_t most_rules = 200;
  std::optional<std::string> private_mode;        // "admin", "list", "deny"; absent: the default
  std::optional<std::vector<std::string>> allow;  // lines of network.allow
  bool operator==(const NetworkPolicy&) const = default;
};

}  // namespace patchbay
