#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace patchbay::json_scan {

// Eight bytes at once. In each mask the lowest bit set belongs to the first byte that matches; higher ones
// may lie.
constexpr std::uint64_t each_byte = 0x0101010101010101U;
constexpr std::uint64_t high_bits = 0x8080808080808080U;

constexpr std::uint64_t below(std::uint64_t word, unsigned char bound) {
  return (word - each_byte * bound) & ~word & high_bits;
}
constexpr std::uint64_t equals(std::uint64_t word, char byte) {
  return below(word ^ (each_byte * static_cast<unsigned char>(byte)), 1);
}

// The first byte from `at` on that `mask` finds in the words of the text, or somewhere in its last seven
// bytes.
template <class Mask>
const char* skip_words(const char* at, const char* end, Mask&& mask) {
  if constexpr (std::endian::native == std::endian::little) {
    while (end - at >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, sizeof word);
      if (const std::uint64_t found = mask(word); found != 0) return at + std::countr_zero(found) / 8;
      at += 8;
    }
  }
  return at;
}

// Skips what a string may hold without a closer look: ASCII but controls, quotes and backslashes.
inline const char* skip_plain(const char* at, const char* end) {
  at = skip_words(at, end, [](std::uint64_t word) {
    return (word & high_bits) | below(word, 0x20) | equals(word, '"') | equals(word, '\\');
  });
  while (at != end && *at >= 0x20 && *at < 0x7F && *at != '"' && *at != '\\') ++at;
  return at;
}

// The first quote or backslash from `at` on.
inline const char* skip_to_quote(const char* at, const char* end) {
  at = skip_words(at, end, [](std::uint64_t word) { return equals(word, '"') | equals(word, '\\'); });
  while (at != end && *at != '"' && *at != '\\') ++at;
  return at;
}

inline bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

inline int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The four hex digits at `at`; -1 where there are fewer.
inline std::int32_t four_hex(const char* at, const char* end) {
  if (end - at < 4) return -1;
  std::int32_t code = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_value(at[i]);
    if (digit < 0) return -1;
    code = code * 16 + digit;
  }
  return code;
}

inline bool is_high_surrogate(std::int32_t code) {
  return code >= 0xD800 && code < 0xDC00;
}
inline bool is_low_surrogate(std::int32_t code) {
  return code >= 0xDC00 && code < 0xE000;
}

}  // namespace patchbay::json_scan
