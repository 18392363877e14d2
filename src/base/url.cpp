#include "base/url.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/error.h"
#include "base/text.h"

namespace patchbay {
namespace {

constexpr auto none = std::string_view::npos;

// The Fetch standard, "bad port": services that could take an HTTP request for their own protocol.
constexpr auto blocked_ports = std::to_array<std::uint16_t>(
    {1,    7,    9,    11,   13,   15,   17,   19,   20,   21,   22,   23,   25,   37,   42,   43,   53,
     69,   77,   79,   87,   95,   101,  102,  103,  104,  109,  110,  111,  113,  115,  117,  119,  123,
     135,  137,  139,  143,  161,  179,  389,  427,  465,  512,  513,  514,  515,  526,  530,  531,  532,
     540,  548,  554,  556,  563,  587,  601,  636,  989,  990,  993,  995,  1719, 1720, 1723, 2049, 3659,
     4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080});

Error bad_url(const std::string& message) {
  return Error::invalid("bad_url", message);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

bool is_all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool starts_with_0x(std::string_view text) {
  return text.substr(0, 2) == "0x" || text.substr(0, 2) == "0X";
}

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

void check_bytes(std::string_view text) {
  if (text.size() > longest_url) throw Error::invalid("too_long", "The URL is longer than 2048 characters.");
  const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '\\'; };
  if (std::any_of(text.begin(), text.end(), is_bad))
    throw bad_url("The URL contains a blank, a control character or a backslash. Check what was pasted.");
}

// The scheme before the first ":", lower case; nothing when there is none (RFC 3986 §3.1).
std::optional<std::string> scheme_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == none || colon == 0 || !is_letter(text.front())) return std::nullopt;
  const auto scheme = text.substr(0, colon);
  const auto may_stand = [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  };
  if (!std::all_of(scheme.begin(), scheme.end(), may_stand)) return std::nullopt;
  return lower(scheme);
}

// Removes "https://" from the front and returns the scheme.
std::string take_scheme(std::string_view& rest) {
  const auto scheme = scheme_of(rest);
  if (!scheme) throw bad_url("The URL must start with https://.");
  if (*scheme != "https" && *scheme != "http")
    throw Error::invalid("bad_scheme",
                         "The URL must start with https:// or http://; no other scheme is used.");
  rest.remove_prefix(scheme->size() + 1);
  if (rest.substr(0, 2) != "//")
    throw bad_url("The URL must have two slashes after its scheme, as in https://.");
  rest.remove_prefix(2);
  return *scheme;
}

// One part of a number as inet_aton reads it: decimal, octal after "0", hexadecimal after "0x".
std::optional<std::uint64_t> parse_aton_part(std::string_view part) {
  if (starts_with_0x(part)) return part.size() == 2 ? 0 : parse_number<std::uint64_t>(part.substr(2), 16);
  if (!is_all_digits(part)) return std::nullopt;
  return parse_number<std::uint64_t>(part, part.size() > 1 && part.front() == '0' ? 8 : 10);
}

// Whether glibc would take the text for an IPv4 address: 127.1, 0x7f.1, 2130706433, 017700000001, 0.
bool is_read_as_ipv4(std::string_view host) {
  const auto parts = split(host, '.');
  if (parts.size() > 4) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool is_last = i + 1 == parts.size();
    const std::uint64_t limit = is_last ? std::uint64_t{1} << (8 * (5 - parts.size())) : 256;
    const auto value = parse_aton_part(parts[i]);
    if (!value || *value >= limit) return false;
  }
  return true;
}

bool ends_in_number(std::string_view host) {
  const auto last = host.substr(host.rfind('.') + 1);
  if (is_all_digits(last)) return true;
  return starts_with_0x(last) && last.find_first_not_of("0123456789abcdefABCDEF", 2) == none;
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_'; });
}

void check_name_or_ipv4(const std::string& host) {
  if (host.empty()) throw bad_url("The URL has no host name.");
  if (!std::all_of(host.begin(), host.end(), is_ascii))
    throw Error::invalid("non_ascii_host",
                         "The host name must be ASCII. Write an international name as xn--….");
  if (host.find('%') != none) throw bad_url("The host name must not contain percent signs.");
  if (host.back() == '.') throw Error::invalid("trailing_dot", "The host name must not end with a dot.");
  if (ends_in_number(host)) {
    if (parse_address(host)) return;
    if (is_read_as_ipv4(host))
      throw Error::invalid("noncanonical_ip",
                           "Write the IPv4 address as four plain decimal numbers, as in 192.0.2.1.");
    throw bad_url("The host ends in a number, but it is not an IPv4 address.");
  }
  if (!is_host_name(host))
    throw bad_url("The host name contains a character or a label that host names cannot have.");
}

// "[" IPv6 "]" at the front of the authority; removes it.
std::string take_bracketed(std::string_view& authority) {
  const auto end = authority.find(']');
  if (end == none) throw bad_url("The URL has an opening bracket without its closing one.");
  const auto literal = authority.substr(1, end - 1);
  if (!std::all_of(literal.begin(), literal.end(), is_ascii))
    throw Error::invalid("non_ascii_host", "The address in brackets must be ASCII.");
  if (literal.find('%') != none)
    throw Error::invalid("zone_id", "An IPv6 address in a URL must not carry a zone such as %eth0.");
  const auto address = parse_address(literal);
  if (!address || address->family != Address::Family::v6)
    throw bad_url("Only an IPv6 address can stand in brackets, and this is none.");
  authority.remove_prefix(end + 1);
  return address->text();
}

