#include "base/id.h"

#include <cstddef>

#include "base/crypto.h"
#include "base/encoding.h"

namespace patchbay {

std::string new_uuid(Instant now) {
  std::string bytes = crypto::random_bytes(16);
  const auto time = static_cast<std::uint64_t>(now.milliseconds);
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<char>((time >> (40 - 8 * i)) & 255U);
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0FU) | 0x70U);  // version 7
  bytes[8] =
      static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3FU) | 0x80U);  // variant of RFC 9562
  std::string text = to_hex(bytes);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !digit) return false;
  }
  return true;
}

}  // namespace patchbay
