// Our session with real, mostly misbehaving servers on loopback: the topics of kind "upstream" in
// http_mcp.json that can be seen at this layer and not already in base/http_client, mcp/protocol or
// mcp/upstream.
#include "mcp/http_transport.h"

#include "support/catch.h"
#include "support/upstream_session.h"

using namespace test;

TEST_CASE("a session carries its id, the agreed version and the credential", "[mcp]") {
  FakeServer server(server_with(
      [](Peer& peer, const SeenRequest& request) { peer.reply_json(result_for(request, R"({"a":1})")); }));
  Session session(server.url());
  CHECK(session.call().part() == R"({"a":1})");
  session.web.run(session.upstream->close(Until::in(1s)));
  const auto seen = server.requests();
  REQUIRE(seen.size() == 4);
  CHECK(seen[0].headers.count("mcp-session-id") == 0);
  CHECK(seen[0].headers.count("mcp-protocol-version") == 0);
  for (std::size_t i = 1; i < 4; ++i) {
    CHECK(seen[i].headers.at("mcp-session-id") == "s-1");
    CHECK(seen[i].headers.at("mcp-protocol-version") == "2025-11-25");
    CHECK(seen[i].headers.at("authorization") == "Bearer sesame");
  }
  CHECK(seen[2].headers.at("accept") == "application/json, text/event-stream");
  CHECK(seen[2].headers.at("content-type") == "application/json");
  CHECK(seen[3].method == "DELETE");
  CHECK(server.connections() == 1);
}

TEST_CASE("an answer may come as an event stream, with notes before it, and the connection serves on",
          "[mcp]") {
  FakeServer server(server_with([](Peer& peer, const SeenRequest& request) {
    peer.start_events();
    peer.chunk(": hello\r\n\r\nid: 1\r\ndata:\r\n\r\n");
    peer.event(cat(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)",
                   member(member(member(request.body, "params"), "_meta"), "progressToken"),
                   R"(,"progress":1}})"));
    peer.event(result_for(request, R"({"a":1})"));
    peer.end_events();
  }));
  Session session(server.url());
  int notes = 0;
  for (int i = 0; i < 3; ++i) {
    CHECK(session.call(Until::in(5s), [&](std::string_view) { ++notes; }).part() == R"({"a":1})");
    session.web.run(session.web.loop().sleep(20ms));
  }
  CHECK(notes == 3);
  CHECK(server.connections() == 1);
}

TEST_CASE("http-114 sse_never_ends: comments alone do not answer", "[mcp]") {
  FakeServer server(server_with([](Peer& peer, const SeenRequest&) {
    peer.start_events();
    while (peer.chunk(": still here\n")) std::this_thread::sleep_for(5ms);
  }));
  Session session(server.url());
  CHECK(session.failure(Until::in(150ms)) == "upstream_timeout");
}

TEST_CASE("http-115 sse_line_100mib: a line of an event stream ends at 1 MiB", "[mcp]") {
  CHECK(failure_with([](Peer& peer, const SeenRequest&) {
          peer.start_events();
          peer.chunk("data: ");
          while (peer.chunk(std::string(65536, 'x'))) {
          }
        }) == "upstream_protocol_error");
}

TEST_CASE("http-117 wrong_content_type: a page is no answer, and is not repeated to the caller", "[mcp]") {
  FakeServer server(server_with(
      [](Peer& peer, const SeenRequest&) { peer.reply(200, "text/html", "<html>login</html>"); }));
  Session session(server.url());
  CHECK(session.failure() == "upstream_protocol_error");
  CHECK(session.message.find("login") == std::string::npos);
}

TEST_CASE("http-120 id_mismatch: an answer to another id is an error", "[mcp]") {
  const std::string other = R"({"jsonrpc":"2.0","id":999,"result":{}})";
  CHECK(failure_with([&](Peer& peer, const SeenRequest&) { peer.reply_json(other); }) ==
        "upstream_protocol_error");
  CHECK(failure_with([&](Peer& peer, const SeenRequest&) {
          peer.start_events();
          peer.event(other);
          peer.wait_until_gone();
        }) == "upstream_protocol_error");
  CHECK(failure_with([&](Peer& peer, const SeenRequest& request) {
          peer.reply_json(cat(R"({"jsonrpc":"2.0","id":")", member(request.body, "id"),
                              R"(","result":{}})"));  // "2" is not 2
        }) == "upstream_protocol_error");
}

TEST_CASE("http-121 id_duplicate: the first answer wins and the connection is closed", "[mcp]") {
  FakeServer server(server_with([](Peer& peer, const SeenRequest& request) {
    peer.start_events();
    peer.chunk(cat("data: ", result_for(request, R"({"first":1})"),
                   "\n\ndata: ", result_for(request, R"({"second":1})"), "\n\n"));
    peer.end_events();
  }));
  Session session(server.url());
  CHECK(session.call().part() == R"({"first":1})");
  CHECK(session.call().part() == R"({"first":1})");
  CHECK(server.connections() == 2);
}

