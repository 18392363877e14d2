#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/cancel.h"
#include "domain/person.h"
#include "domain/server.h"

namespace patchbay::gateway {

// How much one person, one token and one server may have. 0 is no limit.
struct CallLimitSettings {
  struct Of {
    std::uint32_t per_minute = 0;
    std::uint32_t at_once = 0;
  };
  Of person;
  Of token;
  Of server;
};

// Counts calls: a token bucket of one minute's calls, and how many are under way. A person's tokens and
// sessions count together. The loop's thread only.
class CallLimits {
 public:
  explicit CallLimits(CallLimitSettings settings) : settings_(settings) {}

  struct Refusal {
    std::string_view reason;  // "person_rate", "person_busy", "token_rate", …; empty: go on
    std::chrono::seconds retry_after{0};
  };
  struct Count {
    double left = 0;  // calls, as of `at`
    Deadline::Time at{};
    std::uint32_t under_way = 0;
  };
  // A call's place among those under way, given back when it dies. Must not outlive the limits.
  class Place {
   public:
    Place() = default;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();

   private:
    friend class CallLimits;
    Count* counts_[3] = {};
  };
  // Takes the place, or says why not. `place` must be a new one.
  Refusal enter(const Caller& caller, const Server& server, Deadline::Time now, Place& place);

  void tick(Deadline::Time now);  // forgets who has been quiet

 private:
  using Counts = std::unordered_map<std::string, Count>;
  static Count* find(Counts& counts, const std::string& id, const CallLimitSettings::Of& limit,
                     Deadline::Time now);

  CallLimitSettings settings_;
  Counts people_, tokens_, servers_;
};

}  // namespace patchbay::gateway
