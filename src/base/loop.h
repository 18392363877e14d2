#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

#include <boost/intrusive/set.hpp>

#include "base/cancel.h"
#include "base/error.h"
#include "base/task.h"

namespace boost::asio {
class io_context;
}

namespace patchbay {

// Why a waiting coroutine goes on.
enum class Wake : unsigned char { ready, timeout, cancelled };

// Throws Error::timeout or Error::cancelled unless ready.
void require_ready(Wake wake);

// The event loop: one thread that runs coroutines, timers and sockets, and a few worker threads for what must
// block. post() and stop() may be called from any thread; everything else on the loop's thread only.
class Loop {
 public:
  explicit Loop(std::size_t workers = 2);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  // Workers are joined. Coroutines still suspended are not resumed; they must have ended before (see drain).
  ~Loop();

  void run();  // until stop()
  void stop();
  bool is_this_thread() const;

  void post(std::function<void()> function);
  // Starts a coroutine that nobody awaits. What it throws is logged as `what` and goes no further.
  void spawn(std::string_view what, Task<void> task);
  std::size_t running() const { return running_; }  // spawned coroutines that have not ended
  // Waits until every spawned coroutine but `except` has ended; false at the deadline.
  Task<bool> drain(Deadline deadline, std::size_t except = 0);

  Task<void> sleep(std::chrono::milliseconds time, CancelToken cancel = {});  // throws Error::cancelled

  // Runs `function` on a worker thread and waits for it without holding up the loop.
  template <class Function>
  Task<std::invoke_result_t<Function>> on_worker(Function function);

  // Runs a coroutine on the loop and waits for it on this thread, which must not be the loop's.
  template <class T>
  T run_on(Task<T> task);

  // Timers, cheap enough for several per call: each is its own place in the loop's list.
  class Timer : public boost::intrusive::set_base_hook<boost::intrusive::optimize_size<true>> {
   public:
    Timer() = default;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { cancel(); }
    // Calls `function` once at the deadline, unless cancelled or restarted before.
    void start(Loop& loop, Deadline deadline, std::function<void()> function);
    void cancel();
    bool is_running() const { return loop_ != nullptr; }

   private:
    friend class Loop;
    Loop* loop_ = nullptr;
    Deadline::Time due_{};
    std::function<void()> function_;
  };
  struct DueOf {
    using type = Deadline::Time;
    const type& operator()(const Timer& timer) const { return timer.due_; }
  };

  // Resumes a coroutine from the loop's next turn, never inside the caller.
  void resume_soon(std::coroutine_handle<> coroutine);

  boost::asio::io_context& context();  // for base/ only

 private:
  struct Parts;
  void work(std::function<void()> job);
  void arm();
  void fire();

  std::unique_ptr<Parts> parts_;
  boost::intrusive::multiset<Timer, boost::intrusive::key_of_value<DueOf>> timers_;
  std::size_t running_ = 0;
};

template <class Function>
Task<std::invoke_result_t<Function>> Loop::on_worker(Function function) {
  using Result = std::invoke_result_t<Function>;
  struct Job {
    Loop& loop;
    Function& function;
    std::exception_ptr failure;
    std::conditional_t<std::is_void_v<Result>, std::monostate, std::optional<Result>> result;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
      loop.work([this, waiting] {
        try {
          if constexpr (std::is_void_v<Result>)
            function();
          else
            result.emplace(function());
        } catch (...) {
          failure = std::current_exception();
        }
        loop.post([waiting] { waiting.resume(); });
      });
    }
    void await_resume() const {}
  };
  Job job{*this, function, {}, {}};
  co_await job;
  if (job.failure) std::rethrow_exception(job.failure);
  if constexpr (!std::is_void_v<Result>) co_return std::move(*job.result);
}

template <class T>
T Loop::run_on(Task<T> task) {
  std::promise<T> promise;
  auto future = promise.get_future();
  post([this, &task, &promise] {
    spawn("run_on", [](Task<T> inner, std::promise<T>& outcome) -> Task<void> {
      try {
        if constexpr (std::is_void_v<T>) {
          co_await inner;
          outcome.set_value();
        } else {
          outcome.set_value(co_await inner);
        }
      } catch (...) {
        outcome.set_exception(std::current_exception());
      }
    }(std::move(task), promise));
  });
  return future.get();
}

// Coroutines wait here for something to happen. wake_all() resumes them from the loop's next turn.
class Signal {
 public:
  explicit Signal(Loop& loop) : loop_(loop) {}
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  void wake_all();
  void wake_one();
  bool has_waiters() const { return first_ != nullptr; }

  class Waiter : private cancel_detail::Node {
   public:
    Waiter(Signal& signal, const Until& until) : signal_(signal), until_(until) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() { leave(); }
    bool await_ready();
    void await_suspend(std::coroutine_handle<> waiting);
    Wake await_resume() { return wake_; }

   private:
    friend class Signal;
    void leave();
    void finish(Wake wake);
    Signal& signal_;
    const Until& until_;
    Loop::Timer timer_;
    std::coroutine_handle<> waiting_;
    Wake wake_ = Wake::ready;
    bool queued_ = false;
    Waiter* previous_ = nullptr;
    Waiter* next_ = nullptr;
  };
  // `until` must outlive the wait.
  Waiter wait(const Until& until) { return Waiter(*this, until); }

 private:
  Loop& loop_;
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

// A value that one coroutine gives and others wait for.
template <class T>
class OneShot {
 public:
  explicit OneShot(Loop& loop) : signal_(loop) {}
  bool is_set() const { return value_.has_value() || failure_; }
  void set(T value) {
    if (is_set()) return;
    value_.emplace(std::move(value));
    signal_.wake_all();
  }
  void fail(std::exception_ptr failure) {
    if (is_set()) return;
    failure_ = std::move(failure);
    signal_.wake_all();
  }
  // Throws Error::timeout, Error::cancelled, or what fail() was given. The value can be taken once.
  Task<T> take(Until until) {
    while (!is_set()) {
      const Wake wake = co_await signal_.wait(until);
      require_ready(wake);
    }
    if (failure_) std::rethrow_exception(failure_);
    co_return std::move(*value_);
  }

 private:
  Signal signal_;
  std::optional<T> value_;
  std::exception_ptr failure_;
};

// At most `limit` holders at once; others wait in line.
class Semaphore {
 public:
  Semaphore(Loop& loop, std::size_t limit) : signal_(loop), free_(limit) {}
  class Permit {
   public:
    explicit Permit(Semaphore* semaphore) : semaphore_(semaphore) {}
    Permit(Permit&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (semaphore_) semaphore_->release();
    }

   private:
    Semaphore* semaphore_;
  };
  Task<Permit> acquire(Until until) {
    while (free_ == 0) {
      const Wake wake = co_await signal_.wait(until);
      require_ready(wake);
    }
    --free_;
    co_return Permit(this);
  }

 private:
  void release() {
    ++free_;
    signal_.wake_one();
  }
  Signal signal_;
  std::size_t free_;
};

}  // namespace patchbay
