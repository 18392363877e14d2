#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/loop.h"
#include "mcp/jsonrpc.h"
#include "mcp/protocol.h"
#include "mcp/transport.h"

namespace test {

// A server inside the test: it answers requests by a function, and remembers what it was sent.
class FakeTransport final : public patchbay::mcp::Transport {
 public:
  using Answer = patchbay::mcp::Answer;
  using Outgoing = patchbay::mcp::Outgoing;
  using Until = patchbay::Until;
  using Handler = std::function<patchbay::Task<Answer>(const Outgoing&, Until)>;

  static Answer result(std::string raw) {
    const auto size = raw.size();
    return {std::move(raw), 0, size, false};
  }
  static Answer error(std::string raw) {
    const auto size = raw.size();
    return {std::move(raw), 0, size, true};
  }
  static constexpr const char* described =
      R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"fake"}})";

  void set_listener(patchbay::mcp::TransportListener* its_listener) override { listener = its_listener; }
  patchbay::Task<void> connect(Until) override {
    ++connects;
    co_return;
  }
  patchbay::Task<Answer> request(Outgoing message, Until until) override {
    sent.push_back(message.text);
    if (message.method == patchbay::mcp::method::initialize && !initialize) co_return result(described);
    if (message.method == patchbay::mcp::method::initialize) co_return co_await initialize(message, until);
    co_return co_await handler(message, until);
  }
  patchbay::Task<void> notify(Outgoing message, Until) override {
    sent.push_back(message.text);
    co_return;
  }
  void agree(std::string its_version) override { version = std::move(its_version); }
  void listen() override { ++listens; }
  patchbay::Task<void> close(Until) override {
    ++closes;
    co_return;
  }
  void abandon() override { listener = nullptr; }

  Handler handler;
  Handler initialize;
  patchbay::mcp::TransportListener* listener = nullptr;
  std::vector<std::string> sent;
  std::string version;
  int connects = 0;
  int listens = 0;
  int closes = 0;
};

}  // namespace test
