#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace patchbay {

std::string to_hex(std::string_view bytes);  // lower case
std::optional<std::string> from_hex(std::string_view text);

std::string to_base64url(std::string_view bytes);  // RFC 4648 §5, no padding
std::optional<std::string> from_base64url(std::string_view text);

std::string percent_encode(std::string_view text);  // everything but the unreserved of RFC 3986 §2.3
std::optional<std::string> percent_decode(std::string_view text);

// Whether `text` is well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates.
bool is_utf8(std::string_view text);

// Whether a character shows nothing of itself: controls, bidi controls, zero-width and other format
// characters.
bool is_hidden(char32_t code);

// Text from outside as it may be shown or stored: invalid UTF-8 becomes U+FFFD; hidden characters are
// dropped, but \n and \t stay where `keep_lines` and become a space where not. What is longer than
// `max_bytes` is cut at a character border and ends in "…", which counts.
std::string clean_text(std::string_view foreign, std::size_t max_bytes, bool keep_lines);

}  // namespace patchbay
