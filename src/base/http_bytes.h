#pragma once

#include <array>
#include <string_view>

namespace patchbay {

// Which bytes may stand where in the text of HTTP (RFC 9110 §5.5, §5.6.2).

// Lower case for the bytes of a token, 0 for all others.
constexpr std::array<char, 256> make_token_table() {
  std::array<char, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = static_cast<char>(c);
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = table[c + 32] = static_cast<char>(c + 32);
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = c;
  return table;
}
inline constexpr auto token_table = make_token_table();
constexpr bool is_token_byte(char c) {
  return token_table[static_cast<unsigned char>(c)] != 0;
}

constexpr bool is_value_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace patchbay
