#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace patchbay {

inline constexpr std::size_t longest_url = 2048;

// An absolute http or https URL that passed every check of parse_url.
struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case; an IPv6 literal in its shortest form, without brackets
  std::uint16_t port = 443;
  bool has_explicit_port = false;
  bool ipv6_literal = false;
  std::string path_and_query = "/";  // as written; begins with "/"

  bool is_https() const { return scheme == "https"; }
  std::string authority()
      const;  // for the Host header: brackets where needed, the port unless it is the default
  std::string origin() const;  // "https://example.com:8443", the default port left out
  std::string text() const;    // origin and path_and_query

  bool operator==(const Url&) const = default;
};

// Parses strictly and repairs nothing: what other parsers read differently is refused. Throws Error::invalid
// whose id is the reason: too_long, bad_url, bad_scheme, userinfo, non_ascii_host, zone_id, trailing_dot,
// noncanonical_ip, bad_port or fragment. The message never repeats the text.
Url parse_url(std::string_view text);

// Resolves a relative or absolute reference against `base` (RFC 3986, section 5.2); the result passes
// parse_url.
Url join(const Url& base, std::string_view reference);

bool same_origin(const Url& a, const Url& b);

// "localhost" and the names below it (RFC 6761 §6.3).
bool is_localhost_name(std::string_view host);

// A host name as it may stand in a URL: lower-case labels of letters, digits, "-" and "_", not ending in a
// number.
bool is_host_name(std::string_view host);

// For logs: no user name, password, query or fragment. Takes any text, a broken URL too.
std::string redacted(std::string_view url);

}  // namespace patchbay
