#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/loop.h"
#include "domain/event.h"
#include "store/audit_writer.h"

namespace patchbay::gateway {

// The data plane's way to the audit trail: a coroutine goes on once its event is kept. The events of one turn
// of the loop are kept together.
class Audit {
 public:
  Audit(Loop& loop, store::AuditWriter& writer, const Clock& clock)
      : loop_(loop), writer_(writer), clock_(clock) {}

  // Sets the event's time. Throws Error::busy("audit_full") and whatever made it fail: what cannot be
  // recorded must not be answered. Cannot be cancelled, for the event is true whoever waits for it.
  Task<void> record(Event&& event);

 private:
  struct Wait {
    std::coroutine_handle<> waiting;
    std::optional<Error> failure;
  };
  using Waits = std::vector<Wait*>;
  void flush();
  static void resume(const Waits& waits, const Error* failure);

  Loop& loop_;
  store::AuditWriter& writer_;
  const Clock& clock_;
  std::vector<Event> events_;  // of this turn, and who waits for each
  Waits waits_;
};

}  // namespace patchbay::gateway
