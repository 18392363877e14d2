#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/url.h"

namespace patchbay {

// Where Patchbay may connect to. Pure decisions; the HTTP client does, for each request:
//   Url url = check_url(text, giver, policy);                      // before any packet
//   addresses = literal_address(url) or one look-up of url.host (A and AAAA, never IPv4-mapped answers);
//   check_addresses(url, addresses, giver, policy);                // every answer must pass
//   dial one of exactly these addresses and compare the socket's peer with it;
//   a redirect it wants to follow goes through check_redirect and begins again at the look-up.
// Every refusal is an Error whose id is the reason class of the table in security.md 4a.

// Who handed us a URL.
enum class UrlSource : std::uint8_t {
  admin,         // the catalog file, or an admin
  member,        // a member's personal connector
  server_given,  // an upstream: discovery documents, endpoints, events
  client_given,  // an MCP client: a client metadata document
  display_only   // icons, logos, policies: links for people, never fetched
};

// `network.private`: who may reach private addresses and loopback.
enum class PrivateMode : std::uint8_t {
  admin,  // what an admin or the catalog gives; everybody else only what is listed
  list,   // only what is listed
  deny    // nothing, listed or not
};

// One line of `network.allow`: a range, a host, or a host with port. A range opens its private addresses to
// URLs of admins, members and clients. A host speaks for itself by name, for a server's URLs too, and may be
// plain http. Loopback opens only as host:port; 100.64.0.0/10 only by host or by a range inside it.
struct AllowRule {
  std::string host;           // lower case, no brackets; empty for a range
  std::uint16_t port = 0;     // 0: every port
  std::optional<Cidr> range;  // for an address literal, that one address
};

// "10.20.0.0/16", "mcp.corp.example", "localhost:3000", "[fd00::1]:8443". Throws
// Error::invalid("bad_allow_rule").
AllowRule parse_allow_rule(std::string_view text);

struct Endpoint {
  Address address;
  std::uint16_t port = 0;
};

// All private ranges and loopback: what PrivateMode::admin opens to admins.
std::vector<Cidr> private_and_loopback_ranges();

struct EgressPolicy {
  PrivateMode private_mode = PrivateMode::admin;
  std::vector<Cidr> admin_ranges = private_and_loopback_ranges();
  std::vector<AllowRule> allow;
  std::vector<Endpoint>
      own_listeners;  // 0.0.0.0 and :: also stand for every loopback address; see own_endpoints
  std::optional<Url> own_public_url;
  bool trust_servers = false;  // development: a public server's URLs may lead to private addresses
};

// The listener itself and, when it listens on every interface, this machine's addresses with its port.
std::vector<Endpoint> own_endpoints(const Endpoint& listener);

// How far inside a destination is.
enum class Reach : std::uint8_t { global, private_network, loopback };

// Who handed us the URL, and for server_given the connection in whose name it is fetched.
struct UrlGiver {
  UrlSource source = UrlSource::client_given;
  UrlSource connection = UrlSource::member;  // server_given: who gave the connection's own URL
  Reach connection_reach = Reach::global;    // server_given: where the connection's own server is
  bool redirected = false;                   // refusals then carry the id "redirect"

  UrlGiver(UrlSource source_)
      : source(source_) {}  // NOLINT: a source is all there is to say, but for servers
};

// The giver of a URL found in what a connection's server sent. `addresses` are those the connection's own
// host resolved to; one public address among them makes the server public.
UrlGiver given_by_server(UrlSource connection, const std::vector<Address>& addresses);

inline constexpr std::size_t most_addresses = 20;
inline constexpr int most_redirects = 3;

// Everything that can be said before a look-up: form, own address, and the class of an address literal.
Url check_url(std::string_view text, const UrlGiver& giver, const EgressPolicy& policy);
void check_url(const Url& url, const UrlGiver& giver, const EgressPolicy& policy);

// Throws unless every address may be connected to for this URL; dns_empty for none, dns_too_many above the
// limit.
void check_addresses(const Url& url, const std::vector<Address>& addresses, const UrlGiver& giver,
                     const EgressPolicy& policy);

// The address of a URL whose host is one; no look-up is needed then.
std::optional<Address> literal_address(const Url& url);

// A redirect answer to a request of ours.
struct Redirect {
  std::string method = "GET";      // of the request that was answered
  bool has_credentials = false;    // whether that request carried any
  int followed = 0;                // redirects already followed for this request
  std::vector<Address> addresses;  // the checked addresses of the host that answered
};

// The next request: its URL, passed by check_url, and its giver for check_addresses.
struct RedirectTarget {
  Url url;
  UrlGiver giver;
};

// Throws with the id "redirect" when the redirect is not to be followed: only a GET without credentials ever
// is, three times at most, never from https to http. What follows counts as given by the server that
// answered.
RedirectTarget check_redirect(const Url& from, std::string_view location, const Redirect& redirect,
                              const UrlGiver& giver, const EgressPolicy& policy);

}  // namespace patchbay
