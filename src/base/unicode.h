#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace patchbay {

// Unicode Normalization Form KC (UAX #15): the same text typed in another way becomes the same bytes. Nothing
// for what is not UTF-8. The buffers in between are wiped, for it may be a password.
std::optional<std::string> nfkc(std::string_view text);

}  // namespace patchbay
