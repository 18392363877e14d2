#pragma once

#include <string_view>
#include <vector>

namespace patchbay {

// What in a tool's text an admin should look at before trusting it: "instructs" where it tells the agent how
// to behave beyond the tool, "names_secrets" where it names places in which secrets lie. A hint, never a
// verdict: nothing is altered or refused for it, and a text without flags is not safe for that.
std::vector<std::string_view> suspicions(std::string_view text);

}  // namespace patchbay
