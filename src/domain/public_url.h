#pragma once

#include <string>
#include <string_view>

namespace patchbay {

// Where people and clients reach an appliance: an http or https URL without a query. Its path is the base
// path.
struct PublicUrl {
  std::string url;        // "https://mcp.example.com/base", no slash at the end
  std::string base_path;  // "/base"; "" for none
};
// Throws what parse_url throws, and Error::invalid("bad_url") for a query.
PublicUrl parse_public_url(std::string_view text);

}  // namespace patchbay
