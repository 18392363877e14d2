#pragma once

#include <atomic>

#include "base/clock.h"

// A clock that moves when the test says so. Any thread.
class ManualClock final : public patchbay::Clock {
 public:
  // 2026-01-02T03:04:05Z unless told.
  explicit ManualClock(patchbay::Instant start = {1'767'323'045'000}) : now_(start.milliseconds) {}
  patchbay::Instant now() const override { return {now_.load()}; }
  void advance(std::chrono::milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_;
};
