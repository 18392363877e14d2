#include "base/http_client.h"

#include "support/fetching.h"

using namespace test;

TEST_CASE("a request goes out once, whole, and its answer comes back", "[base]") {
  FakeServer server(always("HTTP/1.1 201 Made\r\nX-Kind:  good \r\nContent-Length: 5\r\n\r\nhello"));
  Web web;
  auto request = post(server.url("/a?b=c"), R"({"x":1})");
  request.headers = {{"Authorization", "Bearer t"}};
  const auto got = fetch(web, request);
  CHECK(got.status == 201);
  CHECK(got.body == "hello");
  CHECK(got.kind == "good");
  const auto seen = server.requests();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].method == "POST");
  CHECK(seen[0].path == "/a?b=c");
  CHECK(seen[0].body == R"({"x":1})");
  CHECK(seen[0].headers.at("host") == cat("127.0.0.1:", server.port()));
  CHECK(seen[0].headers.at("accept-encoding") == "identity");
  CHECK(seen[0].headers.at("authorization") == "Bearer t");
}

TEST_CASE("bodies end as their head says: by length, chunks, or the connection", "[base]") {
  const auto [answer, body, kept] = GENERATE(table<std::string, std::string, std::size_t>({
      {ok("abc"), "abc", 1},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nTrailer: "
       "t\r\n\r\n",
       "abc", 1},
      {"HTTP/1.1 204 No\r\n\r\n", "", 1},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 1},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + ok("abc"), "abc", 1},
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc", "abc", 0},
      {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc", 0},
  }));
  FakeServer server(always(answer));
  Web web;
  CHECK(fetch(web, post(server.url(), "{}")).body == body);
  CHECK(web.client->idle_connections() == kept);
}

TEST_CASE("an answer without a length ends with its connection", "[base]") {
  FakeServer server([](FakeServer::Peer& peer) {
    peer.read();
    peer.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
  });
  Web web;
  CHECK(fetch(web, get(server.url())).body == "until the end");
  CHECK(web.client->idle_connections() == 0);
}

TEST_CASE("an answer is the same however its bytes are cut", "[base]") {
  const std::string answer =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Kind: k\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
  FakeServer server([&](FakeServer::Peer& peer) {
    while (peer.read())
      for (const char& c : answer) peer.send({&c, 1});
  });
  Web web;
  const auto got = fetch(web, get(server.url()));
  CHECK(got.body == "hello!");
  CHECK(got.kind == "k");
}

TEST_CASE("a connection serves again for the same credential only", "[base]") {
  FakeServer server(always(ok("x")));
  Web web;
  auto request = get(server.url());
  request.pool_key = "anna";
  fetch(web, request);
  fetch(web, request);
  CHECK(server.connections() == 1);
  request.pool_key = "berta";
  fetch(web, request);
  CHECK(server.connections() == 2);

  SECTION("and not after the credential was forgotten") {
    web.on_loop([&] { web.client->forget("berta"); });
    CHECK(web.client->idle_connections() == 1);
    fetch(web, request);
    CHECK(server.connections() == 3);
  }
  SECTION("and not after the rules for destinations changed") {
    web.on_loop([&] { web.client->set_egress(std::make_shared<EgressPolicy>()); });
    CHECK(web.client->idle_connections() == 0);
  }
}

TEST_CASE("kept connections are closed after the idle time, and no more are kept than allowed", "[base]") {
  FakeServer server(always(ok("x")));
  HttpClient::Settings settings;
  SECTION("time") {
    settings.idle_time = 40ms;
    Web web(std::move(settings));
    fetch(web, get(server.url()));
    CHECK(web.client->idle_connections() == 1);
    web.run(web.loop().sleep(200ms));
    CHECK(web.client->idle_connections() == 0);
  }
  SECTION("count") {
    settings.idle_connections = 1;
    Web web(std::move(settings));
    web.run([](HttpClient& client, OutgoingRequest request) -> Task<void> {
      auto first = co_await client.send(request, Until::in(5s));
      auto second = co_await client.send(request, Until::in(5s));
      co_await first.read_all(Until::in(5s));
      co_await second.read_all(Until::in(5s));
    }(*web.client, get(server.url())));
    CHECK(web.client->idle_connections() == 1);
  }
}

TEST_CASE("a kept connection that the server has closed is replaced without a sound", "[base]") {
  FakeServer server([](FakeServer::Peer& peer) {
    if (peer.read()) peer.send(ok("x"));
  });
  Web web;
  for (int i = 0; i < 5; ++i) CHECK(fetch(web, post(server.url(), "{}")).body == "x");
  CHECK(server.connections() == 5);
}

TEST_CASE("a request that dies on a kept connection before any answer is sent once more, not twice",
          "[base]") {
  std::atomic<int> seen = 0;
  FakeServer server([&](FakeServer::Peer& peer) {
    if (!peer.read() || ++seen > 1) return;
    peer.send(ok("x"));
    peer.read();  // takes the second request of the connection and closes
  });
  Web web;
  CHECK(fetch(web, post(server.url(), "1")).body == "x");
  CHECK(error_of(web, post(server.url(), "2")).id() == "upstream_unreachable");
  CHECK(server.connections() == 2);
}

