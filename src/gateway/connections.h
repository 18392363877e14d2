#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/http_client.h"
#include "base/loop.h"
#include "gateway/served_server.h"
#include "mcp/upstream.h"

namespace patchbay::gateway {

struct ConnectionSettings {
  std::chrono::milliseconds open_time{10'000};   // of connecting and of one whole list
  int failures_to_break = 5;                     // in a row
  std::chrono::milliseconds first_pause{1'000};  // of the breaker; doubles up to longest_pause
  std::chrono::milliseconds longest_pause{10'000};
  std::chrono::milliseconds idle_time{15 * 60'000};  // then the session is ended; the next call opens one
  std::chrono::milliseconds stream_silence{10 * 60'000};  // of a call's event stream, comments not counted
  std::size_t in_flight = 512;
};

// How a server has been doing.
struct Health {
  enum class State : unsigned char { unknown, ok, error } state = State::unknown;
  std::string reason;   // stable id: "upstream_unreachable", "tls_untrusted", "upstream_unauthorized", …
  std::string message;  // a sentence for people
  Instant since;
};
std::string_view to_text(Health::State state);

// One server's shared session: opened on demand, reopened when it breaks, closed when idle. A server that
// keeps failing is given a rest: calls are refused at once until one probe succeeds. The loop's thread only;
// owned by shared_ptr, so that a call outlasts a change of the configuration.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, HttpClient& client, const Clock& clock, std::shared_ptr<const ServedServer> served,
             ConnectionSettings settings);

  // One request of the server's, as mcp::Upstream::call. Throws also Error::upstream("upstream_down") while
  // resting and "needs_connection" where the server wants a sign-in that nobody has made.
  Task<mcp::Answer> call(std::string_view method, std::string params, mcp::Upstream::ProgressHook progress,
                         Until until);
  Task<mcp::ToolList> list_tools(Until until);
  // Connects and negotiates, as the two above do by themselves. For a test.
  Task<void> open(Until until);
  // What the server said of itself; empty before the first session.
  const mcp::ServerDescription& description() const { return description_; }

  const Health& health() const { return health_; }
  const ServedServer& served() const { return *served_; }
  // New rules for the same destination; the session goes on.
  void adopt(std::shared_ptr<const ServedServer> served) { served_ = std::move(served); }

  void on_list_changed(std::function<void()> callback) { list_changed_ = std::move(callback); }
  void on_health_changed(std::function<void()> callback) { health_changed_ = std::move(callback); }

  // Ends the session when nothing has used it for the idle time.
  void close_if_idle(Deadline::Time now);
  // Ends the session and leaves no kept connection behind.
  Task<void> close(Until until);

 private:
  Task<std::shared_ptr<mcp::Upstream>> session(Until until);
  std::shared_ptr<mcp::Upstream> make_session();
  void require_rested();
  void succeeded();
  void failed(const Error& error);
  void set_health(Health::State state, std::string reason, std::string message);

  Loop& loop_;
  HttpClient& client_;
  const Clock& clock_;
  std::shared_ptr<const ServedServer> served_;
  ConnectionSettings settings_;
  std::shared_ptr<mcp::Upstream> session_;
  std::string pool_key_;  // of the session's HTTP connections
  mcp::ServerDescription description_;
  Health health_;
  std::function<void()> list_changed_;
  std::function<void()> health_changed_;
  int failures_ = 0;
  bool probing_ = false;
  std::chrono::milliseconds pause_{0};
  Deadline::Time resting_until_{};
  Deadline::Time last_used_ = std::chrono::steady_clock::now();
  bool closed_ = false;
};

}  // namespace patchbay::gateway
