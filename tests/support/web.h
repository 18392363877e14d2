#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/http_client.h"
#include "support/loop_thread.h"

namespace test {

// Knows the names it was told, and counts how often it is asked.
class FakeResolver final : public patchbay::Resolver {
 public:
  std::map<std::string, std::vector<patchbay::Address>> names;
  int asked = 0;
  std::function<void()> on_ask;  // while a look-up is under way
  patchbay::Task<std::vector<patchbay::Address>> resolve(std::string host, patchbay::Until) override {
    ++asked;
    if (on_ask) on_ask();
    const auto found = names.find(host);
    co_return found == names.end() ? std::vector<patchbay::Address>() : found->second;
  }
};

// A loop, and an HTTP client on it that may reach loopback.
class Web {
 public:
  explicit Web(patchbay::HttpClient::Settings settings = {}) {
    on_loop([&] { client = std::make_unique<patchbay::HttpClient>(on.loop, resolver, std::move(settings)); });
  }
  ~Web() {
    on_loop([&] { client.reset(); });
  }
  patchbay::Loop& loop() { return on.loop; }

  void on_loop(std::function<void()> function) {
    on.loop.run_on([](std::function<void()> inner) -> patchbay::Task<void> {
      inner();
      co_return;
    }(std::move(function)));
  }
  template <class T>
  T run(patchbay::Task<T> task) {
    return on.loop.run_on(std::move(task));
  }

  LoopThread on;
  FakeResolver resolver;
  std::unique_ptr<patchbay::HttpClient> client;
};

}  // namespace test
