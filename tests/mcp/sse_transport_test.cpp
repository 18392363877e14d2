#include <atomic>
#include <condition_variable>
#include <mutex>

#include "mcp/http_transport.h"
#include "support/catch.h"
#include "support/upstream_session.h"

using namespace test;

namespace {

// A 2024-11-05 server: GET opens the stream, POSTs are answered on it.
struct LegacyServer {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> answers;
  std::string endpoint = "/messages?session=1";
  std::atomic<int> streams = 0;
  std::atomic<bool> drops_stream = false;
  FakeServer server{[this](Peer& peer) { serve(peer); }};

  void serve(Peer& peer) {
    while (const auto request = peer.read()) {
      if (request->method == "GET") return stream(peer);
      const auto method = member(request->body, "method");
      if (drops_stream && method == R"("tools/call")") drops_stream = false;
      const std::scoped_lock lock(mutex);
      if (method == R"("initialize")") answers.push_back(result_for(*request, described("{}", "2024-11-05")));
      if (method == R"("tools/call")") answers.push_back(result_for(*request, R"({"a":1})"));
      changed.notify_all();
      peer.reply(202, "text/plain", "Accepted");
    }
  }
  void stream(Peer& peer) {
    ++streams;
    peer.start_events();
    peer.chunk(cat("event: endpoint\ndata: ", endpoint, "\n\n"));
    while (!server.is_stopping() && !drops_stream) {
      std::unique_lock lock(mutex);
      changed.wait_for(lock, 20ms, [&] { return !answers.empty(); });
      for (const auto& answer : answers) peer.chunk(cat("event: message\ndata: ", answer, "\n\n"));
      answers.clear();
      if (!peer.chunk(":\n")) return;
    }
  }
};

}  // namespace

TEST_CASE("a legacy server answers on its one stream, and a lost stream is opened anew", "[mcp]") {
  LegacyServer legacy;
  Session session(legacy.server.url("/sse"), {}, make_sse_transport);
  CHECK(session.call().part() == R"({"a":1})");
  CHECK(session.upstream->server().version == "2024-11-05");
  CHECK(legacy.server.requests()[1].path == "/messages?session=1");
  CHECK(legacy.server.requests()[1].headers.at("authorization") == "Bearer sesame");

  legacy.drops_stream = true;
  session.web.run(session.web.loop().sleep(200ms));
  legacy.drops_stream = false;
  CHECK(session.call().part() == R"({"a":1})");
  CHECK(legacy.streams == 2);
}

TEST_CASE("a legacy server cannot send our credential elsewhere", "[mcp]") {
  FakeServer other([](Peer& peer) { peer.read(); });
  LegacyServer legacy;
  legacy.endpoint = other.url();
  Session session(legacy.server.url("/sse"), {}, make_sse_transport);
  CHECK(session.failure() != "");
  CHECK(other.connections() == 0);
}
