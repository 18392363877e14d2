#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/loop.h"
#include "base/task.h"
#include "mcp/protocol.h"
#include "mcp/transport.h"

namespace patchbay::mcp {

struct UpstreamSettings {
  std::string label;            // how messages call the server: its title
  std::size_t in_flight = 512;  // calls at once; more wait in line
  ToolLimits tools;
  std::size_t progress_per_second = 20;  // of one call; what comes faster is dropped
};

// Our session with one server for one credential, shared by every call made with that credential. Request ids
// are minted here and mean nothing outside. Owned by shared_ptr: a call keeps it alive. The loop's thread
// only.
//
// Errors of open, list_tools and call: those of base/http_client, and Error::upstream with
// "upstream_unauthorized" (401 or 403: the credential does not hold), "upstream_version", "upstream_error" (a
// status that says no), "upstream_closed"; Error::timeout("upstream_timeout"); Error::cancelled.
class Upstream : private TransportListener, public std::enable_shared_from_this<Upstream> {
 public:
  // The raw params of notifications/progress, its progressToken among them: the receiver puts its own.
  using ProgressHook = std::function<void(std::string_view params)>;

  Upstream(Loop& loop, std::shared_ptr<Transport> transport, UpstreamSettings settings);
  ~Upstream() override;

  // Initializes. Called when already open, it does nothing; several callers wait for one handshake.
  Task<void> open(Until until);
  bool is_open() const { return open_; }
  const ServerDescription& server() const { return server_; }

  // All pages. A server without tools has an empty list.
  Task<ToolList> list_tools(Until until);

  // One request of the server's. `method` must be a literal of mcp::method; `params` is checked JSON, an
  // object. Where there is a hook, `_meta.progressToken` is set to our own; a token that is there already is
  // replaced. An error of the server's is an Answer with is_error, not an exception. A session the server has
  // forgotten is opened anew once and the call sent once more. When `until` ends the call, the server is told
  // with notifications/cancelled.
  Task<Answer> call(std::string_view method, std::string params, ProgressHook progress, Until until);

  // Called for every list_changed the server sends: with tools_list_changed and so on.
  void on_list_changed(std::function<void(std::string_view method)> callback) {
    list_changed_ = std::move(callback);
  }

  // Ends the session. New calls are refused with "upstream_closed"; those under way go on until they end.
  Task<void> close(Until until);

  std::size_t in_flight() const { return calls_.size(); }

 private:
  struct Call;
  void on_notification(std::string_view method, std::string_view params) override;
  void on_request(std::string_view raw_id, std::string_view method, std::string_view params) override;
  void on_progress(std::string_view params);
  Task<Answer> attempt(std::string_view method, const std::string& params, const ProgressHook& progress,
                       const Until& until);
  Task<void> handshake(Until until);
  Task<Answer> initialize(Until until);
  void tell_cancelled(std::int64_t id, bool timed_out);
  void send_soon(Outgoing message);

  Loop& loop_;
  std::shared_ptr<Transport> transport_;
  UpstreamSettings settings_;
  ServerDescription server_;
  std::function<void(std::string_view)> list_changed_;
  std::unordered_map<std::int64_t, Call*> calls_;
  Semaphore permits_;
  Signal opened_;
  std::exception_ptr failure_;  // of the last handshake, for those who waited for it
  bool open_ = false;
  bool opening_ = false;
  bool closed_ = false;
  std::uint64_t epoch_ = 0;  // grows with each handshake
  std::int64_t last_id_ = 0;
  std::size_t unasked_ = 0;  // messages on their way that nobody waits for
};

}  // namespace patchbay::mcp