TEST_CASE("a request that dies on a new connection is not repeated", "[base]") {
  FakeServer server([](FakeServer::Peer& peer) { peer.read(); });
  Web web;
  CHECK(error_of(web, post(server.url(), "{}")).id() == "upstream_unreachable");
  CHECK(server.requests().size() == 1);
}

TEST_CASE("R86: every address of a name must be one that may be reached, and only those are dialled",
          "[base]") {
  FakeServer server(always(ok("x")));
  Web web;
  const auto loopback = *parse_address("127.0.0.1");
  web.resolver.names = {{"good.test", {loopback}},
                        {"mixed.test", {loopback, *parse_address("169.254.169.254")}}};
  const auto url = [&](std::string_view host) { return cat("http://", host, ":", server.port(), "/mcp"); };
  CHECK(fetch(web, get(url("good.test"))).body == "x");
  CHECK(server.requests()[0].headers.at("host") == cat("good.test:", server.port()));
  CHECK_THROWS_AS(fetch(web, get(url("mixed.test"))), Error);
  CHECK_THROWS_MATCHES(fetch(web, get(url("none.test"))), Error, HasId("dns_empty"));
  CHECK(server.connections() == 1);

  auto stranger = get(url("good.test"));
  stranger.giver = UrlSource::client_given;
  CHECK_THROWS_AS(fetch(web, stranger), Error);  // though a connection of the admin's is open
  CHECK(server.connections() == 1);
}

TEST_CASE("R86: a name is looked up once per connection, not once per request", "[base]") {
  FakeServer server(always(ok("x")));
  Web web;
  web.resolver.names = {{"good.test", {*parse_address("127.0.0.1")}}};
  for (int i = 0; i < 3; ++i) fetch(web, get(cat("http://good.test:", server.port(), "/")));
  CHECK(web.resolver.asked == 1);

  // The name leads elsewhere now: a new connection is checked anew, and not made.
  web.resolver.names = {{"good.test", {*parse_address("169.254.169.254")}}};
  auto again = get(cat("http://good.test:", server.port(), "/"));
  again.pool_key = "another";
  CHECK_THROWS_AS(fetch(web, again), Error);
  CHECK(web.resolver.asked == 2);
  CHECK(server.connections() == 1);
}

TEST_CASE("R86: a policy that changes while a connection is made holds for it", "[base]") {
  FakeServer server(always(ok("x")));
  Web web;
  web.resolver.names = {{"good.test", {*parse_address("127.0.0.1")}}};
  const auto forbidding = [] {
    auto policy = std::make_shared<EgressPolicy>();
    policy->admin_ranges.clear();
    return policy;
  };
  // What was posted may come when all is over.
  const auto change = [&] {
    if (web.client) web.client->set_egress(forbidding());
  };
  SECTION("during the look-up") {
    web.resolver.on_ask = change;
    CHECK_THROWS_AS(fetch(web, get(cat("http://good.test:", server.port(), "/"))), Error);
    CHECK(web.resolver.asked == 1);
  }
  SECTION("between the look-up and the connection") {
    web.resolver.on_ask = [&] { web.loop().post(change); };
    CHECK_THROWS_AS(fetch(web, get(cat("http://good.test:", server.port(), "/"))), Error);
    CHECK(web.resolver.asked == 2);
  }
  SECTION("again and again") {
    web.resolver.on_ask = [&] {
      web.loop().post([&] {
        if (web.client) web.client->set_egress(std::make_shared<EgressPolicy>());
      });
    };
    CHECK(error_of(web, get(cat("http://good.test:", server.port(), "/"))).id() == "upstream_unreachable");
    CHECK(web.resolver.asked == 3);
  }
  CHECK(server.requests().empty());
  CHECK(web.client->idle_connections() == 0);
}

TEST_CASE("a server that is not there is unreachable", "[base]") {
  std::string url;
  {
    const FakeServer server(always(""));
    url = server.url();
  }
  Web web;
  CHECK(error_of(web, get(url)).id() == "upstream_unreachable");
}

TEST_CASE("a cancelled request ends at once and closes its connection", "[base]") {
  std::atomic<bool> gone = false;
  FakeServer server([&](FakeServer::Peer& peer) {
    peer.read();
    peer.wait_until_gone();
    gone = true;
  });
  Web web;
  CancelSource source;
  const auto begun = std::chrono::steady_clock::now();
  web.on_loop([&] {
    web.loop().spawn("canceller", [](Loop& loop, CancelSource& stop) -> Task<void> {
      co_await loop.sleep(50ms);
      stop.cancel();
    }(web.loop(), source));
  });
  CHECK(error_of(web, get(server.url()), Until{Deadline::in(5s), source.token()}).kind() ==
        Error::Kind::cancelled);
  CHECK(std::chrono::steady_clock::now() - begun < 2s);
  for (int i = 0; i < 100 && !gone; ++i) std::this_thread::sleep_for(10ms);
  CHECK(gone);
}

