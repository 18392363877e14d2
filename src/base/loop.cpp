#include "base/loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"

namespace patchbay {

namespace asio = boost::asio;

void require_ready(Wake wake) {
  if (wake == Wake::timeout) throw Error::timeout("timeout", "It took too long. Try again.");
  if (wake == Wake::cancelled) throw Error::cancelled();
}

struct Loop::Parts {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
  asio::steady_timer timer{context};
  Deadline::Time armed = Deadline::Time::max();
  std::thread::id thread;
  std::vector<std::coroutine_handle<>> ready;

  std::mutex mutex;
  std::condition_variable work_came;
  std::deque<std::function<void()>> jobs;
  bool stopping = false;
  std::vector<std::jthread> workers;
};

namespace {

// A spawned coroutine owns itself: its frame ends when it does.
struct Detached {
  struct promise_type {
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

Detached run_detached(std::string what, Task<void> task, std::size_t& running) {
  ++running;
  try {
    co_await task;
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::cancelled)
      log::warn(
          "task.ended",
          {{"task", what}, {"error", error.id()}, {"message", error.message()}, {"detail", error.detail()}});
  } catch (const std::exception& error) {
    log::error("task.failed", {{"task", what}, {"message", error.what()}});
  }
  --running;
}

}  // namespace

Loop::Loop(std::size_t workers) : parts_(std::make_unique<Parts>()) {
  for (std::size_t i = 0; i < workers; ++i) {
    parts_->workers.emplace_back([parts = parts_.get()] {
      for (;;) {
        std::function<void()> job;
        {
          std::unique_lock lock(parts->mutex);
          parts->work_came.wait(lock, [&] { return parts->stopping || !parts->jobs.empty(); });
          if (parts->jobs.empty()) return;
          job = std::move(parts->jobs.front());
          parts->jobs.pop_front();
        }
        job();
      }
    });
  }
}

Loop::~Loop() {
  {
    const std::scoped_lock lock(parts_->mutex);
    parts_->stopping = true;
  }
  parts_->work_came.notify_all();
  parts_->workers.clear();
}

void Loop::run() {
  parts_->thread = std::this_thread::get_id();
  parts_->context.restart();
  parts_->context.run();
}

void Loop::stop() {
  parts_->context.stop();
}

bool Loop::is_this_thread() const {
  return parts_->thread == std::this_thread::get_id();
}

void Loop::post(std::function<void()> function) {
  asio::post(parts_->context, std::move(function));
}

void Loop::spawn(std::string_view what, Task<void> task) {
  run_detached(std::string(what), std::move(task), running_);
}

Task<bool> Loop::drain(Deadline deadline, std::size_t except) {
  while (running_ > except) {
    if (deadline.has_passed()) co_return false;
    co_await sleep(std::chrono::milliseconds(5));
  }
  co_return true;
}

Task<void> Loop::sleep(std::chrono::milliseconds time, CancelToken cancel) {
  Signal never(*this);
  Until until = Until::by(Deadline::in(time), std::move(cancel));
  const Wake wake = co_await never.wait(until);
  if (wake == Wake::cancelled) throw Error::cancelled();
}

void Loop::work(std::function<void()> job) {
  {
    const std::scoped_lock lock(parts_->mutex);
    parts_->jobs.push_back(std::move(job));
  }
  parts_->work_came.notify_one();
}

void Loop::resume_soon(std::coroutine_handle<> coroutine) {
  const bool first = parts_->ready.empty();
  parts_->ready.push_back(coroutine);
  if (!first) return;
  asio::post(parts_->context, [parts = parts_.get()] {
    std::vector<std::coroutine_handle<>> batch;
    batch.swap(parts->ready);
    for (const auto handle : batch) handle.resume();
    batch.clear();
    if (parts->ready.empty()) parts->ready.swap(batch);  // keeps the memory for the next turn
  });
}

boost::asio::io_context& Loop::context() {
  return parts_->context;
}

// The one asio timer is armed for the earliest of ours, and left alone where ours is cancelled: it then finds
// nothing due and arms itself anew. So a timer that never fires costs one insertion and one removal.
void Loop::arm() {
  if (timers_.empty()) return;
  const auto earliest = timers_.begin()->due_;
  if (earliest >= parts_->armed) return;
  parts_->armed = earliest;
  parts_->timer.expires_at(earliest);
  parts_->timer.async_wait([this](const boost::system::error_code& code) {
    if (code) return;
    parts_->armed = Deadline::Time::max();
    fire();
  });
}

void Loop::fire() {
  const auto now = std::chrono::steady_clock::now();
  while (!timers_.empty() && timers_.begin()->due_ <= now) {
    Timer& timer = *timers_.begin();
    timers_.erase(timers_.begin());
    timer.loop_ = nullptr;
    const auto function = std::move(timer.function_);
    function();
  }
  arm();
}

void Loop::Timer::start(Loop& loop, Deadline deadline, std::function<void()> function) {
  cancel();
  if (deadline.time() == Deadline::Time::max()) return;
  loop_ = &loop;
  function_ = std::move(function);
  due_ = deadline.time();
  loop.timers_.insert(*this);
  loop.arm();
}

void Loop::Timer::cancel() {
  if (!loop_) return;
  loop_->timers_.erase(loop_->timers_.iterator_to(*this));
  loop_ = nullptr;
  function_ = nullptr;
}

bool Signal::Waiter::await_ready() {
  if (until_.cancel.is_cancelled()) {
    wake_ = Wake::cancelled;
    return true;
  }
  if (until_.deadline.has_passed()) {
    wake_ = Wake::timeout;
    return true;
  }
  return false;
}

void Signal::Waiter::await_suspend(std::coroutine_handle<> waiting) {
  waiting_ = waiting;
  queued_ = true;
  previous_ = signal_.last_;
  (signal_.last_ ? signal_.last_->next_ : signal_.first_) = this;
  signal_.last_ = this;
  run = [](Node& node) { static_cast<Waiter&>(node).finish(Wake::cancelled); };
  until_.cancel.add(*this);
  if (until_.deadline.time() != Deadline::Time::max())
    timer_.start(signal_.loop_, until_.deadline, [this] { finish(Wake::timeout); });
}

void Signal::Waiter::leave() {
  unlink();
  timer_.cancel();
  if (!queued_) return;
  queued_ = false;
  (previous_ ? previous_->next_ : signal_.first_) = next_;
  (next_ ? next_->previous_ : signal_.last_) = previous_;
  previous_ = next_ = nullptr;
}

void Signal::Waiter::finish(Wake wake) {
  Loop& loop = signal_.loop_;
  leave();
  wake_ = wake;
  loop.resume_soon(waiting_);
}

void Signal::wake_one() {
  if (first_) first_->finish(Wake::ready);
}

void Signal::wake_all() {
  while (first_) first_->finish(Wake::ready);
}

}  // namespace patchbay
