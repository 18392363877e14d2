#include "base/http_gate.h"

#include <algorithm>

#include "base/text.h"

namespace patchbay {

namespace {

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

// Proxies append, so the chain is read from its end: the first address that is not a trusted proxy is the
// client.
void believe_forwarded(const FrontConfig& config, HttpRequest& request, bool& is_https) {
  std::string chain;
  for (const Header& header : request.headers) {
    if (header.name == "x-forwarded-for") chain.append(chain.empty() ? "" : ",").append(header.value);
    if (header.name == "x-forwarded-proto")
      is_https = equal_ignoring_case(trim(split(header.value, ',').back()), "https");
  }
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

}  // namespace

std::optional<Refusal> refuse_at_gate(const FrontConfig& config, bool is_tls, HttpRequest& request) {
  bool is_https = is_tls;
  if (!config.trusted_proxies.empty() && is_trusted(config, request.peer))
    believe_forwarded(config, request, is_https);
  request.is_https = is_https;
  std::erase_if(request.headers, [](const Header& header) { return is_forwarding(header.name); });

  const std::string host = lower(request.header("host").value_or(""));
  if (const auto refusal = refuse_host(config, request.is_local, host)) return refusal;
  if (const auto origin = request.header("origin"))
    if (const auto refusal = refuse_origin(config, host, is_https, *origin)) return refusal;

  if (request.is_local || config.base_path.empty()) return std::nullopt;
  const bool inside =
      request.path.starts_with(config.base_path) &&
      (request.path.size() == config.base_path.size() || request.path[config.base_path.size()] == '/');
  if (!inside) return Refusal{404, "not_found", "There is nothing at this address."};
  request.path.erase(0, config.base_path.size());
  if (request.path.empty()) request.path = "/";
  return std::nullopt;
}

}  // namespace patchbay
