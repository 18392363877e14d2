#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace patchbay::oauth {

// A provider's words for our log: cleaned, cut, and without what may be a token or code that it repeats: each
// run of 16 or more characters of which one is a digit becomes "[…]".
std::string masked_text(std::string_view foreign, std::size_t max_bytes);

}  // namespace patchbay::oauth
