#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/http_front.h"
#include "base/loop.h"
#include "http/audit_tail.h"
#include "http/identity.h"
#include "http/live_event.h"
#include "store/store.h"

namespace patchbay::http {

struct LiveSettings {
  std::chrono::milliseconds keepalive{8'000};  // and how long a caller is believed without looking again
  std::chrono::milliseconds look_every{200};   // at the audit trail, while somebody listens
  std::size_t streams_per_caller = 64;
  std::size_t streams = 1'024;
};

// GET /v1/events: what happens, as it happens, for pages. Listeners read from one ring of events, so that a
// slow one holds nothing up: it is cut off once the ring has passed it by. The data plane, on the loop; the
// audit trail is followed in the store, which costs calls nothing.
class LiveRoutes {
 public:
  LiveRoutes(Loop& loop, Store& store, const Identity& identity, FindServer find, LiveSettings settings);

  static bool owns(std::string_view path);
  // Throws the Error that the front answers with.
  Task<void> serve(Exchange& exchange);

  void publish(LiveEvent event);
  // Tokens, people or sessions are others than before: every listener is looked at again, now.
  void callers_changed();

 private:
  struct Listener;
  class Seat;
  static void read_wish(Listener& listener);
  Task<void> stream(Listener& listener);
  Task<bool> check_again(Listener& listener, std::string& text);
  Task<void> catch_up();
  Task<void> follow();
  void take(AuditTail::Look look);
  std::string greeting(Listener& listener) const;
  void collect(Listener& listener, std::string& text) const;

  Loop& loop_;
  const Identity& identity_;
  const FindServer find_;
  const LiveSettings settings_;
  AuditTail tail_;  // of follow(), one look at a time
  EventRing ring_;
  Signal changed_;
  Signal looked_;
  Signal left_;                               // the last listener has
  std::map<std::string, std::size_t> seats_;  // by caller
  std::size_t listeners_ = 0;
  std::uint64_t callers_ = 0;  // grows with each change of tokens, people or sessions
  std::uint64_t looks_ = 0;
  bool following_ = false;
};

}  // namespace patchbay::http
