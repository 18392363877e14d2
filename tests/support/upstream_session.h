#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/json_text.h"
#include "base/text.h"
#include "mcp/http_transport.h"
#include "mcp/upstream.h"
#include "support/fake_upstream.h"
#include "support/web.h"

// Our session with a server on loopback that behaves as a test says.
namespace test {

using namespace patchbay;
using namespace patchbay::mcp;
using namespace std::chrono_literals;
using Peer = FakeServer::Peer;

inline std::string member(const std::string& text, std::string_view key) {
  return std::string(find_member(text, key).value_or(""));
}

inline std::string result_for(const SeenRequest& request, const std::string& raw) {
  return cat(R"({"jsonrpc":"2.0","id":)", member(request.body, "id"), R"(,"result":)", raw, "}");
}

inline std::string described(const std::string& capability = "{}",
                             const std::string& version = "2025-11-25") {
  return cat(R"({"protocolVersion":")", version, R"(","capabilities":{"tools":)", capability,
             R"(},"serverInfo":{"name":"f"}})");
}

// Answers the handshake as a good server does; true where the request was part of it.
inline bool shake(Peer& peer, const SeenRequest& request, const std::string& session = "s-1",
                  const std::string& capability = "{}") {
  const auto method = member(request.body, "method");
  if (method == R"("initialize")")
    return peer.reply_json(result_for(request, described(capability)),
                           session.empty() ? "" : cat("Mcp-Session-Id: ", session, "\r\n"));
  if (method == R"("notifications/initialized")" || method == R"("notifications/cancelled")")
    return peer.reply(202, "", "");
  return false;
}

// A server that shakes hands and leaves everything else to `rest`.
inline FakeServer::Script server_with(std::function<void(Peer&, const SeenRequest&)> rest) {
  return [rest](Peer& peer) {
    while (const auto request = peer.read())
      if (!shake(peer, *request)) rest(peer, *request);
  };
}

using Make = std::shared_ptr<Transport> (*)(Loop&, HttpClient&, ServerAddress);

struct Session {
  explicit Session(const std::string& url, HttpLimits limits = {}, Make make = make_http_transport) {
    web.on_loop([&] {
      ServerAddress address;
      address.label = "Fake";
      address.url = parse_url(url);
      address.headers = {{"Authorization", Secret("Bearer sesame")}};
      address.limits = limits;
      upstream = std::make_shared<Upstream>(web.loop(), make(web.loop(), *web.client, std::move(address)),
                                            UpstreamSettings{"Fake", 512, {}, 20});
    });
  }
  ~Session() {
    web.on_loop([&] { upstream.reset(); });
  }
  Answer call(Until until = Until::in(5s), Upstream::ProgressHook hook = {}) {
    return web.run(upstream->call(method::tools_call, R"({"name":"t"})", std::move(hook), std::move(until)));
  }
  std::string failure(Until until = Until::in(5s)) {
    try {
      call(std::move(until));
    } catch (const Error& error) {
      message = error.message();
      return error.id();
    }
    return "";
  }
  test::Web web;
  std::shared_ptr<Upstream> upstream;
  std::string message;
};

inline std::string failure_with(std::function<void(Peer&, const SeenRequest&)> rest, HttpLimits limits = {}) {
  FakeServer server(server_with(std::move(rest)));
  Session session(server.url(), limits);
  return session.failure();
}

inline std::size_t count(const std::vector<SeenRequest>& requests, std::string_view method) {
  return static_cast<std::size_t>(std::count_if(
      requests.begin(), requests.end(),
      [&](const SeenRequest& request) { return member(request.body, "method") == cat("\"", method, "\""); }));
}

}  // namespace test