TEST_CASE("http-122 id_of_other_member: an answer with another call's id reaches neither", "[mcp]") {
  std::atomic<int> calls = 0;
  FakeServer server(server_with([&](Peer& peer, const SeenRequest& request) {
    if (++calls == 1) return peer.wait_until_gone();
    const auto other = std::stol(member(request.body, "id")) - 1;
    peer.reply_json(cat(R"({"jsonrpc":"2.0","id":)", other, R"(,"result":{"secret":1}})"));
  }));
  Session session(server.url());
  std::string first = "pending";
  session.web.on_loop([&] {
    session.web.loop().spawn("first", [](Upstream& upstream, std::string& out) -> Task<void> {
      try {
        out = (co_await upstream.call(method::tools_call, "{}", {}, Until::in(1s))).part();
      } catch (const Error& error) {
        out = error.id();
      }
    }(*session.upstream, first));
  });
  server.wait_for([](const auto& seen) { return count(seen, "tools/call") == 1; });
  CHECK(session.failure() == "upstream_protocol_error");
  session.web.run(session.web.loop().sleep(1200ms));
  CHECK(first == "upstream_timeout");
}

TEST_CASE("http-136 hop_headers: a refusal is told in our words, as a fault of the server", "[mcp]") {
  for (const int status : {401, 403}) {
    FakeServer server([&](Peer& peer) {
      while (peer.read())
        peer.reply(status, "text/plain", "sesame", "WWW-Authenticate: Basic\r\nConnection: x-secret\r\n");
    });
    Session session(server.url());
    CHECK(session.failure() == "upstream_unauthorized");
    CHECK(session.message.find("sesame") == std::string::npos);
  }
}

TEST_CASE("http-137 redirect_on_call: the credential does not follow a redirect", "[mcp]") {
  FakeServer other([](Peer& peer) { peer.read(); });
  CHECK(failure_with([&](Peer& peer, const SeenRequest&) {
          peer.reply(307, "", "", cat("Location: ", other.url(), "\r\n"));
        }) == "upstream_error");
  CHECK(other.connections() == 0);
}

TEST_CASE("http-141 server_request_sampling: a request on the stream is refused with its id", "[mcp]") {
  FakeServer server(server_with([](Peer& peer, const SeenRequest& request) {
    if (request.body.find("-32601") != std::string::npos) {
      peer.reply(202, "", "");
      return;
    }
    peer.start_events();
    peer.event(R"({"jsonrpc":"2.0","id":"q-1","method":"sampling/createMessage","params":{}})");
    peer.event(result_for(request, "{}"));
    peer.end_events();
  }));
  Session session(server.url());
  session.call();
  const auto seen = server.wait_for(
      [](const auto& all) { return !all.empty() && member(all.back().body, "id") == R"("q-1")"; });
  CHECK(member(member(seen.back().body, "error"), "code") == "-32601");
}

TEST_CASE("http-143 silent_accept: the head's deadline ends a call, and the server is told", "[mcp]") {
  HttpLimits limits;
  limits.first_byte_time = 100ms;
  FakeServer server(server_with([](Peer& peer, const SeenRequest&) { peer.wait_until_gone(); }));
  Session session(server.url(), limits);
  CHECK(session.failure() == "upstream_timeout");
  const auto seen =
      server.wait_for([](const auto& all) { return count(all, "notifications/cancelled") == 1; });
  CHECK(count(seen, "notifications/cancelled") == 1);
}

TEST_CASE("a JSON-RPC error counts whatever the status, other refusals are told by status", "[mcp]") {
  const auto error = [](const std::string& id) {
    return cat(R"({"jsonrpc":"2.0","id":)", id, R"(,"error":{"code":-32602,"message":"m"}})");
  };
  FakeServer server(server_with(
      [&](Peer& peer, const SeenRequest&) { peer.reply(400, "application/json", error("null")); }));
  Session session(server.url());
  const auto answer = session.call();
  CHECK(answer.is_error);
  CHECK(answer.part() == R"({"code":-32602,"message":"m"})");
  CHECK(failure_with([](Peer& peer, const SeenRequest&) { peer.reply(500, "application/json", "{}"); }) ==
        "upstream_error");
  CHECK(failure_with([](Peer& peer, const SeenRequest&) { peer.reply(429, "text/plain", "slow"); }) ==
        "upstream_busy");
  CHECK(failure_with([](Peer& peer, const SeenRequest&) { peer.reply(202, "", ""); }) ==
        "upstream_protocol_error");
  CHECK(failure_with([](Peer& peer, const SeenRequest&) { peer.reply_json("[[[["); }) ==
        "upstream_protocol_error");
}

TEST_CASE("a 404 with a session opens a new one, once, and the call goes through", "[mcp]") {
  std::atomic<int> sessions = 0;
  FakeServer server([&](Peer& peer) {
    while (const auto request = peer.read()) {
      if (member(request->body, "method") == R"("initialize")") ++sessions;
      if (shake(peer, *request, cat("s-", sessions.load()))) continue;
      if (request->headers.at("mcp-session-id") == "s-1")
        peer.reply(404, "text/plain", "unknown session");
      else
        peer.reply_json(result_for(*request, "{}"));
    }
  });
  Session session(server.url());
  CHECK(session.call().part() == "{}");
  CHECK(sessions == 2);
}

