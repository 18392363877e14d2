#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "domain/person.h"
#include "domain/server.h"
#include "gateway/served_server.h"
#include "http/route.h"

namespace patchbay::http {

// Something that pages show as it happens.
struct LiveEvent {
  enum class Kind : std::uint8_t { audit, server, tools, catalog };
  Kind kind = Kind::audit;
  std::uint64_t number = 0;  // given by the ring
  std::string data;          // JSON
  std::string server;        // slug; empty where it is about none

  // Of kind audit.
  std::string action;
  std::string tool;
  bool is_refused = false;
  std::string actor;
  std::string actor_name;
  // The person who acted, by session or token; else the actor. Of kinds server and tools the person whose own
  // they are.
  std::string owner;

  // Of kinds server and tools: the server as it is and as it was, either may be absent.
  std::shared_ptr<const gateway::ServedServer> now;
  std::shared_ptr<const gateway::ServedServer> before;
  std::string
      farewell;  // the data for whom the server has ceased to be there; of catalog: for others than admins
};
std::string_view to_text(LiveEvent::Kind kind);

// What one listener asked for.
struct LiveFilter {
  std::uint8_t kinds = 0xff;  // a bit for each LiveEvent::Kind
  std::string server;         // empty: all
  std::string actor;          // id or name; empty: all

  // Reads types=audit,server, server= and actor= of a query. Throws Error::invalid("bad_parameter").
  static LiveFilter read(const Request& request);
  // An event that has no such field does not match one.
  bool matches(const LiveEvent& event) const;
};

// Finds what a slug means to a caller now, null where it is nothing.
using FindServer = std::function<std::shared_ptr<const gateway::ServedServer>(const Caller& caller,
                                                                              const std::string& slug)>;

// Who may listen at all: whoever may read what admins read, and people about themselves.
bool may_listen(const Caller& caller);
// What the caller is shown of an event, asked of domain/access; nothing where it does not concern them.
// Admins and auditors see all. Others see the state of servers that they may use, and of the trail what they
// did themselves, but for hidden_refusal.h.
std::optional<std::string_view> shown_to(const Caller& caller, const LiveEvent& event,
                                         const FindServer& find);

// The newest events, numbered without gaps, for those who come back. Numbers mean something within one start
// only, so ids name the start too.
class EventRing {
 public:
  explicit EventRing(std::string start, std::size_t most = 2'000, std::size_t most_bytes = 4U << 20);

  void add(LiveEvent event);
  // Something was missed: whoever stands before this point cannot go on from there.
  void break_off();

  std::uint64_t last() const { return last_; }
  // Whether everything after this number is still here.
  bool reaches(std::uint64_t after) const { return after >= floor_ && after <= last_; }
  // The first event after a number that the ring reaches; null at the end.
  const LiveEvent* next(std::uint64_t after) const;

  std::string id_of(std::uint64_t number) const;
  // The number of an id; nothing for another start's and for text that is no id.
  std::optional<std::uint64_t> number_of(std::string_view id) const;

  std::size_t size() const { return events_.size(); }

 private:
  static std::size_t bytes_of(const LiveEvent& event);
  const std::string start_;
  const std::size_t most_;
  const std::size_t most_bytes_;
  std::deque<LiveEvent> events_;
  std::size_t bytes_ = 0;
  std::uint64_t last_ = 0;   // the newest number
  std::uint64_t floor_ = 0;  // everything after it is here
};

}  // namespace patchbay::http
