#pragma once

#include <chrono>
#include <cstdint>

namespace patchbay {

// Milliseconds since 1970, UTC.
struct Instant {
  std::int64_t milliseconds = 0;
  auto operator<=>(const Instant&) const = default;
};
inline Instant operator+(Instant at, std::chrono::milliseconds by) {
  return {at.milliseconds + by.count()};
}
inline std::chrono::milliseconds operator-(Instant a, Instant b) {
  return std::chrono::milliseconds(a.milliseconds - b.milliseconds);
}

// The only wall clock. Tests give a ManualClock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override {
    return {std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::system_clock::now().time_since_epoch())
                .count()};
  }
};

// A moment of the steady clock by which waiting ends. Everything that can wait takes one.
class Deadline {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static Deadline in(std::chrono::milliseconds time) {
    return Deadline(std::chrono::steady_clock::now() + time);
  }
  static Deadline at(Time time) { return Deadline(time); }
  static Deadline never() { return Deadline(Time::max()); }

  Time time() const { return time_; }
  bool has_passed() const { return time_ != Time::max() && std::chrono::steady_clock::now() >= time_; }
  std::chrono::milliseconds left() const {
    if (time_ == Time::max()) return std::chrono::milliseconds::max();
    return std::chrono::duration_cast<std::chrono::milliseconds>(time_ - std::chrono::steady_clock::now());
  }
  Deadline sooner(Deadline other) const { return time_ < other.time_ ? *this : other; }

 private:
  explicit Deadline(Time time) : time_(time) {}
  Time time_;
};

}  // namespace patchbay
