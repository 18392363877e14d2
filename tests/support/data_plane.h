#pragma once

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "base/http_client.h"
#include "base/loop.h"
#include "base/resolver.h"
#include "gateway/audit.h"
#include "gateway/call_limits.h"
#include "gateway/endpoint.h"
#include "gateway/member_tools.h"
#include "gateway/metrics.h"
#include "gateway/router.h"
#include "gateway/sessions.h"
#include "gateway/tool_index.h"
#include "http/mcp_routes.h"
#include "support/control_fixture.h"

// The MCP endpoints on the store and tokens of a control fixture, asked without a network.
class DataPlane {
 public:
  explicit DataPlane(ControlFixture& fixture) : fixture_(fixture) {
    thread_ = std::thread([this] { loop_.run(); });
  }
  DataPlane(const DataPlane&) = delete;
  DataPlane& operator=(const DataPlane&) = delete;
  ~DataPlane() {
    loop_.run_on(close());
    loop_.stop();
    thread_.join();
  }

  patchbay::HttpReply ask(patchbay::HttpRequest request) { return loop_.run_on(answer(std::move(request))); }
  // POST with a JSON-RPC request; `authorization` is the whole header, none where empty.
  patchbay::HttpReply rpc(const std::string& target, const std::string& authorization,
                          const std::string& method, const std::string& params = "{}") {
    auto request = ControlFixture::request_for(
        "POST", target, R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params + "}");
    request.headers.push_back({"accept", "application/json, text/event-stream"});
    if (!authorization.empty()) request.headers.push_back({"authorization", authorization});
    return ask(std::move(request));
  }
  // From the return on, its tools can be called.
  void offer(std::shared_ptr<const patchbay::gateway::ServedServer> server) {
    loop_.run_on(take_up(std::move(server)));
  }
  patchbay::gateway::Sessions& sessions() { return sessions_; }

 private:
  // Keeps what it is answered with, whole or as events.
  class Kept final : public patchbay::Exchange {
   public:
    explicit Kept(patchbay::HttpRequest request) : request_(std::move(request)) {}
    const patchbay::HttpRequest& request() const override { return request_; }
    patchbay::HttpRequest& request() override { return request_; }
    patchbay::Task<void> reply(patchbay::HttpReply reply) override {
      kept = std::move(reply);
      answered_ = true;
      co_return;
    }
    patchbay::Task<void> start_events(std::vector<patchbay::Header> headers) override {
      kept.headers = std::move(headers);
      answered_ = true;
      co_return;
    }
    patchbay::Task<bool> send(std::string_view events) override {
      kept.body += events;
      co_return true;
    }
    void watch_for_close() override {}
    bool has_answered() const override { return answered_; }
    patchbay::CancelToken gone() override { return gone_.token(); }
    patchbay::HttpReply kept;

   private:
    patchbay::HttpRequest request_;
    patchbay::CancelSource gone_;
    bool answered_ = false;
  };

  patchbay::Task<patchbay::HttpReply> answer(patchbay::HttpRequest request) {
    Kept exchange(std::move(request));
    co_await mcp_.serve(exchange);
    co_return std::move(exchange.kept);
  }
  patchbay::Task<void> take_up(std::shared_ptr<const patchbay::gateway::ServedServer> server) {
    std::vector<std::shared_ptr<const patchbay::gateway::ServedServer>> all;
    all.push_back(server);
    index_.set_servers(all);
    const auto until = patchbay::Until::in(std::chrono::seconds(20));
    co_await index_.refresh_now(server->server.id, until);
    co_await index_.published(until);
  }
  patchbay::Task<void> close() {
    index_.close();
    members_.close();
    co_await loop_.drain(patchbay::Deadline::in(std::chrono::seconds(5)), 1);
  }

  ControlFixture& fixture_;
  patchbay::Loop loop_{1};
  patchbay::SystemResolver resolver_{loop_};
  patchbay::HttpClient client_{loop_, resolver_, {}};
  patchbay::gateway::Audit audit_{loop_, fixture_.writer, fixture_.store.clock()};
  patchbay::gateway::ToolIndex index_{loop_,
                                      client_,
                                      *fixture_.store,
                                      audit_,
                                      fixture_.store.clock(),
                                      patchbay::gateway::ToolIndexSettings()};
  patchbay::gateway::MemberTools members_{
      loop_, [] { return std::unique_ptr<patchbay::gateway::ToolIndex>(); },
      [](const patchbay::UserId&) {
        return std::vector<std::shared_ptr<const patchbay::gateway::ServedServer>>();
      }};
  patchbay::gateway::CallLimits limits_{patchbay::gateway::CallLimitSettings()};
  patchbay::gateway::Router router_{
      loop_, index_, members_, fixture_.approvals, limits_, "https://gate.example"};
  patchbay::gateway::Sessions sessions_;
  patchbay::gateway::Endpoint endpoint_{router_, sessions_};
  patchbay::gateway::Metrics metrics_;
  patchbay::http::McpRoutes mcp_{
      loop_,
      endpoint_,
      router_,
      sessions_,
      audit_,
      metrics_,
      fixture_.bearer,
      patchbay::http::McpSettings{std::chrono::milliseconds(5'000), std::chrono::milliseconds(8'000),
                                  "https://gate.example"}};
  std::thread thread_;
};
