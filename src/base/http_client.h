#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/egress.h"
#include "base/http_message.h"
#include "base/loop.h"
#include "base/resolver.h"
#include "base/task.h"
#include "base/tls.h"
#include "base/url.h"

namespace patchbay {

struct HttpLimits {
  std::size_t head_bytes = 64 * 1024;
  std::size_t status_line_bytes = 8 * 1024;
  std::size_t header_lines = 100;
  std::size_t body_bytes =
      8 * 1024 * 1024;      // of read_all(); a stream read with read_some() has no such limit
  int interim_answers = 8;  // 1xx before the real one
  std::chrono::milliseconds connect_time{5'000};  // TCP, proxy and TLS together
  std::chrono::milliseconds first_byte_time{
      10'000};  // from the request's last byte to the end of the answer's head
  std::chrono::milliseconds head_time{10'000};  // from the first byte of an answer's head to its end
  std::chrono::milliseconds idle_time{60'000};  // between two pieces of a body
};

struct OutgoingRequest {
  std::string method = "GET";
  Url url;
  std::vector<Header>
      headers;  // never host, content-length, connection, accept-encoding or transfer-encoding: ours
  std::string body;
  UrlGiver giver = UrlSource::client_given;  // whose word the URL is; decides which addresses it may lead to
  std::shared_ptr<const TlsClient> tls;      // null: the system's authorities
  std::string pool_key;               // names the credential: connections are never shared between two keys
  std::filesystem::path unix_socket;  // our own appliance's control socket, dialled in place of the host
  HttpLimits limits;
};

// The head of an answer, and its body still on the wire. Dropping it before the body's end closes the
// connection; after it, the connection goes back to the pool.
class HttpResponse {
 public:
  struct Parts;
  explicit HttpResponse(std::unique_ptr<Parts> parts);
  HttpResponse(HttpResponse&&) noexcept;
  HttpResponse& operator=(HttpResponse&&) noexcept;
  ~HttpResponse();

  int status() const;
  // The first header of that name (lower case). The view lives as long as the response.
  std::optional<std::string_view> header(std::string_view name) const;
  std::size_t header_count() const;
  Header header_at(std::size_t index) const;  // name in lower case

  // The whole body. Throws Error::upstream("result_too_large") beyond limits.body_bytes.
  Task<std::string> read_all(Until until);
  // The next piece, empty at the end; valid until the next call.
  Task<std::string_view> read_some(Until until);
  // Whether the body has ended, as far as its bytes are here; read_some() may then be left out.
  bool has_ended();
  // Closes the connection, even where the body was read to its end.
  void close();

 private:
  std::unique_ptr<Parts> parts_;
};

// The one fetcher of every outgoing URL: looks the host up once, checks every address, dials only those,
// speaks TLS with the URL's own name, follows no redirect, takes no encoded body. The loop's thread only.
//
// Errors: whatever base/egress throws for a refused destination; Error::upstream with "upstream_unreachable",
// "upstream_protocol_error", "result_too_large", "tls_untrusted", "tls_name", "tls_expired", "tls_failed";
// Error::timeout("upstream_timeout"); Error::cancelled. Messages name the host, never what it sent.
//
// A request on a kept connection that turns out closed before any byte of an answer came is sent once more,
// on a new connection, POST included: a server closes idle connections at will, and did not read what it
// never answered (RFC 9112 §9.3.1 leaves this to the client).
class HttpClient {
 public:
  struct Parts;
  struct Settings {
    std::shared_ptr<const EgressPolicy> egress = std::make_shared<EgressPolicy>();
    std::optional<Url> proxy;  // for public addresses: CONNECT for https, the whole URL for http
    bool proxy_resolves =
        false;  // the proxy gets names rather than the address we checked, and looks them up itself
    std::size_t idle_connections = 64;  // kept per origin and pool key
    std::chrono::milliseconds idle_time{60'000};
  };
  HttpClient(Loop& loop, Resolver& resolver, Settings settings);
  ~HttpClient();

  // Returns when the head of the answer is there.
  Task<HttpResponse> send(OutgoingRequest request, Until until);

  // Connections made under the old policy are not used again.
  void set_egress(std::shared_ptr<const EgressPolicy> egress);
  // Closes the kept connections of one credential.
  void forget(std::string_view pool_key);
  // The addresses a URL leads to, checked as send() checks them; for UrlGiver given_by_server().
  Task<std::vector<Address>> resolve(Url url, UrlGiver giver, Until until);

  std::size_t idle_connections() const;

 private:
  std::shared_ptr<Parts> parts_;
};

}  // namespace patchbay