TEST_CASE("a stream is read as it comes, and dropping it closes the connection", "[base]") {
  std::atomic<bool> gone = false;
  FakeServer server([&](FakeServer::Peer& peer) {
    peer.read();
    peer.start_events();
    peer.chunk("one");
    peer.wait_until_gone();
    gone = true;
  });
  Web web;
  const auto piece = web.run([](HttpClient& client, OutgoingRequest request) -> Task<std::string> {
    auto response = co_await client.send(std::move(request), Until::in(5s));
    const std::string first(co_await response.read_some(Until::in(5s)));
    CHECK_FALSE(response.has_ended());
    co_return first;
  }(*web.client, get(server.url())));
  CHECK(piece == "one");
  CHECK(web.client->idle_connections() == 0);
  for (int i = 0; i < 100 && !gone; ++i) std::this_thread::sleep_for(10ms);
  CHECK(gone);
}

TEST_CASE("looking whether a body has ended loses none of it", "[base]") {
  FakeServer server(
      always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"));
  Web web;
  const auto body = web.run([](HttpClient& client, OutgoingRequest request) -> Task<std::string> {
    auto response = co_await client.send(std::move(request), Until::in(5s));
    std::string all;
    while (!response.has_ended()) all += co_await response.read_some(Until::in(5s));
    co_return all;
  }(*web.client, get(server.url())));
  CHECK(body == "abcd");
  CHECK(web.client->idle_connections() == 1);
}

TEST_CASE(
    "http-138 tls_self_signed: an unknown certificate is refused, unless it is pinned or its authority given",
    "[base]") {
  const test::Certificate certificate;
  FakeServer server(always(ok("x")), &certificate);
  Web web;
  auto request = get(server.url());
  CHECK(error_of(web, request).id() == "tls_untrusted");
  CHECK(server.requests().empty());

  SECTION("its own CA file") {
    request.tls = std::make_shared<TlsClient>(TlsTrust{certificate.file(), {}});
    CHECK(fetch(web, request).body == "x");
    CHECK(fetch(web, request).body == "x");
    CHECK(server.connections() == 2);  // the refused one, and one for both
  }
  SECTION("pinned") {
    request.tls = std::make_shared<TlsClient>(TlsTrust{{}, certificate.sha256()});
    CHECK(fetch(web, request).body == "x");
    request.tls = nullptr;
    CHECK(error_of(web, request).id() == "tls_untrusted");  // the open connection is not lent
  }
  SECTION("another pin") {
    request.tls = std::make_shared<TlsClient>(TlsTrust{{}, std::string(64, '0')});
    CHECK(error_of(web, request).id() == "tls_untrusted");
  }
}

TEST_CASE("http-139 tls_wrong_host: a certificate for another name is refused", "[base]") {
  test::Certificate::Wish wish;
  wish.names = "DNS:mcp.test";
  const test::Certificate certificate(wish);
  FakeServer server(always(ok("x")), &certificate);
  Web web;
  web.resolver.names = {{"mcp.test", {*parse_address("127.0.0.1")}},
                        {"other.test", {*parse_address("127.0.0.1")}}};
  const auto ask = [&](std::string_view host) {
    auto request = get(cat("https://", host, ":", server.port(), "/"));
    request.tls = std::make_shared<TlsClient>(TlsTrust{certificate.file(), {}});
    return request;
  };
  CHECK(fetch(web, ask("mcp.test")).body == "x");
  CHECK(error_of(web, ask("other.test")).id() == "tls_name");
  CHECK(error_of(web, ask("127.0.0.1")).id() == "tls_name");  // an address needs an IP SAN
}

TEST_CASE("http-140 tls_expired: a certificate out of its time is refused", "[base]") {
  test::Certificate::Wish wish;
  wish.begins = -7200;
  wish.ends = -3600;
  const test::Certificate certificate(wish);
  FakeServer server(always(ok("x")), &certificate);
  Web web;
  auto request = get(server.url());
  request.tls = std::make_shared<TlsClient>(TlsTrust{certificate.file(), {}});
  CHECK(error_of(web, request).id() == "tls_expired");
}

TEST_CASE("public addresses go through the proxy, inside ones do not", "[base]") {
  FakeServer inside(always(ok("inside")));
  FakeServer proxy([](FakeServer::Peer& peer) {
    peer.read();
    peer.reply(403, "text/plain", "no");
  });
  HttpClient::Settings settings;
  settings.proxy = parse_url(proxy.url("/"));
  SECTION("by the address that was checked") {
    settings.proxy_resolves = false;
  }
  SECTION("by name, where the proxy looks it up") {
    settings.proxy_resolves = true;
  }
  const bool by_name = settings.proxy_resolves;
  Web web(std::move(settings));
  web.resolver.names = {{"outside.test", {*parse_address("93.184.216.34")}}};
  CHECK(error_of(web, get("https://outside.test/")).id() == "upstream_unreachable");
  CHECK(fetch(web, get(inside.url())).body == "inside");
  const auto seen = proxy.requests();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].method == "CONNECT");
  CHECK(seen[0].path == (by_name ? "outside.test:443" : "93.184.216.34:443"));
}
