#include "base/http_gate.h"

#include <algorithm>

#include "base/text.h"

namespace patchbay {

namespace {

constexpr std::string_view well_known_names[] = {"/.well-known/oauth-authorization-server",
                                                 "/.well-known/openid-configuration",
                                                 "/.well-known/oauth-protected-resource"};
constexpr std::string_view open_paths[] = {"/oauth/token", "/oauth/register", "/oauth/revoke",
                                           "/oauth/introspect", "/oauth/device"};

// The name of a Host value, without its port; the brackets of an IPv6 address stay.
std::optional<std::string_view> host_name(std::string_view host) {
  const auto end = host.starts_with('[') ? host.find(']') + 1 : std::min(host.find(':'), host.size());
  if (end == 0 || host.empty()) return std::nullopt;
  const std::string_view port = host.substr(end);
  if (!port.empty() && (port[0] != ':' || !parse_number<std::uint16_t>(port.substr(1)))) return std::nullopt;
  const std::string_view name = host.substr(0, end);
  for (const char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
                      (name[0] == '[' && (c == '[' || c == ']' || c == ':'));
    if (!good) return std::nullopt;
  }
  return name;
}

bool contains(const std::vector<std::string>& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

bool is_trusted(const FrontConfig& config, std::string_view peer) {
  const auto address = parse_address(peer);
  return address && std::any_of(config.trusted_proxies.begin(), config.trusted_proxies.end(),
                                [&](const Cidr& range) { return range.contains(*address); });
}

bool is_forwarding(std::string_view name) {
  return name.starts_with("x-forwarded-") || name == "forwarded" || name == "x-real-ip";
}

// Whether the proxy next to us was asked by https.
std::optional<bool> forwarded_https(const HttpRequest& request) {
  std::optional<bool> is_https;
  for (const Header& header : request.headers)
    if (header.name == "x-forwarded-proto")
      is_https = equal_ignoring_case(trim(split(header.value, ',').back()), "https");
  return is_https;
}

// Proxies append, so the chain is read from its end: the first address that is not a trusted proxy is the
// client.
void believe_forwarded(const FrontConfig& config, HttpRequest& request) {
  std::string chain;
  for (const Header& header : request.headers)
    if (header.name == "x-forwarded-for") chain.append(chain.empty() ? "" : ",").append(header.value);
  const auto addresses = split(chain, ',');
  for (auto next = addresses.rbegin(); next != addresses.rend() && is_trusted(config, request.peer); ++next) {
    const auto address = parse_address(trim(*next));
    if (!address) return;
    request.peer = address->text();
  }
}

std::optional<Refusal> refuse_host(const FrontConfig& config, bool is_local, std::string_view host) {
  const auto name = host_name(host);
  if (!name) return Refusal{400, "bad_host", "The Host header of the request is not a host name."};
  if (is_local || contains(config.hosts, host) || contains(config.hosts, *name)) return std::nullopt;
  return Refusal{421, "unknown_host",
                 "Patchbay does not answer under this host name. Add it to the allowed hosts."};
}

std::optional<Refusal> refuse_origin(const FrontConfig& config, std::string_view host, bool is_https,
                                     std::string_view origin) {
  const std::string given = lower(origin);
  if (given == cat(is_https ? "https://" : "http://", host) || contains(config.origins, given))
    return std::nullopt;
  return Refusal{403, "foreign_origin", "Web pages of other sites may not call Patchbay."};
}

// Where a path lies below the base path, "/" at least; nothing for one outside it. Of a well-known document
// the base path stands behind its name, too (RFC 8414 §3.1, RFC 9728 §3.1): there a client looks first.
std::optional<std::string> inner_path(const FrontConfig& config, const HttpRequest& request) {
  const std::string& base = config.base_path;
  const std::string_view path = request.path;
  if (request.is_local || base.empty()) return request.path;
  const auto below = [&](std::string_view outer) {
    return outer.starts_with(base) && (outer.size() == base.size() || outer[base.size()] == '/');
  };
  if (below(path))
    return path.size() == base.size() ? std::string("/") : std::string(path.substr(base.size()));
  for (const std::string_view name : well_known_names)
    if (path.starts_with(name) && below(path.substr(name.size())))
      return cat(name, path.substr(name.size() + base.size()));
  return std::nullopt;
}

// What no cookie or address counts for, and a client in any web page may use (CORS).
bool is_open(std::string_view path) {
  if (path.starts_with("/.well-known/")) return true;
  return std::find(std::begin(open_paths), std::end(open_paths), path) != std::end(open_paths);
}

}  // namespace

std::optional<Refusal> refuse_at_gate(const FrontConfig& config, bool is_tls, HttpRequest& request) {
  const auto says_https = forwarded_https(request);
  request.forwarding.for_somebody = request.header("x-forwarded-for").has_value();
  request.forwarding.says_https = says_https.value_or(false);
  request.forwarding.by_trusted_proxy = !config.trusted_proxies.empty() && is_trusted(config, request.peer);
  const bool is_https = request.forwarding.by_trusted_proxy ? says_https.value_or(is_tls) : is_tls;
  if (request.forwarding.by_trusted_proxy) believe_forwarded(config, request);
  request.is_https = is_https;
  std::erase_if(request.headers, [](const Header& header) { return is_forwarding(header.name); });

  const std::string host = lower(request.header("host").value_or(""));
  if (const auto refusal = refuse_host(config, request.is_local, host)) return refusal;
  const auto inner = inner_path(config, request);
  if (const auto origin = request.header("origin"); origin && !(inner && is_open(*inner)))
    if (const auto refusal = refuse_origin(config, host, is_https, *origin)) return refusal;

  if (!inner) return Refusal{404, "not_found", "There is nothing at this address."};
  request.path = *inner;
  return std::nullopt;
}

}  // namespace patchbay
