#pragma once

#include <string_view>

#include "base/clock.h"
#include "domain/event.h"
#include "http/rate_limit.h"
#include "http/route.h"
#include "store/store.h"

namespace patchbay::http {

// Rows of refusals to whoever comes, signed in or not. Each address leaves so many in a minute and no more,
// so that nobody can fill the disk with what they are refused. Any thread that may block.
class RefusalLog {
 public:
  RefusalLog(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // `what` is what was asked for or by: foreign text, cut and cleaned. False where the row was left out.
  bool record(const Request& request, std::string_view action, std::string_view reason,
              std::string_view what = {});
  // A row that the caller has made; outcome and reason are set here.
  bool record(const Request& request, Event row, std::string_view reason);

  // Counts one more, for a row that belongs into another transaction. False where it must be left out.
  bool takes(const Request& request);

  static constexpr int each_minute = 60;

 private:
  Store& store_;
  const Clock& clock_;
  RateLimit limit_{each_minute};
};

// The outcome "refused" of a decision, without a row's other parts.
Event refused_row(const Request& request, std::string_view action, std::string_view reason,
                  std::string_view what, Instant now);

}  // namespace patchbay::http