std::uint16_t parse_port(std::string_view digits) {
  const auto port = parse_number<std::uint16_t>(digits);
  if (!port || *port == 0 || digits.front() == '0')
    throw Error::invalid("bad_port", "The port must be a number from 1 to 65535.");
  if (std::binary_search(blocked_ports.begin(), blocked_ports.end(), *port))
    throw Error::invalid("bad_port",
                         cat("Port ", *port, " belongs to another protocol; MCP servers cannot use it."));
  return *port;
}

void read_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != none)
    throw Error::invalid("userinfo", "The URL must not carry a user name or password before the host.");
  url.port = default_port(url.scheme);
  if (!authority.empty() && authority.front() == '[') {
    url.host = take_bracketed(authority);
    url.ipv6_literal = true;
    if (!authority.empty() && authority.front() != ':')
      throw bad_url("Only a port can follow the closing bracket.");
  } else {
    const auto colon = authority.find(':');
    url.host = lower(authority.substr(0, colon));
    authority.remove_prefix(colon == none ? authority.size() : colon);
    check_name_or_ipv4(url.host);
  }
  if (authority.empty()) return;
  authority.remove_prefix(1);
  if (authority.find(':') != none)
    throw bad_url("The URL has more than one port. Put an IPv6 address in brackets.");
  url.port = parse_port(authority);
  url.has_explicit_port = true;
}

// RFC 3986 §5.2.4 on a path that begins with "/".
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  auto segments = split(path.substr(1), '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool is_dot = segments[i] == "." || segments[i] == "..";
    if (segments[i] == ".." && !kept.empty()) kept.pop_back();
    if (!is_dot) kept.push_back(segments[i]);
    if (is_dot && i + 1 == segments.size()) kept.emplace_back();
  }
  std::string out;
  for (const auto segment : kept) out += cat('/', segment);
  return out.empty() ? "/" : out;
}

// The path and query that a reference without scheme and host leads to.
std::string join_path(std::string_view base, std::string_view reference) {
  const auto base_path = base.substr(0, base.find('?'));
  const auto end = std::min(reference.find_first_of("?#"), reference.size());
  const auto path = reference.substr(0, end);
  const auto rest = reference.substr(end);
  if (path.empty()) return cat(rest.substr(0, 1) == "?" ? base_path : base, rest);
  if (path.front() == '/') return cat(without_dot_segments(path), rest);
  const auto folder = base_path.substr(0, base_path.rfind('/') + 1);
  return cat(without_dot_segments(cat(folder, path)), rest);
}

// A password may hold any character, so in a URL we would refuse everything before the last "@" goes.
std::string redacted_unreadable(std::string_view url) {
  std::string out;
  const auto slashes = url.find("://");
  if (slashes != none && slashes < url.find_first_of("@?#")) out = url.substr(0, slashes + 3);
  url.remove_prefix(out.size());
  if (const auto at = url.rfind('@'); at != none) url.remove_prefix(at + 1);
  out += url.substr(0, std::min(url.find_first_of("?#"), longest_url));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x21 || c > 0x7e; }, '?');
  return out;
}

}  // namespace

std::string Url::authority() const {
  std::string out = ipv6_literal ? cat('[', host, ']') : host;
  if (port != default_port(scheme)) out += cat(':', port);
  return out;
}

std::string Url::origin() const {
  return cat(scheme, "://", authority());
}

std::string Url::text() const {
  return cat(origin(), path_and_query);
}

Url parse_url(std::string_view text) {
  check_bytes(text);
  Url url;
  url.scheme = take_scheme(text);
  const auto authority = text.substr(0, text.find_first_of("/?#"));
  read_authority(authority, url);
  text.remove_prefix(authority.size());

  if (text.find('#') != none)
    throw Error::invalid("fragment", "The URL must not have a fragment (the part after #).");
  if (!std::all_of(text.begin(), text.end(), is_ascii))
    throw bad_url("The path contains characters that must be percent-encoded.");
  url.path_and_query = text.substr(0, 1) == "/" ? std::string(text) : cat('/', text);
  return url;
}

Url join(const Url& base, std::string_view reference) {
  check_bytes(reference);
  if (scheme_of(reference)) return parse_url(reference);
  if (reference.substr(0, 2) == "//") return parse_url(cat(base.scheme, ':', reference));
  return parse_url(cat(base.origin(), join_path(base.path_and_query, reference)));
}

bool same_origin(const Url& a, const Url& b) {
  return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
}

bool is_localhost_name(std::string_view host) {
  constexpr std::string_view below = ".localhost";
  return host == "localhost" ||
         (host.size() > below.size() && host.substr(host.size() - below.size()) == below);
}

bool is_host_name(std::string_view host) {
  if (host.empty() || host.size() > 253 || ends_in_number(host)) return false;
  const auto labels = split(host, '.');
  return std::all_of(labels.begin(), labels.end(), is_label);
}

std::string redacted(std::string_view url) {
  try {
    const Url parsed = parse_url(url);
    return parsed.origin() + parsed.path_and_query.substr(0, parsed.path_and_query.find('?'));
  } catch (const Error&) {
    return redacted_unreadable(url);
  }
}

}  // namespace patchbay
