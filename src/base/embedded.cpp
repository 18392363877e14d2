#include "base/embedded.h"

#include <vector>

namespace patchbay {
namespace {

struct Piece {
  const char* begin = nullptr;
  const char* end = nullptr;
  std::string_view text() const { return {begin, static_cast<std::size_t>(end - begin)}; }
};

// Of the tables that the build writes.
struct Row {
  std::string_view path;
  Piece identity;
  Piece brotli;
  Piece gzip;
};

}  // namespace
}  // namespace patchbay

using patchbay::Row;
#include "texts_table.inc"
#include "web_table.inc"

namespace patchbay {

std::optional<std::string_view> find_embedded(std::string_view path) {
  for (const Row& file : texts_table)
    if (file.path == path) return file.identity.text();
  return std::nullopt;
}

std::span<const EmbeddedFile> embedded_web() {
  static const std::vector<EmbeddedFile> files = [] {
    std::vector<EmbeddedFile> all;
    for (const Row& row : web_table)
      all.push_back({row.path, row.identity.text(), row.brotli.text(), row.gzip.text()});
    return all;
  }();
  return files;
}

}  // namespace patchbay
