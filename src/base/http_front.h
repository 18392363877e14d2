#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/cancel.h"
#include "base/http_message.h"
#include "base/loop.h"
#include "base/task.h"
#include "base/tls.h"

namespace patchbay {

struct FrontLimits {
  std::size_t head_bytes = 32 * 1024;
  std::size_t line_bytes = 8 * 1024;
  std::size_t header_lines = 100;
  std::chrono::milliseconds head_time{5'000};
  std::chrono::milliseconds body_time{30'000};
  std::chrono::milliseconds idle_time{15'000};   // between requests of a kept connection
  std::chrono::milliseconds write_time{30'000};  // of one write that the peer does not take
  std::size_t connections = 4096;
  std::size_t connections_per_peer = 0;  // 0: no limit of its own (behind a proxy all come from one address)
};

struct FrontConfig {
  std::vector<std::string> hosts;    // allowed Host values, "name" or "name:port"; lower case
  std::vector<std::string> origins;  // allowed Origin values besides our own hosts'
  std::string base_path;             // "" or "/x/y": taken off, 404 for anything outside it
  std::vector<Cidr> trusted_proxies;
  FrontLimits limits;
};

// One request of the data plane and how it is answered. Lives as long as its handler runs.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual const HttpRequest& request() const = 0;
  virtual HttpRequest& request() = 0;

  // Answers whole. At most one of reply() and start_events() may be called, once.
  virtual Task<void> reply(HttpReply reply) = 0;

  // Answers with an event stream: 200, text/event-stream, no buffering, then whatever send() is given. From
  // here on gone() is cancelled as soon as the client closes.
  virtual Task<void> start_events(std::vector<Header> headers) = 0;
  // One or more whole events (mcp/sse writes them), or a comment as keepalive. False where the client has
  // gone. Only one send at a time.
  virtual Task<bool> send(std::string_view events) = 0;
  // For an answer that comes whole and late: gone() is cancelled where the client closes before it comes. A
  // client that closes its sending half counts as gone; over TLS nothing is noticed.
  virtual void watch_for_close() = 0;
  virtual bool has_answered() const = 0;  // reply() or start_events() was called

  virtual CancelToken gone() = 0;  // also cancelled when the front is told to stop at once
};

// Which plane answers a request, decided from its head before the body is read.
struct Dispatch {
  enum class Plane : unsigned char { data, control } plane = Plane::control;
  std::size_t max_body = 1 << 20;
};

// The only listener. Reads requests strictly (security.md 2.3), keeps connections, gives each request to a
// handler. Data-plane handlers are coroutines on the loop; control-plane handlers block on workers
// (base/http_server).
class HttpFront {
 public:
  using Route = std::function<Dispatch(std::string_view method, std::string_view path)>;
  using DataHandler = std::function<Task<void>(Exchange&)>;
  using ControlHandler = std::function<Task<HttpReply>(HttpRequest)>;

  HttpFront(Loop& loop, FrontConfig config, Route route, DataHandler data, ControlHandler control);
  ~HttpFront();

  // Throws Error::invalid("listen"). Returns the port.
  std::uint16_t listen_tcp(const Address& address, std::uint16_t port, std::shared_ptr<TlsServer> tls);
  void listen_unix(const std::string& path);

  // Stops listening, lets requests under way end until the deadline, then cancels gone() and closes.
  Task<void> shut_down(Deadline deadline);

  struct Counts {
    std::size_t connections = 0;
    std::size_t streams = 0;
    std::uint64_t requests = 0;
    std::uint64_t refused = 0;
  };
  Counts counts() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace patchbay
