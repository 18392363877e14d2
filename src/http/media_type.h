#pragma once

#include <initializer_list>
#include <string_view>

namespace patchbay::http {

// The media type of a Content-Type, or of one item of an Accept header, without its parameters.
std::string_view media_type(std::string_view value);

// Whether an Accept header names one of these types.
bool accepts_any(std::string_view accept, std::initializer_list<std::string_view> types);

}  // namespace patchbay::http
