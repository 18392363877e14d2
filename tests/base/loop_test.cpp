#include "base/loop.h"

#include <thread>

#include "support/catch.h"
#include "support/loop_thread.h"

using namespace patchbay;
using namespace std::chrono_literals;

TEST_CASE("a task gives its value or its exception to whoever awaits it", "[base]") {
  LoopThread on;
  const auto answer = [](bool fail) -> Task<int> {
    if (fail) throw Error::invalid("no", "No.");
    co_return 42;
  };
  CHECK(on.loop.run_on(answer(false)) == 42);
  CHECK_THROWS_MATCHES(on.loop.run_on(answer(true)), Error, HasId("no"));
}

TEST_CASE("a long loop over ready tasks does not grow the stack", "[base]") {
  LoopThread on;
  const auto one = []() -> Task<int> { co_return 1; };
  const auto sum = [&]() -> Task<long> {
    long total = 0;
    for (int i = 0; i < 300'000; ++i) total += co_await one();
    co_return total;
  };
  CHECK(on.loop.run_on(sum()) == 300'000);
}

TEST_CASE("a wait ends by its signal, its deadline or its cancellation", "[base]") {
  LoopThread on;
  Signal signal(on.loop);

  SECTION("signal") {
    const auto wait = [&]() -> Task<Wake> {
      on.loop.spawn("wake", [](Loop& loop, Signal& it) -> Task<void> {
        co_await loop.sleep(1ms);
        it.wake_all();
      }(on.loop, signal));
      const Until until = Until::in(10s);
      co_return co_await signal.wait(until);
    };
    CHECK(on.loop.run_on(wait()) == Wake::ready);
  }
  SECTION("deadline") {
    const auto wait = [&]() -> Task<Wake> {
      const Until until = Until::in(5ms);
      co_return co_await signal.wait(until);
    };
    CHECK(on.loop.run_on(wait()) == Wake::timeout);
  }
  SECTION("cancellation") {
    const auto wait = [&]() -> Task<Wake> {
      CancelSource source;
      on.loop.spawn("cancel", [](Loop& loop, CancelSource it) -> Task<void> {
        co_await loop.sleep(1ms);
        it.cancel();
      }(on.loop, source));
      const Until until{Deadline::in(10s), source.token()};
      co_return co_await signal.wait(until);
    };
    CHECK(on.loop.run_on(wait()) == Wake::cancelled);
  }
}

TEST_CASE("blocking work runs on a worker while the loop goes on", "[base]") {
  LoopThread on;
  const auto work = [&]() -> Task<bool> {
    const auto here = std::this_thread::get_id();
    const auto there = co_await on.loop.on_worker([] { return std::this_thread::get_id(); });
    co_return here != there&& here == std::this_thread::get_id();
  };
  CHECK(on.loop.run_on(work()));
}

TEST_CASE("a semaphore lets no more in than its limit", "[base]") {
  LoopThread on;
  Semaphore semaphore(on.loop, 3);
  int inside = 0;
  int most = 0;
  const auto all = [&]() -> Task<int> {
    for (int i = 0; i < 20; ++i)
      on.loop.spawn("holder", [](Loop& loop, Semaphore& it, int& in, int& max) -> Task<void> {
        const auto permit = co_await it.acquire(Until::in(10s));
        max = std::max(max, ++in);
        co_await loop.sleep(1ms);
        --in;
      }(on.loop, semaphore, inside, most));
    co_await on.loop.drain(Deadline::in(10s), 1);
    co_return most;
  };
  CHECK(on.loop.run_on(all()) == 3);
  CHECK(inside == 0);
}

TEST_CASE("a timer that was cancelled or started anew does not fire its old function", "[base]") {
  LoopThread on;
  const auto check = [&]() -> Task<int> {
    int fired = 0;
    Loop::Timer timer;
    timer.start(on.loop, Deadline::in(1ms), [&] { fired += 1; });
    timer.start(on.loop, Deadline::in(2ms), [&] { fired += 10; });
    Loop::Timer other;
    other.start(on.loop, Deadline::in(1ms), [&] { fired += 100; });
    other.cancel();
    co_await on.loop.sleep(20ms);
    co_return fired;
  };
  CHECK(on.loop.run_on(check()) == 10);
}
