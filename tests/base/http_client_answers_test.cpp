// What servers may do to the client, and what it makes of their answers.
#include "base/http_client.h"

#include "support/fetching.h"

using namespace test;

TEST_CASE("http-109 status_line_60k: a status line has at most 8 KiB", "[base]") {
  const auto with = [](std::size_t size) {
    const std::string start = "HTTP/1.1 200 ";
    return start + std::string(size - start.size(), 'a') + "\r\nContent-Length: 1\r\n\r\nx";
  };
  FakeServer fits(always(with(8 * 1024)));
  Web web;
  CHECK(fetch(web, get(fits.url())).body == "x");
  CHECK(id_of(always(with(8 * 1024 + 1))) == "upstream_protocol_error");
  CHECK(id_of(always(with(60'000))) == "upstream_protocol_error");
}

TEST_CASE("http-110 header_flood: a head has at most 100 lines and 64 KiB", "[base]") {
  const auto with = [](int lines) {
    return cat("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n", header_lines(lines), "\r\nx");
  };
  FakeServer server(always(with(99)));
  Web web;
  CHECK(fetch(web, get(server.url())).body == "x");
  CHECK(id_of(always(with(100))) == "upstream_protocol_error");
  CHECK(id_of(always(with(20'000))) == "upstream_protocol_error");

  const auto wide = [](std::size_t size) {
    const std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX: ";
    return start + std::string(size - start.size() - 4, 'a') + "\r\n\r\nx";
  };
  FakeServer fits(always(wide(64 * 1024)));
  CHECK(fetch(web, get(fits.url())).body == "x");
  CHECK(id_of(always(wide(64 * 1024 + 1))) == "upstream_protocol_error");
}

TEST_CASE("http-111 header_drip: the head has one deadline, however often a line comes", "[base]") {
  HttpLimits limits;
  limits.head_time = 150ms;
  std::atomic<bool> gone = false;
  CHECK(id_of(
            [&](FakeServer::Peer& peer) {
              peer.read();
              peer.send("HTTP/1.1 200 OK\r\n");
              for (int i = 0; i < 600 && !gone; ++i) {
                std::this_thread::sleep_for(20ms);
                gone = !peer.send("X: y\r\n");
              }
            },
            limits) == "upstream_timeout");
  CHECK(gone);
}

TEST_CASE("http-112 body_1gib: reading stops at the limit", "[base]") {
  HttpLimits limits;
  limits.body_bytes = 1000;
  const auto answer = [](std::size_t size) { return ok(std::string(size, 'b')); };
  const auto chunked = [](std::size_t size) {
    char length[16];
    std::snprintf(length, sizeof length, "%zx", size);
    return cat("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", length, "\r\n",
               std::string(size, 'b'), "\r\n0\r\n\r\n");
  };
  for (const auto& bytes : {answer(1000), chunked(1000)}) {
    FakeServer server(always(bytes));
    Web web;
    auto request = get(server.url());
    request.limits = limits;
    CHECK(fetch(web, request).body.size() == 1000);
  }
  CHECK(id_of(always(answer(1001)), limits) == "result_too_large");
  CHECK(id_of(always(chunked(1001)), limits) == "result_too_large");
  CHECK(id_of(always("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")) == "result_too_large");
}

TEST_CASE("http-113 body_never_ends: size or deadline, whichever comes first", "[base]") {
  const auto endless = [](std::size_t size, std::chrono::milliseconds pause) {
    return [=](FakeServer::Peer& peer) {
      peer.read();
      peer.start_events();
      while (peer.chunk(std::string(size, 'x'))) std::this_thread::sleep_for(pause);
    };
  };
  HttpLimits limits;
  limits.body_bytes = 100'000;
  CHECK(id_of(endless(10'000, 0ms), limits) == "result_too_large");

  FakeServer server(endless(1, 10ms));
  Web web;
  CHECK(error_of(web, get(server.url()), Until::in(150ms)).id() == "upstream_timeout");
}

TEST_CASE("a body may not pause longer than the idle time", "[base]") {
  HttpLimits limits;
  limits.idle_time = 50ms;
  CHECK(id_of(
            [](FakeServer::Peer& peer) {
              peer.read();
              peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
              peer.wait_until_gone();
            },
            limits) == "upstream_timeout");
}

TEST_CASE("http-116 gzip_bomb: an encoded body is refused", "[base]") {
  CHECK(id_of(always("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc")) ==
        "upstream_protocol_error");
  FakeServer server(always("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc"));
  Web web;
  CHECK(fetch(web, get(server.url())).body == "abc");
}

TEST_CASE("http-118 cl_lies_short: a connection with bytes beyond the answer is not used again", "[base]") {
  FakeServer server(always("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + std::string(1000, 'x')));
  Web web;
  CHECK(fetch(web, get(server.url())).body == std::string(10, 'x'));
  CHECK(web.client->idle_connections() == 0);
  fetch(web, get(server.url()));
  CHECK(server.connections() == 2);
}

TEST_CASE("http-119 cl_lies_long: an answer shorter than it says is an error", "[base]") {
  CHECK(id_of([](FakeServer::Peer& peer) {
          peer.read();
          peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789");
        }) == "upstream_protocol_error");
}

TEST_CASE("http-142 hundred_100_continue: eight interim answers, no more", "[base]") {
  const auto with = [](int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i) bytes += "HTTP/1.1 100 Continue\r\n\r\n";
    return bytes + ok("x");
  };
  FakeServer server(always(with(8)));
  Web web;
  CHECK(fetch(web, get(server.url())).body == "x");
  CHECK(id_of(always(with(9))) == "upstream_protocol_error");
  CHECK(id_of(always(with(2000))) == "upstream_protocol_error");
}

TEST_CASE("http-143 silent_accept: a server that says nothing costs its own call only", "[base]") {
  FakeServer silent([](FakeServer::Peer& peer) { peer.wait_until_gone(); });
  FakeServer other(always(ok("x")));
  Web web;
  auto request = post(silent.url(), "{}");
  request.limits.first_byte_time = 400ms;
  std::atomic<int> timeouts = 0;
  web.on_loop([&] {
    for (int i = 0; i < 50; ++i)
      web.loop().spawn("silent",
                       [](HttpClient& client, OutgoingRequest asked, std::atomic<int>& count) -> Task<void> {
                         try {
                           co_await client.send(std::move(asked), Until::in(5s));
                         } catch (const Error& error) {
                           if (error.id() == "upstream_timeout") ++count;
                         }
                       }(*web.client, request, timeouts));
  });
  CHECK(fetch(web, get(other.url()), Until::in(300ms)).body == "x");
  web.run(web.loop().sleep(600ms));
  CHECK(timeouts == 50);
}

TEST_CASE("what could be read in two ways is refused", "[base]") {
  const std::string head = GENERATE(
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx", "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
      "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 1\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 1\r\n\r\nx", "HTTP/1.1 200 OK\nContent-Length: 1\n\nx",
      "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 1\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nX: \x01\r\nContent-Length: 1\r\n\r\nx", "HTTP/1.1 101 Switch\r\nUpgrade: x\r\n\r\n",
      "HTTP/1.1 099 Low\r\nContent-Length: 1\r\n\r\nx", "HTTP/2.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
      "ICY 200 OK\r\nContent-Length: 1\r\n\r\nx", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx\r\n0\r\n\r\n");
  CAPTURE(head);
  CHECK(id_of(always(head)) == "upstream_protocol_error");
}

TEST_CASE("a chunk line that does not end is refused", "[base]") {
  CHECK(id_of(always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
                     std::string(100'000, 'x'))) == "upstream_protocol_error");
}

TEST_CASE("http-137 redirect_on_call: a redirect is an answer like any other", "[base]") {
  FakeServer server(
      always("HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"));
  Web web;
  CHECK(fetch(web, post(server.url(), "{}")).status == 307);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a header cannot break out of its line or speak for the client", "[base]") {
  const auto header =
      GENERATE(Header{"X", "a\r\nY: b"}, Header{"X\r\nY", "b"}, Header{"X", std::string("a\0b", 3)},
               Header{"", "a"}, Header{"X Y", "a"}, Header{"Host", "evil"}, Header{"content-length", "7"},
               Header{"Transfer-Encoding", "chunked"}, Header{"Connection", "close"});
  FakeServer server(always(ok("x")));
  Web web;
  auto request = get(server.url());
  request.headers = {header};
  CHECK_THROWS_MATCHES(fetch(web, request), Error, HasId("bad_header"));
  CHECK(server.requests().empty());
}

TEST_CASE("an error never repeats what the server sent", "[base]") {
  FakeServer server(always("HTTP/1.1 200 sesame\r\nX: sesame\x01\r\n\r\nsesame"));
  Web web;
  const auto error = error_of(web, get(server.url()));
  CHECK(error.message().find("sesame") == std::string::npos);
  CHECK(error.detail().find("sesame") == std::string::npos);
}
