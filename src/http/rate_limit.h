#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"

namespace patchbay::http {

// How often one key may do something within a minute. Any thread.
class RateLimit {
 public:
  explicit RateLimit(int each_minute) : each_minute_(each_minute) {}

  enum class Verdict : unsigned char { allowed, first_refused, refused };
  // `first_refused` once in each window, so that a flood leaves one line and not thousands.
  Verdict take(const std::string& key, Instant now) {
    return windows_.with([&](std::map<std::string, Window>& windows) {
      if (windows.size() >= most_keys && !windows.contains(key))
        std::erase_if(windows, [&](const auto& one) { return one.second.since + window <= now; });
      if (windows.size() >= most_keys && !windows.contains(key)) return Verdict::refused;
      Window& mine = windows[key];
      if (mine.since + window <= now) mine = {now, 0};
      ++mine.count;
      if (mine.count <= each_minute_) return Verdict::allowed;
      return mine.count == each_minute_ + 1 ? Verdict::first_refused : Verdict::refused;
    });
  }

  static constexpr std::chrono::seconds window{60};

 private:
  static constexpr std::size_t most_keys = 10'000;
  struct Window {
    Instant since;
    int count = 0;
  };
  const int each_minute_;
  Guarded<std::map<std::string, Window>> windows_;
};

}  // namespace patchbay::http
