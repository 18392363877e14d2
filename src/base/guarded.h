#pragma once

#include <mutex>
#include <utility>

namespace patchbay {

// Data reachable only under its lock. Nothing that waits may happen inside with().
template <class T>
class Guarded {
 public:
  template <class... Arguments>
  explicit Guarded(Arguments&&... arguments) : value_(std::forward<Arguments>(arguments)...) {}

  template <class Function>
  decltype(auto) with(Function&& function) {
    const std::scoped_lock lock(mutex_);
    return std::forward<Function>(function)(value_);
  }
  template <class Function>
  decltype(auto) with(Function&& function) const {
    const std::scoped_lock lock(mutex_);
    return std::forward<Function>(function)(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_;
};

}  // namespace patchbay
