#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/utf8.h"

namespace patchbay {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view upper_hex_digits = "0123456789ABCDEF";
constexpr std::string_view base64url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view ellipsis = "\xE2\x80\xA6";
constexpr char32_t replacement = 0xFFFD;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<std::int16_t, 256> base64url_values = [] {
  std::array<std::int16_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < base64url_digits.size(); ++i)
    values[static_cast<unsigned char>(base64url_digits[i])] = static_cast<std::int16_t>(i);
  return values;
}();

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

struct Range {
  char32_t first;
  char32_t last;
};
// What draws nothing or turns the order of what is drawn: format characters that have no shape, fillers, line
// and paragraph separators, variation selectors beyond the 16 that emoji use, tags.
constexpr Range hidden_ranges[] = {
    {0x00AD, 0x00AD}, {0x034F, 0x034F},   {0x061C, 0x061C},   {0x115F, 0x1160},
    {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F}, {0x3164, 0x3164},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

// What stands for `code` in clean text; 0 where it is dropped.
char32_t cleaned(char32_t code, bool keep_lines) {
  if (code == '\n' || code == '\t') return keep_lines ? code : U' ';
  return is_hidden(code) ? 0 : code;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += hex_digits[byte >> 4];
    out += hex_digits[byte & 15U];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string to_base64url(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : bytes) {
    held = (held << 8) | static_cast<unsigned char>(c);
    bits += 8;
    for (; bits >= 6; bits -= 6) out += base64url_digits[(held >> (bits - 6)) & 63U];
  }
  if (bits > 0) out += base64url_digits[(held << (6 - bits)) & 63U];
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = base64url_values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    held = (held << 6) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>((held >> bits) & 255U);
    }
  }
  // Left-over bits must be zero, so that each byte string has one spelling only.
  if ((held & ((1U << bits) - 1U)) != 0) return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    out += '%';
    out += upper_hex_digits[static_cast<unsigned char>(c) >> 4];
    out += upper_hex_digits[static_cast<unsigned char>(c) & 15U];
  }
  return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto character = first_character(text);
    if (!character.valid) return false;
    text.remove_prefix(character.size);
  }
  return true;
}

bool is_hidden(char32_t code) {
  if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return true;
  return std::any_of(std::begin(hidden_ranges), std::end(hidden_ranges),
                     [code](const Range& range) { return code >= range.first && code <= range.last; });
}

std::string clean_text(std::string_view foreign, std::size_t max_bytes, bool keep_lines) {
  std::string out;
  std::size_t room_for_ellipsis = 0;  // the longest start of `out` that leaves room for the "…"
  while (!foreign.empty()) {
    const auto character = first_character(foreign);
    foreign.remove_prefix(character.size);
    const char32_t code = character.valid ? cleaned(character.code, keep_lines) : replacement;
    if (code == 0) continue;
    append_utf8(out, code);
    if (out.size() + ellipsis.size() <= max_bytes) room_for_ellipsis = out.size();
    if (out.size() <= max_bytes) continue;
    out.resize(room_for_ellipsis);
    if (max_bytes >= ellipsis.size()) out += ellipsis;
    break;
  }
  return out;
}

}  // namespace patchbay
