#include "base/egress.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace patchbay {
namespace {

const Cidr& cgnat_range() {
  static const Cidr range = parse_cidr("100.64.0.0/10").value();
  return range;
}

std::string_view sentence_of(std::string_view id) {
  if (id == "self") return "is this Patchbay itself. Enter the address of an MCP server.";
  if (id == "plain_http")
    return "is on the public internet, so its URL must start with https://. Plain http is for private "
           "networks.";
  if (id == "private")
    return "is in a private network, which is not open to this URL. An admin can list it under "
           "network.allow.";
  if (id == "private_from_public")
    return "is in a private network, but a server on the public internet named it. If that is right, an "
           "admin can list"
           " the host under network.allow.";
  if (id == "loopback")
    return "is this machine's own loopback, which is not open to this URL. An admin can list it as host:port "
           "under"
           " network.allow.";
  if (id == "cgnat")
    return "is in the shared address range 100.64.0.0/10. An admin can list it under network.allow.";
  if (id == "link_local" || id == "metadata")
    return "is a link-local or cloud metadata address, which Patchbay never contacts.";
  if (id == "ipv6_embedded")
    return "is an IPv6 address that carries an IPv4 address, which Patchbay never contacts. Use the IPv4 "
           "form.";
  return "is an address at which no server can be. Check the URL.";
}

[[noreturn]] void refuse(std::string_view id, const Url& url, const UrlGiver& giver,
                         const std::string& detail = {}) {
  const std::string message = cat('"', url.host, "\" ", sentence_of(id));
  if (giver.redirected)
    throw Error(Error::Kind::invalid, "redirect",
                cat("The server redirects to a host that is refused: ", message),
                cat(id, detail.empty() ? "" : ": ", detail));
  throw Error(Error::Kind::invalid, std::string(id), message, detail);
}

std::string_view id_of(AddressClass address_class) {
  switch (address_class) {
    case AddressClass::global:
      return {};
    case AddressClass::private_network:
      return "private";
    case AddressClass::loopback:
      return "loopback";
    case AddressClass::cgnat:
      return "cgnat";
    case AddressClass::link_local:
      return "link_local";
    case AddressClass::metadata:
      return "metadata";
    case AddressClass::unspecified:
      return "unspecified";
    case AddressClass::multicast:
      return "multicast";
    case AddressClass::reserved:
      return "reserved";
    case AddressClass::embedded_ipv4:
      return "ipv6_embedded";
  }
  return "reserved";
}

// Whether a line of network.allow names this URL's host, and its port if the line has one.
bool is_named(const AllowRule& rule, const Url& url) {
  return !rule.host.empty() && rule.host == url.host && (rule.port == 0 || rule.port == url.port);
}

bool is_named(const EgressPolicy& policy, const Url& url, AddressClass address_class) {
  if (policy.private_mode == PrivateMode::deny) return false;
  return std::any_of(policy.allow.begin(), policy.allow.end(), [&](const AllowRule& rule) {
    return is_named(rule, url) && (address_class != AddressClass::loopback || rule.port != 0);
  });
}

// A range opens shared addresses only when it was meant for them: 0.0.0.0/0 does not.
bool range_opens(const Cidr& range, const Address& address, AddressClass address_class) {
  return range.contains(address) && (address_class != AddressClass::cgnat || cgnat_range().contains(range));
}

bool rule_opens(const AllowRule& rule, const Url& url, const Address& address, AddressClass address_class) {
  if (address_class == AddressClass::loopback && rule.port == 0) return false;
  if (is_named(rule, url)) return true;
  return rule.range && (rule.port == 0 || rule.port == url.port) &&
         range_opens(*rule.range, address, address_class);
}

UrlSource owner_of(const UrlGiver& giver) {
  return giver.source == UrlSource::server_given ? giver.connection : giver.source;
}

bool is_open_to_owner(const Url& url, const Address& address, AddressClass address_class,
                      const UrlGiver& giver, const EgressPolicy& policy) {
  if (policy.private_mode == PrivateMode::deny) return false;
  const auto range_covers = [&](const Cidr& range) { return range_opens(range, address, address_class); };
  if (policy.private_mode == PrivateMode::admin && owner_of(giver) == UrlSource::admin &&
      std::any_of(policy.admin_ranges.begin(), policy.admin_ranges.end(), range_covers))
    return true;
  return std::any_of(policy.allow.begin(), policy.allow.end(),
                     [&](const AllowRule& rule) { return rule_opens(rule, url, address, address_class); });
}

// A server may lead us no further inside than where it is itself.
bool is_beyond_server(const Url& url, AddressClass address_class, const UrlGiver& giver,
                      const EgressPolicy& policy) {
  if (giver.source != UrlSource::server_given || policy.trust_servers) return false;
  const Reach needed = address_class == AddressClass::loopback ? Reach::loopback : Reach::private_network;
  return giver.connection_reach < needed && !is_named(policy, url, address_class);
}

bool is_own_address(const Url& url, const Address& address, const EgressPolicy& policy) {
  return std::any_of(policy.own_listeners.begin(), policy.own_listeners.end(), [&](const Endpoint& own) {
    if (own.port != url.port) return false;
    const bool listens_everywhere = classify(own.address) == AddressClass::unspecified;
    return own.address == address || (listens_everywhere && classify(address) == AddressClass::loopback);
  });
}

// The reason why this address is refused, or nothing.
std::string_view reason_against(const Url& url, const Address& address, const UrlGiver& giver,
                                const EgressPolicy& policy) {
  if (is_own_address(url, address, policy)) return "self";
  const AddressClass address_class = classify(address);
  switch (address_class) {
    case AddressClass::global:
      return url.is_https() || is_named(policy, url, address_class) ? std::string_view() : "plain_http";
    case AddressClass::private_network:
    case AddressClass::loopback:
    case AddressClass::cgnat:
      if (is_beyond_server(url, address_class, giver, policy))
        return address_class == AddressClass::private_network ? "private_from_public" : id_of(address_class);
      return is_open_to_owner(url, address, address_class, giver, policy) ? std::string_view()
                                                                          : id_of(address_class);
    default:
      return id_of(address_class);
  }
}

bool is_own_public_url(const Url& url, const EgressPolicy& policy) {
  return policy.own_public_url && policy.own_public_url->host == url.host &&
         policy.own_public_url->port == url.port;
}

// A localhost name is refused before the look-up when no answer that it may have could pass.
bool is_closed_localhost(const Url& url, const UrlGiver& giver, const EgressPolicy& policy) {
  if (!is_localhost_name(url.host)) return false;
  const auto v4 = Address::v4({127, 0, 0, 1});
  const auto v6 = Address::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  return !reason_against(url, v4, giver, policy).empty() && !reason_against(url, v6, giver, policy).empty();
}

Reach reach_of(const std::vector<Address>& addresses) {
  if (addresses.empty()) return Reach::global;
  Reach reach = Reach::loopback;
  for (const Address& address : addresses) {
    const AddressClass address_class = classify(address);
    if (address_class == AddressClass::loopback) continue;
    const bool is_inside =
        address_class == AddressClass::private_network || address_class == AddressClass::cgnat;
    reach = std::min(reach, is_inside ? Reach::private_network : Reach::global);
  }
  return reach;
}

// A host with or without a port is the authority of a URL, and follows the same rules.
std::optional<AllowRule> parse_host_rule(std::string_view text) {
  if (text.find_first_of("/?#@") != std::string_view::npos) return std::nullopt;
  try {
    const auto bare = parse_address(text);
    const bool needs_brackets = bare && bare->family == Address::Family::v6;
    const Url url = parse_url(needs_brackets ? cat("https://[", text, ']') : cat("https://", text));
    AllowRule rule{url.host, url.has_explicit_port ? url.port : std::uint16_t{0}, std::nullopt};
    if (const auto address = literal_address(url))
      rule.range = Cidr{*address, address->family == Address::Family::v4 ? 32U : 128U};
    return rule;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

AllowRule parse_allow_rule(std::string_view text) {
  if (const auto range = parse_cidr(text)) return {{}, 0, range};
  if (const auto rule = parse_host_rule(text)) return *rule;
  throw Error::invalid("bad_allow_rule",
                       "A line of network.allow must be a range such as 10.20.0.0/16, a host name or an "
                       "address, or one of the last two"
                       " with a port.");
}

std::vector<Cidr> private_and_loopback_ranges() {
  std::vector<Cidr> ranges;
  for (const auto text :
       {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "127.0.0.0/8", "::1/128"})
    ranges.push_back(parse_cidr(text).value());
  return ranges;
}

std::vector<Endpoint> own_endpoints(const Endpoint& listener) {
  std::vector<Endpoint> endpoints{listener};
  if (classify(listener.address) != AddressClass::unspecified) return endpoints;
  for (const Address& address : list_local_addresses()) endpoints.push_back({address, listener.port});
  return endpoints;
}

UrlGiver given_by_server(UrlSource connection, const std::vector<Address>& addresses) {
  UrlGiver giver(UrlSource::server_given);
  giver.connection = connection;
  giver.connection_reach = reach_of(addresses);
  return giver;
}

Url check_url(std::string_view text, const UrlGiver& giver, const EgressPolicy& policy) {
  Url url = parse_url(text);
  check_url(url, giver, policy);
  return url;
}

void check_url(const Url& url, const UrlGiver& giver, const EgressPolicy& policy) {
  if (giver.source == UrlSource::display_only)
    throw Error::invalid("not_fetched", "This link is for people; Patchbay never fetches it.");
  if (is_own_public_url(url, policy)) refuse("self", url, giver);
  if (is_closed_localhost(url, giver, policy)) refuse("loopback", url, giver);
  if (const auto literal = literal_address(url)) check_addresses(url, {*literal}, giver, policy);
}

void check_addresses(const Url& url, const std::vector<Address>& addresses, const UrlGiver& giver,
                     const EgressPolicy& policy) {
  if (giver.source == UrlSource::display_only || is_own_public_url(url, policy))
    check_url(url, giver, policy);
  if (addresses.empty())
    throw Error::upstream("dns_empty",
                          cat("The name \"", url.host, "\" has no address. Check its spelling."));
  for (const Address& address : addresses)
    if (const auto reason = reason_against(url, address, giver, policy); !reason.empty())
      refuse(reason, url, giver, address.text());
  if (addresses.size() > most_addresses)
    throw Error::upstream("dns_too_many", cat("The name \"", url.host, "\" has more than 20 addresses."));
}

std::optional<Address> literal_address(const Url& url) {
  return parse_address(url.host);
}

RedirectTarget check_redirect(const Url& from, std::string_view location, const Redirect& redirect,
                              const UrlGiver& giver, const EgressPolicy& policy) {
  if (redirect.method != "GET" || redirect.has_credentials)
    throw Error::invalid("redirect",
                         cat("\"", from.host, "\" redirects to another URL. Enter that URL instead."));
  if (redirect.followed >= most_redirects)
    throw Error::invalid("redirect", cat("\"", from.host, "\" redirects more than three times."));

  UrlGiver next = giver;
  if (giver.source == UrlSource::admin || giver.source == UrlSource::member) {
    next = given_by_server(giver.source, redirect.addresses);
  } else {
    next.connection_reach = std::min(giver.connection_reach, reach_of(redirect.addresses));
  }
  next.redirected = true;
  try {
    Url url = join(from, location);
    if (from.is_https() && !url.is_https())
      throw Error::invalid("redirect", cat("\"", from.host, "\" redirects from https to plain http."));
    check_url(url, next, policy);
    return {std::move(url), next};
  } catch (const Error& refusal) {
    if (refusal.id() == "redirect") throw;
    throw Error(Error::Kind::invalid, "redirect",
                cat("\"", from.host, "\" redirects to a URL that is refused: ", refusal.message()),
                refusal.id());
  }
}

}  // namespace patchbay
