#include "base/json_text.h"

#include "base/error.h"
#include "base/json_scan.h"
#include "base/utf8.h"

namespace patchbay {

namespace {

using namespace json_scan;

// Behind the string whose opening quote is at `at`.
const char* skip_string(const char* at, const char* end) {
  ++at;
  for (;;) {
    at = skip_to_quote(at, end);
    if (at == end) return end;
    if (*at == '"') return at + 1;
    at = end - at >= 2 ? at + 2 : end;
  }
}

// Behind the object or array that begins at `at`. Counting brackets is enough, the text was checked.
const char* skip_container(const char* at, const char* end) {
  int depth = 0;
  while (at != end) {
    const char c = *at;
    if (c == '"') {
      at = skip_string(at, end);
      continue;
    }
    ++at;
    // '[' and '{', ']' and '}' differ in one bit only.
    if ((c | 0x20) == '{') ++depth;
    if ((c | 0x20) == '}' && --depth == 0) return at;
  }
  return end;
}

const char* skip_value(const char* at, const char* end) {
  if (at == end) return end;
  if (*at == '"') return skip_string(at, end);
  if (*at == '{' || *at == '[') return skip_container(at, end);
  while (at != end && *at != ',' && *at != '}' && *at != ']' && !is_blank(*at)) ++at;
  return at;
}

void skip_blanks(std::string_view& text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

// Takes the value that `text` begins with.
std::string_view take_value(std::string_view& text) {
  const char* const end = skip_value(text.data(), text.data() + text.size());
  const auto size = static_cast<std::size_t>(end - text.data());
  const auto value = text.substr(0, size);
  text.remove_prefix(size);
  return value;
}

// Appends the character that the escape at `at`, behind its backslash, stands for; returns what is behind it.
const char* append_escape(std::string& out, const char* at, const char* end) {
  switch (*at) {
    case 'b':
      out += '\b';
      return at + 1;
    case 'f':
      out += '\f';
      return at + 1;
    case 'n':
      out += '\n';
      return at + 1;
    case 'r':
      out += '\r';
      return at + 1;
    case 't':
      out += '\t';
      return at + 1;
    case 'u':
      break;
    default:
      out += *at;
      return at + 1;
  }
  const std::int32_t code = four_hex(++at, end);
  if (code < 0) return at;
  at += 4;
  if (is_high_surrogate(code) && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
    const std::int32_t low = four_hex(at + 2, end);
    if (is_low_surrogate(low)) {
      append_utf8(out, static_cast<char32_t>(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)));
      return at + 6;
    }
  }
  const bool alone = is_high_surrogate(code) || is_low_surrogate(code);
  append_utf8(out, alone ? 0xFFFD : static_cast<char32_t>(code));
  return at;
}

void append_control(std::string& out, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += "\\u00";
  out += hex[static_cast<unsigned char>(c) >> 4];
  out += hex[static_cast<unsigned char>(c) & 15U];
}

}  // namespace

JsonType json_type(std::string_view value) {
  skip_blanks(value);
  switch (value.empty() ? 'n' : value.front()) {
    case '{':
      return JsonType::object;
    case '[':
      return JsonType::array;
    case '"':
      return JsonType::string;
    case 't':
    case 'f':
      return JsonType::boolean;
    case 'n':
      return JsonType::null;
    default:
      return JsonType::number;
  }
}

JsonCursor::JsonCursor(std::string_view container) : rest_(container) {
  skip_blanks(rest_);
  is_object_ = rest_.starts_with('{');
  if (is_object_ || rest_.starts_with('['))
    rest_.remove_prefix(1);
  else
    rest_ = {};
}

bool JsonCursor::next() {
  skip_blanks(rest_);
  if (rest_.starts_with(',')) rest_.remove_prefix(1);
  skip_blanks(rest_);
  if (rest_.empty() || rest_.front() == '}' || rest_.front() == ']') return false;
  if (is_object_) {
    raw_key_ = take_value(rest_);
    skip_blanks(rest_);
    if (rest_.starts_with(':')) rest_.remove_prefix(1);
    skip_blanks(rest_);
  }
  const auto before = rest_.size();
  value_ = take_value(rest_);
  return is_object_ || rest_.size() < before;
}

std::string_view JsonCursor::key() {
  if (raw_key_.size() < 2) return {};
  if (raw_key_.find('\\') == std::string_view::npos) return raw_key_.substr(1, raw_key_.size() - 2);
  decoded_key_ = decode_string(raw_key_);
  return decoded_key_;
}

std::optional<std::string_view> find_member(std::string_view object, std::string_view key) {
  if (json_type(object) != JsonType::object) return std::nullopt;
  for (JsonCursor cursor(object); cursor.next();)
    if (cursor.key() == key) return cursor.value();
  return std::nullopt;
}

std::string decode_string(std::string_view raw) {
  raw = json_trim(raw);
  if (raw.size() < 2 || raw.front() != '"' || raw.back() != '"')
    throw Error::invalid("json_type",
                         "The JSON text holds another type of value where a string is expected.");
  const char* at = raw.data() + 1;
  const char* const end = raw.data() + raw.size() - 1;
  std::string out;
  out.reserve(raw.size() - 2);
  while (at != end) {
    const char* const plain_end = skip_to_quote(at, end);
    out.append(at, plain_end);
    at = plain_end;
    if (at != end && *at == '"')
      out += *at++;
    else if (end - at >= 2)
      at = append_escape(out, at + 1, end);
    else
      at = end;
  }
  return out;
}

std::string quote_string(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out += '"';
  while (!text.empty()) {
    const auto plain =
        static_cast<std::size_t>(skip_plain(text.data(), text.data() + text.size()) - text.data());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto character = first_character(text);
    if (!character.valid) {
      append_utf8(out, 0xFFFD);
    } else if (character.code == 0x2028 || character.code == 0x2029) {
      out += character.code == 0x2028 ? "\\u2028" : "\\u2029";
    } else if (character.size == 1 && character.code != 0x7F) {
      append_control(out, text.front());
    } else {
      out += text.substr(0, character.size);
    }
    text.remove_prefix(character.size);
  }
  out += '"';
  return out;
}

std::optional<std::int64_t> json_integer(std::string_view raw) {
  return parse_number<std::int64_t>(json_trim(raw));
}

}  // namespace patchbay
