#include "base/unicode.h"

#include <string.h>
#include <utf8proc.h>

#include <cstdlib>
#include <memory>

namespace patchbay {

std::optional<std::string> nfkc(std::string_view text) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
      &mapped, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT));
  const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(mapped, std::free);
  if (size < 0) return std::nullopt;
  std::string out(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
  ::explicit_bzero(mapped, static_cast<std::size_t>(size));
  return out;
}

}  // namespace patchbay
