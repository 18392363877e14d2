#include "gateway/audit.h"

#include <utility>

namespace patchbay::gateway {

Task<void> Audit::record(Event&& event) {
  struct Kept {
    Audit& audit;
    Wait wait;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
      wait.waiting = waiting;
      audit.waits_.push_back(&wait);
      // Posted behind what is ready to run now, so that all of it is written together.
      if (audit.waits_.size() == 1) audit.loop_.post([this_audit = &audit] { this_audit->flush(); });
    }
    void await_resume() const noexcept {}
  };
  event.at = clock_.now();
  events_.push_back(std::move(event));
  Kept kept{*this, {}};
  co_await kept;
  if (kept.wait.failure) throw Error(*kept.wait.failure);
}

void Audit::flush() {
  auto waits = std::make_shared<Waits>(std::exchange(waits_, {}));
  std::optional<Error> failure;
  try {
    const bool kept = writer_.append(std::exchange(events_, {}), [this, waits](const Error* why) {
      loop_.post([waits, failure = why ? std::optional<Error>(*why) : std::nullopt] {
        resume(*waits, failure ? &*failure : nullptr);
      });
    });
    if (!kept) return;
  } catch (const Error& error) {
    failure = error;
  } catch (const std::exception& error) {
    failure = Error::internal("audit_failed", "The call could not be recorded.", error.what());
  }
  resume(*waits, failure ? &*failure : nullptr);
}

void Audit::resume(const Waits& waits, const Error* failure) {
  for (Wait* wait : waits) {
    if (failure) wait->failure = *failure;
    wait->waiting.resume();
  }
}

}  // namespace patchbay::gateway
