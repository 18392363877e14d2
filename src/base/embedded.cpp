#include "base/embedded.h"

#include <string_view>

namespace patchbay {
namespace {
struct Embedded {
  std::string_view path;
  const char* begin;
  const char* end;
};
}  // namespace
}  // namespace patchbay

using patchbay::Embedded;
#include "embedded_table.inc"

namespace patchbay {

std::optional<std::string_view> find_embedded(std::string_view path) {
  for (const Embedded& file : table)
    if (file.path == path) return std::string_view(file.begin, file.end);
  return std::nullopt;
}

}  // namespace patchbay
