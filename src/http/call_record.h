#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/http_message.h"
#include "base/task.h"
#include "domain/person.h"
#include "gateway/audit.h"
#include "gateway/metrics.h"
#include "gateway/router.h"
#include "oauth/bearer.h"

namespace patchbay::http {

// The row of a call of the data plane: completed, counted, and kept before the answer leaves.
class CallRecord {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::string_view withheld_message =
      "The call cannot be recorded, so its result is withheld. Ask an admin to look at Patchbay's log.";

  CallRecord(gateway::Audit& audit, gateway::Metrics& metrics, const oauth::Bearer& bearer)
      : audit_(audit), metrics_(metrics), bearer_(bearer) {}

  // What the program that asks calls itself, for the trail.
  static std::string client_of(const HttpRequest& request);

  // Says in the outcome's row, which must be there, what is known at the end only; counts it and the token's
  // use.
  void complete(gateway::Outcome& outcome, const HttpRequest& request, const Caller& caller,
                std::string client, Time began) const;
  // Takes the outcome's row, if there is one, to the trail. False where it cannot be kept, which is logged:
  // the answer must be withheld then.
  Task<bool> keep(gateway::Outcome& outcome);

 private:
  gateway::Audit& audit_;
  gateway::Metrics& metrics_;
  const oauth::Bearer& bearer_;
};

}  // namespace patchbay::http
