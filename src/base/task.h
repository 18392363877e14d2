#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace patchbay {

template <class T>
class Task;

namespace task_detail {

// Memory for coroutine frames, by size, kept by each thread for its next ones.
void* take_frame(std::size_t size);
void keep_frame(void* frame, std::size_t size) noexcept;

// A Task starts when it is awaited. Where it finishes without waiting, the awaiting coroutine just goes on,
// so a loop over ready results does not grow the stack.
struct PromiseBase {
  std::coroutine_handle<> waiting;
  std::exception_ptr failure;
  bool starting = false;

#ifndef NDEBUG
  // g++ 12 lays out some frames 8 bytes off and then runs them as if it had not: seen for a coroutine of two
  // conditional `co_return co_await`. Rare and fatal, so sanitizer builds check each frame; rewrite the
  // function that trips this.
  static void* operator new(std::size_t size) {
    return last_frame() = ::operator new(size);
  }
  static void operator delete(void* frame) {
    ::operator delete(frame);
  }
  static void*& last_frame() {
    thread_local void* frame = nullptr;
    return frame;
  }
  static void check_frame(const void* handle) {
    if (handle != last_frame()) std::abort();
  }
#else
  // A call runs through dozens of short coroutines, so their frames are kept and used again.
  static void* operator new(std::size_t size) {
    return take_frame(size);
  }
  static void operator delete(void* frame, std::size_t size) {
    keep_frame(frame, size);
  }
  static void check_frame(const void*) {}
#endif

  std::suspend_always initial_suspend() const noexcept {
    return {};
  }
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) const noexcept {
      const PromiseBase& promise = done.promise();
      if (promise.starting || !promise.waiting) return std::noop_coroutine();
      return promise.waiting;
    }
    void await_resume() const noexcept {}
  };
  FinalAwaiter final_suspend() const noexcept {
    return {};
  }
  void unhandled_exception() noexcept {
    failure = std::current_exception();
  }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class Value>
  void return_value(Value&& result) {
    value.emplace(std::forward<Value>(result));
  }
  T take() {
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() const noexcept {}
  void take() const {
    if (failure) std::rethrow_exception(failure);
  }
};

}  // namespace task_detail

// A coroutine on the event loop. It runs when awaited, on the loop's thread, and its frame lives as long as
// the Task: whoever awaits owns it. Not thread-safe; Loop::spawn and run_on are the ways in from outside.
template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = task_detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiting) {
    auto& promise = handle_.promise();
    promise.waiting = waiting;
    promise.starting = true;
    handle_.resume();
    promise.starting = false;
    return !handle_.done();
  }
  T await_resume() { return handle_.promise().take(); }

 private:
  Handle handle_;
};

namespace task_detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  const auto handle = std::coroutine_handle<Promise>::from_promise(*this);
  check_frame(handle.address());
  return Task<T>(handle);
}
inline Task<void> Promise<void>::get_return_object() {
  const auto handle = std::coroutine_handle<Promise>::from_promise(*this);
  check_frame(handle.address());
  return Task<void>(handle);
}
}  // namespace task_detail

}  // namespace patchbay
