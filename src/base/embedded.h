#pragma once

#include <optional>
#include <string_view>

namespace patchbay {

// The text of a file that was built into the binary, by its path in the repository ("schema.sql").
std::optional<std::string_view> find_embedded(std::string_view path);

}  // namespace patchbay
