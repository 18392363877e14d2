#include "gateway/audit.h"

namespace patchbay::gateway {

Task<void> Audit::record(Event event) {
  struct Commit {
    Audit& audit;
    Event& event;
    Wait wait;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
      wait.waiting = waiting;
      audit.writer_.append(std::move(event), [this](const Error* failure) { audit.finish(wait, failure); });
    }
    void await_resume() const noexcept {}
  };
  event.at = clock_.now();
  Commit commit{*this, event, {}};
  co_await commit;
  if (commit.wait.failure) throw Error(*commit.wait.failure);
}

// A group of rows is committed together, so its owners go on together: one wake-up of the loop for all of
// them.
void Audit::finish(Wait& wait, const Error* failure) {
  if (failure) wait.failure = *failure;
  bool first = false;
  {
    const std::scoped_lock lock(mutex_);
    first = finished_.empty();
    finished_.push_back(&wait);
  }
  if (first) loop_.post([this] { resume_finished(); });
}

void Audit::resume_finished() {
  std::vector<Wait*> batch;
  {
    const std::scoped_lock lock(mutex_);
    batch.swap(finished_);
  }
  for (Wait* wait : batch) wait->waiting.resume();
}

}  // namespace patchbay::gateway
