#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay {

// How far something has been given to people, beside what is granted: of the appliance as a whole and of each
// server. on: whoever is granted it. pilot: admins, and the people and teams named here. off: admins alone,
// who make it ready and try it. dark: nobody at all, at the next call.
enum class RolloutState : std::uint8_t { on, pilot, off, dark };
std::string_view to_text(RolloutState);  // "on" | "pilot" | "off" | "dark"
std::optional<RolloutState> parse_rollout_state(std::string_view);

struct Rollout {
  RolloutState state = RolloutState::on;
  std::vector<std::string> people;  // of the pilot
  std::vector<std::string> teams;
  bool operator==(const Rollout&) const = default;
};

}  // namespace patchbay
