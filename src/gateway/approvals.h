#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "domain/person.h"
#include "domain/server.h"

namespace patchbay::gateway {

// A call of a tool whose policy is "ask", waiting for its person. The arguments' beginning is kept in memory
// to be looked at, and nowhere else.
struct Approval {
  std::string id;
  UserId user;
  ServerId server_id;
  std::string server;  // slug
  std::string tool;
  std::string client;
  std::string arguments;  // at most 4,096 bytes of them
  std::string digest;     // of server, tool and all arguments: what exactly is asked for
  Instant asked_at;
  Instant expires_at;
  enum class State : std::uint8_t { waiting, allowed, refused } state = State::waiting;
};

// Calls that wait for a person's word. In memory only: after a restart one is asked again. An approval counts
// for one call with the same arguments, within ten minutes. Any thread.
class Approvals {
 public:
  static constexpr std::chrono::minutes time{10};
  static constexpr std::size_t most_of_one = 100;

  explicit Approvals(const Clock& clock) : clock_(clock) {}

  // allowed: and it is used up by this. refused: the person said no. waiting: it was asked for now or before.
  Approval::State take(const Caller& caller, const Server& server, std::string_view tool,
                       std::string_view arguments);

  std::vector<Approval> list(const UserId& user) const;  // those that wait, oldest first
  // Throws Error::not_found("no_approval"), also for another person's. What was decided.
  Approval decide(const UserId& user, std::string_view id, bool allow);

 private:
  void drop_old(std::deque<Approval>& all) const;

  const Clock& clock_;
  mutable Guarded<std::deque<Approval>> all_;
};

}  // namespace patchbay::gateway
