#include "http/media_type.h"

#include "base/text.h"

namespace patchbay::http {

std::string_view media_type(std::string_view value) {
  return trim(value.substr(0, value.find(';')));
}

bool accepts_any(std::string_view accept, std::initializer_list<std::string_view> types) {
  for (;;) {
    const auto comma = accept.find(',');
    const auto type = media_type(accept.substr(0, comma));
    for (const auto wanted : types)
      if (equal_ignoring_case(type, wanted)) return true;
    if (comma == std::string_view::npos) return false;
    accept.remove_prefix(comma + 1);
  }
}

}  // namespace patchbay::http
