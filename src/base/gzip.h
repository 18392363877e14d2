#pragma once

#include <string>
#include <string_view>

namespace patchbay {

// `text` in the gzip format (RFC 1952), as small as it gets. For what is compressed once and sent often.
std::string gzip(std::string_view text);

}  // namespace patchbay
