#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay {

// The known word that `word` was probably meant to be: few changed, missing, added or swapped letters away,
// capital or not. Nothing where none is near.
std::optional<std::string_view> find_nearest(std::string_view word,
                                             const std::vector<std::string_view>& known);

// ` Did you mean "connect"?` to end a message with; empty where no word is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace patchbay
