#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"

namespace patchbay {

// Reads JSON where it lies, for the path of a call: what we do not decide on is forwarded as it came.

struct JsonLimits {
  std::size_t max_bytes = 8U << 20;
  int max_depth = 64;  // 128 is the most that can be asked for
};
inline constexpr std::size_t most_keys = 50'000;

// Checks a whole text once: grammar of RFC 8259, well-formed UTF-8, no lone surrogates, no number beyond a
// double, no key twice in one object, most_keys keys in one at most. Throws Error::invalid("json_syntax" |
// "json_depth" | "json_duplicate_key" | "json_too_many_keys" | "json_too_large") that names the byte where
// reading ended and nothing of the content.
void check_json(std::string_view text, const JsonLimits& limits = {});

// Everything below takes the text of one value out of a checked text, blanks around it allowed. With other
// text the answers are without meaning, but memory stays safe.

enum class JsonType { object, array, string, number, boolean, null };
JsonType json_type(std::string_view value);

inline std::string_view json_trim(std::string_view text) {
  return trim(text);
}

// Walks over the members of an object or the elements of an array; over nothing in other values. Views point
// into the text; an escaped key lives until the next step.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view container);
  bool next();
  std::string_view key();  // decoded; empty in an array
  std::string_view value() const { return value_; }

 private:
  std::string_view rest_;
  bool is_object_ = false;
  std::string_view raw_key_;
  std::string decoded_key_;
  std::string_view value_;
};

// The text of a member's value; `key` is given decoded.
std::optional<std::string_view> find_member(std::string_view object, std::string_view key);

// Calls visit(key, value) for each member until it returns false.
template <class Visit>
void for_each_member(std::string_view object, Visit&& visit) {
  if (json_type(object) != JsonType::object) return;
  for (JsonCursor cursor(object); cursor.next();)
    if (!visit(cursor.key(), cursor.value())) return;
}

// Calls visit(value) for each element until it returns false.
template <class Visit>
void for_each_element(std::string_view array, Visit&& visit) {
  if (json_type(array) != JsonType::array) return;
  for (JsonCursor cursor(array); cursor.next();)
    if (!visit(cursor.value())) return;
}

// A string's text, its quotes included, as UTF-8. Throws Error::invalid("json_type") where `raw` is none.
std::string decode_string(std::string_view raw);

// `text` as a JSON string with quotes. Invalid UTF-8 becomes U+FFFD; U+2028 and U+2029 are escaped.
std::string quote_string(std::string_view text);

// An integer literal that fits; 1.0 and 1e3 are none.
std::optional<std::int64_t> json_integer(std::string_view raw);

}  // namespace patchbay
