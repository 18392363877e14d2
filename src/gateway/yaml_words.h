#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::gateway {

// What the words of a YAML file mean, where they stand unquoted.

// Whether readers of YAML 1.1 or 1.2 take it for a number or a truth value: other programs would not see text
// there. "yes", "no", "on" and "off" are text here, as in YAML 1.2.
bool is_number_or_truth(std::string_view text);

// true, yes, on, false, no or off, in lower case, Capitalised or UPPER CASE: where a truth value is wanted.
std::optional<bool> parse_truth(std::string_view text);

// "sha256:" and 64 hex digits, with or without ":" between the bytes: the digits alone, in lower case.
std::optional<std::string> parse_certificate(std::string_view text);

// Whether a key of the file may be repeated in a message, and the key as it stands there.
bool is_quotable(std::string_view key);
std::string quoted(std::string_view key);

// The known word nearest to `word`, for "Did you mean …?"; nothing where none is near.
std::optional<std::string_view> find_nearest(std::string_view word,
                                             const std::vector<std::string_view>& known);

}  // namespace patchbay::gateway
