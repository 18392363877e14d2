#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace patchbay {

// The text of a file that was built into the binary, by its path in the repository ("schema.sql").
std::optional<std::string_view> find_embedded(std::string_view path);

// A file of web/static that was built in, by its path there; its bytes, and the same compressed where that
// saves some (else empty).
struct EmbeddedFile {
  std::string_view path;
  std::string_view identity;
  std::string_view brotli;
  std::string_view gzip;
};
std::span<const EmbeddedFile> embedded_web();  // in order of their paths

}  // namespace patchbay
