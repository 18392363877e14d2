#pragma once

#include <thread>

#include "base/loop.h"

// A running event loop on a thread of its own, for tests that use loop.run_on().
struct LoopThread {
  patchbay::Loop loop{1};
  std::thread thread{[this] { loop.run(); }};
  ~LoopThread() {
    loop.run_on(drain());
    loop.stop();
    thread.join();
  }

 private:
  patchbay::Task<bool> drain() {
    co_return co_await loop.drain(patchbay::Deadline::in(std::chrono::seconds(5)), 1);
  }
};
