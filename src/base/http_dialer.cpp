#include "base/http_dialer.h"

#include <algorithm>

#include "base/text.h"

namespace patchbay {

namespace {

bool is_global(const std::vector<Address>& addresses) {
  return std::all_of(addresses.begin(), addresses.end(),
                     [](const Address& address) { return classify(address) == AddressClass::global; });
}

std::string host_and_port(const Address& address, std::uint16_t port) {
  return address.family == Address::Family::v6 ? cat("[", address.text(), "]:", port)
                                               : cat(address.text(), ":", port);
}

}  // namespace

const std::shared_ptr<const TlsClient>& HttpDialer::trust_of(const OutgoingRequest& request) {
  if (request.tls || !request.url.is_https()) return request.tls;
  if (!system_trust_) system_trust_ = std::make_shared<const TlsClient>(TlsTrust{});
  return system_trust_;
}

Task<std::vector<Address>> HttpDialer::resolve(const Url& url, const UrlGiver& giver, const Until& until) {
  auto policy = settings_.egress;
  check_url(url, giver, *policy);
  std::vector<Address> addresses;
  if (const auto literal = literal_address(url)) {
    addresses = {*literal};
  } else {
    addresses = co_await resolver_.resolve(url.host, until);
    policy = settings_.egress;  // it may have changed meanwhile
    check_url(url, giver, *policy);
  }
  check_addresses(url, addresses, giver, *policy);
  co_return addresses;
}

Task<std::unique_ptr<HttpConnection>> HttpDialer::dial(const OutgoingRequest& request, const Until& until) {
  constexpr int most_dials = 3;
  for (int i = 0; i < most_dials; ++i) {
    const auto policy = settings_.egress;
    auto connection = co_await dial_once(request, until);
    if (settings_.egress == policy) co_return connection;
  }
  throw Error::upstream("connect_failed", "The server does not answer at its address.",
                        "the network policy changed again and again");
}

Task<std::unique_ptr<HttpConnection>> HttpDialer::dial_once(const OutgoingRequest& request,
                                                            const Until& until) {
  const Url& url = request.url;
  const auto& proxy = settings_.proxy;
  const auto limits = [&] { return until.sooner(Deadline::in(request.limits.connect_time)); };
  if (!request.unix_socket.empty())
    co_return std::make_unique<HttpConnection>(
        co_await Stream::connect_unix(loop_, request.unix_socket, limits()));
  std::vector<Address> addresses;
  try {
    addresses = co_await resolve(url, request.giver, until);
  } catch (const Error& error) {
    // Behind some proxies only inside names can be looked up.
    const bool unknown = error.id() == "dns_empty" || error.id() == "upstream_unreachable";
    if (!unknown || !proxy || !settings_.proxy_resolves || !url.is_https()) throw;
  }
  if (proxy && is_global(addresses)) {
    const bool by_name = settings_.proxy_resolves && !literal_address(url);
    const auto target = by_name ? cat(url.host, ":", url.port) : host_and_port(addresses.at(0), url.port);
    co_return co_await dial_proxy(request, target, limits());
  }

  Until limited = limits();
  auto connection =
      std::make_unique<HttpConnection>(co_await Stream::connect(loop_, addresses, url.port, limited));
  const auto peer = parse_address(connection->stream.peer());
  if (!peer || std::find(addresses.begin(), addresses.end(), *peer) == addresses.end())
    throw Error::upstream("connect_failed", "The server does not answer at its address.",
                          "connected to another address than was checked");
  connection->tls = trust_of(request);
  if (url.is_https()) co_await connection->stream.start_tls(connection->tls, url.host, limited);
  co_return connection;
}

// RFC 9110 §9.3.6. TLS then goes through the tunnel, with the server itself. The proxy is the operator's own
// choice, so its address is not subject to the rules for URLs.
Task<std::unique_ptr<HttpConnection>> HttpDialer::dial_proxy(const OutgoingRequest& request,
                                                             std::string target, Until until) {
  const Url& proxy = *settings_.proxy;
  std::vector<Address> addresses;
  if (const auto literal = literal_address(proxy))
    addresses = {*literal};
  else
    addresses = co_await resolver_.resolve(proxy.host, until);
  auto connection =
      std::make_unique<HttpConnection>(co_await Stream::connect(loop_, addresses, proxy.port, until));
  connection->tls = trust_of(request);
  connection->absolute = !request.url.is_https();
  if (connection->absolute) co_return connection;

  co_await open_tunnel_(*connection, std::move(target), request.limits, until);
  co_await connection->stream.start_tls(connection->tls, request.url.host, until);
  co_return connection;
}

}  // namespace patchbay
