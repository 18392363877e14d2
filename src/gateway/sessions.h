#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/cancel.h"
#include "base/clock.h"
#include "domain/person.h"

namespace patchbay::gateway {

// Which of our MCP endpoints a session belongs to.
struct EndpointName {
  enum class Kind : std::uint8_t { router, flat, server, profile } kind = Kind::router;
  std::string slug;  // of kinds server and profile
  bool operator==(const EndpointName&) const = default;
};

// A legacy session with one client. It is never a proof of who asks: every request brings its token, and the
// session belongs to the token that opened it.
struct Session {
  std::string id;
  TokenId owner;
  std::string user;  // id of the owner's person; empty where there is none
  EndpointName endpoint;
  std::string version;      // the negotiated revision
  std::string client;       // "name version", cleaned
  bool opens_urls = false;  // it declared URL mode elicitation
  Deadline::Time last_used{};
  // Calls under way by their raw id. Ids may repeat: some clients send 1 every time.
  std::unordered_multimap<std::string, CancelSource> calls;
  std::uint64_t stream = 0;  // grows with each event stream; only the newest gets notifications
  bool ended = false;
};

// The live sessions. In memory only: after a restart every id is unknown, which clients answer by
// initializing anew. The loop's thread only.
class Sessions {
 public:
  explicit Sessions(std::size_t most = 10'000, std::chrono::milliseconds idle_time = std::chrono::hours(8))
      : most_(most), idle_time_(idle_time) {}

  std::shared_ptr<Session> create(const Caller& owner, EndpointName endpoint, std::string version,
                                  std::string client);
  // Nothing for an unknown id, and for another caller's or endpoint's session: it looks the same.
  std::shared_ptr<Session> find(std::string_view id, const Caller& caller, const EndpointName& endpoint);
  void end(const std::shared_ptr<Session>& session);
  // Cancels the one call with that id; where several have it nobody knows which is meant, and none is.
  bool cancel_call(Session& session, std::string_view raw_id);

  // Ends every session of a person who was disabled or removed, calls included.
  void end_of(const UserId& user);
  // Ends every session of a token that was revoked, calls included.
  void end_of(const TokenId& owner);
  void drop_idle();
  // For a stop: event streams end, calls go on.
  void end_streams();
  void cancel_all();
  std::size_t size() const { return sessions_.size(); }

 private:
  using Order = std::list<std::shared_ptr<Session>>;  // least recently used first
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  void erase(Order::iterator at);

  std::size_t most_;
  std::chrono::milliseconds idle_time_;
  Order order_;
  std::unordered_map<std::string, Order::iterator, Hash, std::equal_to<>> sessions_;
};

}  // namespace patchbay::gateway