TEST_CASE("a 404 without a session is a refusal", "[mcp]") {
  FakeServer server([](Peer& peer) {
    while (const auto request = peer.read())
      if (!shake(peer, *request, "")) peer.reply(404, "text/plain", "no");
  });
  Session session(server.url());
  CHECK(session.failure() == "upstream_error");
  CHECK(count(server.requests(), "initialize") == 1);
}

TEST_CASE("a stream that breaks after an event id is taken up again from there", "[mcp]") {
  std::atomic<bool> resumed = false;
  std::string id;
  FakeServer server([&](Peer& peer) {
    while (const auto request = peer.read()) {
      if (shake(peer, *request)) continue;
      peer.start_events();
      if (request->method == "GET") {
        resumed = request->headers.at("last-event-id") == "e7";
        peer.event(cat(R"({"jsonrpc":"2.0","id":)", id, R"(,"result":{"late":1}})"));
        peer.end_events();
        continue;
      }
      id = member(request->body, "id");
      peer.chunk("retry: 20\nid: e7\ndata:\n\n");
      return;
    }
  });
  Session session(server.url());
  CHECK(session.call().part() == R"({"late":1})");
  CHECK(resumed);
}

TEST_CASE("a stream that breaks without an event id ends the call", "[mcp]") {
  CHECK(failure_with([](Peer& peer, const SeenRequest&) {
          peer.start_events();
          peer.end_events();
        }) == "upstream_unreachable");
}

TEST_CASE("list changes come over a stream of their own, where the server has one", "[mcp]") {
  const bool has_stream = GENERATE(true, false);
  FakeServer server([&](Peer& peer) {
    while (const auto request = peer.read()) {
      if (shake(peer, *request, "s-1", R"({"listChanged":true})")) continue;
      if (request->method == "GET" && has_stream) {
        peer.start_events();
        peer.event(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
        peer.wait_until_gone();
        return;
      }
      if (request->method == "GET")
        peer.reply(405, "", "");
      else
        peer.reply_json(result_for(*request, "{}"));
    }
  });
  Session session(server.url());
  std::atomic<int> changes = 0;
  session.web.on_loop([&] { session.upstream->on_list_changed([&](std::string_view) { ++changes; }); });
  session.call();
  const auto seen = server.wait_for([](const auto& all) {
    return std::any_of(all.begin(), all.end(), [](const auto& r) { return r.method == "GET"; });
  });
  CHECK(std::any_of(seen.begin(), seen.end(), [](const auto& r) {
    return r.method == "GET" && r.headers.at("mcp-session-id") == "s-1";
  }));
  session.web.run(session.web.loop().sleep(100ms));
  CHECK(changes == (has_stream ? 1 : 0));
}

TEST_CASE("http-129 schema_ref_bomb: one tool nested too deeply does not cost the list", "[mcp]") {
  std::string open;
  std::string close;
  for (int i = 0; i < 10'000; ++i) {
    open += R"({"allOf":[)";
    close += "]}";
  }
  FakeServer server(server_with([&](Peer& peer, const SeenRequest& request) {
    peer.reply_json(result_for(request, cat(R"({"tools":[{"name":"bomb","inputSchema":)", open, "{}", close,
                                            R"(},{"name":"good"}]})")));
  }));
  Session session(server.url());
  const auto list = session.web.run(session.upstream->list_tools(Until::in(5s)));
  REQUIRE(list.tools.size() == 1);
  CHECK(list.tools[0].name == "good");
  REQUIRE(list.warnings.size() == 1);
  CHECK(list.warnings[0].reason == "schema_too_deep");
  CHECK(session.failure() == "upstream_protocol_error");  // but a result nested like that is none
}

TEST_CASE("a batch of messages is taken from older servers", "[mcp]") {
  FakeServer server(server_with([](Peer& peer, const SeenRequest& request) {
    peer.reply_json(
        cat(R"([{"jsonrpc":"2.0","method":"notifications/x"},)", result_for(request, R"({"a":1})"), "]"));
  }));
  Session session(server.url());
  CHECK(session.call().part() == R"({"a":1})");
}

TEST_CASE("a session id that could break a header is refused", "[mcp]") {
  FakeServer server([](Peer& peer) {
    while (const auto request = peer.read()) shake(peer, *request, "a b");
  });
  Session session(server.url());
  CHECK(session.failure() == "upstream_protocol_error");
}

TEST_CASE("a configured header cannot stand in for one that the protocol computes", "[mcp]") {
  test::Web web;
  for (const auto* name : {"Mcp-Session-Id", "MCP-Protocol-Version", "accept", "Content-Type", "Host"}) {
    ServerAddress address;
    address.url = parse_url("http://127.0.0.1:8080/");
    address.headers = {{name, Secret("x")}};
    CHECK_THROWS_MATCHES(make_http_transport(web.loop(), *web.client, address), Error, HasId("bad_header"));
    CHECK_THROWS_MATCHES(make_sse_transport(web.loop(), *web.client, address), Error, HasId("bad_header"));
  }
}
