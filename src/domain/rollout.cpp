#include "domain/rollout.h"

#include "domain/words.h"

namespace patchbay {

namespace {

constexpr Words<RolloutState, 4> states{{{RolloutState::on, "on"},
                                         {RolloutState::pilot, "pilot"},
                                         {RolloutState::off, "off"},
                                         {RolloutState::dark, "dark"}}};

}  // namespace

std::string_view to_text(RolloutState state) {
  return word_of(states, state);
}
std::optional<RolloutState> parse_rollout_state(std::string_view text) {
  return value_of(states, text);
}

}  // namespace patchbay
