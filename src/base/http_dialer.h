#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/http_client.h"
#include "base/http_pool.h"

namespace patchbay {

// Makes the HTTP client's connections: one look-up, every address checked, only those dialled, TLS with the
// URL's name.
class HttpDialer {
 public:
  // Asks the proxy at the other end for a tunnel to `target`; throws where it has none.
  using OpenTunnel =
      std::function<Task<void>(HttpConnection& proxy, std::string target, const HttpLimits& limits, Until)>;

  HttpDialer(Loop& loop, Resolver& resolver, const HttpClient::Settings& settings, OpenTunnel open_tunnel)
      : loop_(loop), resolver_(resolver), settings_(settings), open_tunnel_(std::move(open_tunnel)) {}

  Task<std::vector<Address>> resolve(const Url& url, const UrlGiver& giver, const Until& until);
  // One that the policy of now allows: where it was changed meanwhile, what was dialled is not used.
  Task<std::unique_ptr<HttpConnection>> dial(const OutgoingRequest& request, const Until& until);
  // What the request trusts: its own, or the system's authorities; null for plain http.
  const std::shared_ptr<const TlsClient>& trust_of(const OutgoingRequest& request);

 private:
  Task<std::unique_ptr<HttpConnection>> dial_once(const OutgoingRequest& request, const Until& until);
  Task<std::unique_ptr<HttpConnection>> dial_proxy(const OutgoingRequest& request, std::string target,
                                                   Until until);

  Loop& loop_;
  Resolver& resolver_;
  const HttpClient::Settings& settings_;
  OpenTunnel open_tunnel_;
  std::shared_ptr<const TlsClient> system_trust_;
};

}  // namespace patchbay
