#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/http_front.h"
#include "base/stream.h"
#include "base/text.h"
#include "support/loop_thread.h"

// A real front on a free loopback port with stand-in handlers: /healthz and /peer on the control plane, 401
// for what is under /api, and on the data plane an echo at /mcp plus addresses that stream, wait and throw.
class FrontFixture {
 public:
  static constexpr std::size_t max_body = 1 << 20;

  static patchbay::FrontConfig config() {
    patchbay::FrontConfig config;
    config.hosts = {"localhost:8800", "any.test"};
    config.origins = {"https://friend.test"};
    return config;
  }

  explicit FrontFixture(patchbay::FrontConfig with = config()) { on_.loop.run_on(open(std::move(with))); }
  ~FrontFixture() { on_.loop.run_on(close()); }

  std::uint16_t port = 0;
  std::atomic<int> gone = 0;
  std::atomic<int> waiting = 0;

  patchbay::HttpFront::Counts counts() { return on_.loop.run_on(count()); }

  // A condition that comes true by itself, with a limit.
  template <class Condition>
  void wait_for(Condition condition) {
    const auto deadline = patchbay::Deadline::in(std::chrono::seconds(10));
    while (!condition()) {
      if (deadline.has_passed()) throw std::runtime_error("the condition did not come true in time");
      std::this_thread::yield();
    }
  }

  void let_go() {
    on_.loop.post([this] { let_go_.wake_all(); });
  }

  // Returns once nothing new is accepted.
  std::future<void> shut_down_soon(std::chrono::milliseconds time) {
    std::promise<void> begun;
    auto result =
        std::async(std::launch::async, [this, time, &begun] { on_.loop.run_on(shut_down(time, &begun)); });
    begun.get_future().get();
    return result;
  }

  std::string ask_unix(const std::string& path, std::string request) {
    return on_.loop.run_on(ask(path, std::move(request)));
  }

 private:
  using Request = patchbay::HttpRequest;
  using Reply = patchbay::HttpReply;

  static patchbay::Dispatch route(std::string_view, std::string_view path) {
    using Plane = patchbay::Dispatch::Plane;
    return {path.starts_with("/mcp") ? Plane::data : Plane::control, max_body};
  }

  patchbay::Task<void> open(patchbay::FrontConfig with) {
    front_ = std::make_unique<patchbay::HttpFront>(
        on_.loop, std::move(with), route, [this](patchbay::Exchange& exchange) { return serve(exchange); },
        [](Request request) { return control(std::move(request)); });
    port = front_->listen_tcp(*patchbay::parse_address("127.0.0.1"), 0, nullptr);
    co_return;
  }

  patchbay::Task<void> shut_down(std::chrono::milliseconds time, std::promise<void>* begun) {
    on_.loop.post([begun] { begun->set_value(); });
    co_await front_->shut_down(patchbay::Deadline::in(time));
  }

  patchbay::Task<void> close() {
    co_await front_->shut_down(patchbay::Deadline::in(std::chrono::milliseconds(0)));
    front_.reset();
  }

  patchbay::Task<patchbay::HttpFront::Counts> count() { co_return front_->counts(); }

  patchbay::Task<std::string> ask(std::string path, std::string request) {
    const auto until = patchbay::Until::in(std::chrono::seconds(5));
    front_->listen_unix(path);
    auto stream = co_await patchbay::Stream::connect_unix(on_.loop, path, until);
    co_await stream.write(request, "", until);
    std::string all;
    std::string bytes(1000, ' ');
    while (const auto got = co_await stream.read_some(bytes.data(), bytes.size(), until))
      all.append(bytes, 0, got);
    co_return all;
  }

  static patchbay::Task<Reply> control(Request request) {
    if (request.path == "/healthz") co_return Reply::text(200, "ok");
    if (request.path == "/peer")
      co_return Reply::text(200, request.peer + (request.is_local ? " local" : ""));
    if (request.path == "/assets/app.js" || request.path == "/")
      co_return Reply::text(200, std::string(200'000, 'x'));
    if (request.path.starts_with("/api"))
      throw patchbay::Error::unauthenticated("no_token", "Send a token in the Authorization header.");
    throw patchbay::Error::not_found("not_found", "There is nothing at this address.");
  }

  patchbay::Task<void> serve(patchbay::Exchange& exchange) {
    const std::string path = exchange.request().path;
    if (path == "/mcp/events") return send_events(exchange);
    if (path == "/mcp/listen") return listen(exchange);
    if (path == "/mcp/wait") return wait(exchange);
    if (path == "/mcp/watched") return wait_watched(exchange);
    return echo(exchange);
  }

  static patchbay::Task<void> echo(patchbay::Exchange& exchange) {
    const Request& request = exchange.request();
    if (request.path == "/mcp/throw_error")
      throw patchbay::Error::conflict("taken", "The name \"x\" is taken.");
    if (request.path == "/mcp/throw_other") throw std::runtime_error("secret words");
    if (request.path == "/mcp/silent") co_return;
    if (!request.header("authorization")) throw patchbay::Error::unauthenticated("no_token", "Send a token.");
    Reply reply = Reply::json(request.body.empty() && request.path == "/mcp" ? 400 : 200, request.body);
    if (request.path == "/mcp/split") reply.headers.push_back({"X-Evil", "a\r\nEvil: 1"});
    co_await exchange.reply(std::move(reply));
  }

  static patchbay::Task<void> send_events(patchbay::Exchange& exchange) {
    const int count = patchbay::parse_number<int>(exchange.request().body).value_or(0);
    co_await exchange.start_events({});
    for (int i = 0; i < count; ++i) {
      const std::string event = patchbay::cat("data: ", i, "\n\n");
      co_await exchange.send(event);
    }
  }

  patchbay::Task<void> listen(patchbay::Exchange& exchange) {
    co_await exchange.start_events({});
    co_await exchange.send(": here\n\n");
    patchbay::Signal never(on_.loop);
    const patchbay::Until until{patchbay::Deadline::never(), exchange.gone()};
    co_await never.wait(until);
    ++gone;
  }

  patchbay::Task<void> wait(patchbay::Exchange& exchange) {
    const patchbay::Until until{patchbay::Deadline::never(), exchange.gone()};
    ++waiting;
    patchbay::require_ready(co_await let_go_.wait(until));
    co_await exchange.reply(Reply::text(200, "waited"));
  }

  // Waits like wait(), but notices a client that goes away.
  patchbay::Task<void> wait_watched(patchbay::Exchange& exchange) {
    exchange.watch_for_close();
    const patchbay::Until until{patchbay::Deadline::never(), exchange.gone()};
    ++waiting;
    const auto wake = co_await let_go_.wait(until);
    if (wake == patchbay::Wake::cancelled) ++gone;
    co_await exchange.reply(Reply::text(200, "waited"));
  }

  LoopThread on_;
  patchbay::Signal let_go_{on_.loop};
  std::unique_ptr<patchbay::HttpFront> front_;
};
