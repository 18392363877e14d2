#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/task.h"

namespace patchbay::mcp {

// A message on its way to a server: the JSON-RPC text, and what a transport may need to know of it without
// reading it.
struct Outgoing {
  std::string text;
  std::int64_t id = 0;           // of a request; 0 for a notification or an answer
  std::string_view method = {};  // of mcp/protocol.h, so that it lives; empty for an answer
};

// A server's response to a request, in the buffer it came in. The part is a view, no copy.
struct Answer {
  std::string buffer;
  std::size_t offset = 0;
  std::size_t length = 0;
  bool is_error = false;
  // The raw JSON of `result`, or of `error` where is_error.
  std::string_view part() const { return std::string_view(buffer).substr(offset, length); }
};

// Receives what a server sends of its own accord. Called on the loop; must not throw.
class TransportListener {
 public:
  virtual ~TransportListener() = default;
  virtual void on_notification(std::string_view method, std::string_view params) = 0;
  virtual void on_request(std::string_view raw_id, std::string_view method, std::string_view params) = 0;
};

// Thrown by Transport::request where the server no longer knows the session; the request was not carried out.
inline constexpr std::string_view session_lost = "upstream_session_lost";

// How messages reach one server in one session. Each kind of server has its own: streamable HTTP, the legacy
// HTTP+SSE of 2024-11-05, later a child process. The loop's thread only.
class Transport {
 public:
  virtual ~Transport() = default;

  // Called once, before anything is sent.
  virtual void set_listener(TransportListener* listener) = 0;
  // Forgets any session and makes ready for `initialize`.
  virtual Task<void> connect(Until until) = 0;
  // Sends a request and waits for the response with its id. Many may be under way at once. When `until` ends
  // the wait, Error::timeout or Error::cancelled is thrown; telling the server is the session's business, not
  // the transport's.
  virtual Task<Answer> request(Outgoing message, Until until) = 0;
  // Sends a notification, or the answer to a request of the server's.
  virtual Task<void> notify(Outgoing message, Until until) = 0;
  // The revision that the handshake agreed upon; counts for everything sent afterwards.
  virtual void agree(std::string version) = 0;
  // The session has begun and the server may tell of list changes: listens, where there is a channel of its
  // own for that.
  virtual void listen() = 0;
  // Ends the session, politely where that is possible. Nothing may be sent afterwards, but connect() may be
  // called.
  virtual Task<void> close(Until until) = 0;
  // Stops listening at once and calls the listener no more.
  virtual void abandon() = 0;
};

}  // namespace patchbay::mcp
