#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::oauth {

// Where an authorization code may be sent. Compared byte for byte, but for the port of a loopback address
// (RFC 8252 §7.3): a program on the person's machine takes the port that is free.
//
//   https://host[:port]/path?query          any host, unless an admin has a list
//   http://127.0.0.1|[::1]|localhost[:port][/path][?query]
//   scheme:…                                only the schemes of private_use_schemes
struct RedirectUri {
  enum class Kind : unsigned char { web, loopback, private_use };
  Kind kind = Kind::web;
  std::string host;  // as people are shown it: a host name, "127.0.0.1", or "Cursor (cursor:)"
};

inline constexpr std::size_t longest_redirect_uri = 2048;

// Nothing for what no code may ever be sent to.
std::optional<RedirectUri> parse_redirect_uri(std::string_view text);
// Whether an admin's list of hosts lets it pass; an empty list lets all pass.
bool is_allowed(const RedirectUri& uri, const std::vector<std::string>& hosts);
// Whether what a request names is what the client has registered.
bool matches_redirect_uri(std::string_view registered, std::string_view presented);

}  // namespace patchbay::oauth
