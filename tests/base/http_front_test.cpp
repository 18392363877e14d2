#include "base/http_front.h"

#include <filesystem>

#include "base/http_reply.h"
#include "base/text.h"
#include "support/catch.h"
#include "support/front_fixture.h"
#include "support/raw_client.h"

using namespace patchbay;
using namespace std::chrono_literals;

namespace {

std::string get(std::string_view path, std::string_view headers = "") {
  return cat("GET ", path, " HTTP/1.1\r\nHost: localhost:8800\r\n", headers, "\r\n");
}
std::string post(std::string_view path, std::string_view body, std::string_view headers = "") {
  return cat("POST ", path, " HTTP/1.1\r\nHost: localhost:8800\r\nAuthorization: Bearer t\r\n", headers,
             "Content-Length: ", body.size(), "\r\n\r\n", body);
}
int status_of(const std::string& reply) {
  return reply.size() < 12 ? 0 : parse_number<int>(reply.substr(9, 3)).value_or(0);
}

FrontConfig quick() {
  FrontConfig config = FrontFixture::config();
  config.limits.idle_time = 300ms;
  config.limits.head_time = 200ms;
  config.limits.body_time = 200ms;
  return config;
}

}  // namespace

TEST_CASE("requests on one connection are answered in order, pipelined ones too", "[base]") {
  FrontFixture front;
  RawClient client(front.port);
  client.send(post("/mcp", "one") + get("/healthz") + post("/mcp", "two"));
  CHECK_THAT(client.read_reply(), ContainsSubstring("\r\n\r\none"));
  CHECK_THAT(client.read_reply(), ContainsSubstring("ok"));
  CHECK_THAT(client.read_reply(), ContainsSubstring("two"));
  client.send(get("/healthz", "Connection: close\r\n"));
  const std::string last = client.read_all();
  CHECK_THAT(last, ContainsSubstring("Connection: close"));
  CHECK(client.is_closed());
}

TEST_CASE("a request that comes byte by byte is the same request", "[base]") {
  FrontFixture front;
  RawClient client(front.port);
  const std::string text =
      "POST /mcp HTTP/1.1\r\nHost: localhost:8800\r\nAuthorization: Bearer t\r\nTransfer-Encoding: "
      "chunked\r\n\r\n"
      "3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n";
  for (const char c : text) client.send({&c, 1});
  CHECK_THAT(client.read_reply(), ContainsSubstring("\r\n\r\nabcde"));
}

TEST_CASE("every reply forbids sniffing, every refusal is JSON that nobody stores", "[base]") {
  FrontFixture front;
  RawClient good(front.port);
  good.send(get("/healthz"));
  CHECK_THAT(good.read_reply(), ContainsSubstring("X-Content-Type-Options: nosniff\r\n"));
  RawClient bad(front.port);
  bad.send("GET /healthz HTTP/1.1\r\n\r\n");
  const std::string reply = bad.read_all();
  CHECK_THAT(reply, ContainsSubstring("X-Content-Type-Options: nosniff\r\n"));
  CHECK_THAT(reply, ContainsSubstring("Cache-Control: no-store\r\n"));
  CHECK_THAT(reply, ContainsSubstring(
                        "\r\n\r\n{\"error\":\"no_host\",\"message\":\"The request has no Host header.\"}"));
  CHECK(bad.is_closed());
}

TEST_CASE("only our own names and pages come in", "[base]") {
  FrontFixture front;
  const auto ask = [&](std::string_view host, std::string_view more) {
    RawClient client(front.port);
    client.send(cat("GET /healthz HTTP/1.1\r\nHost: ", host, "\r\nConnection: close\r\n", more, "\r\n"));
    return status_of(client.read_all());
  };
  CHECK(ask("localhost:8800", "") == 200);
  CHECK(ask("LOCALHOST:8800", "") == 200);
  CHECK(ask("localhost", "") == 421);
  CHECK(ask("any.test", "") == 200);
  CHECK(ask("any.test:1234", "") == 200);
  CHECK(ask("evil.test", "") == 421);
  CHECK(ask("evil.test:8800", "") == 421);
  CHECK(ask("localhost:8800:1", "") == 400);
  CHECK(ask("a b", "") == 400);
  CHECK(ask("localhost:8800", "Origin: http://localhost:8800\r\n") == 200);
  CHECK(ask("localhost:8800", "Origin: https://friend.test\r\n") == 200);
  CHECK(ask("localhost:8800", "Origin: https://localhost:8800\r\n") == 403);
  CHECK(ask("localhost:8800", "Origin: null\r\n") == 403);
  CHECK(ask("localhost:8800", "Origin: http://evil.test\r\n") == 403);
}

TEST_CASE("a foreign origin is refused before the body is read", "[base]") {
  FrontFixture front;
  RawClient client(front.port);
  client.send("POST /mcp HTTP/1.1\r\nHost: localhost:8800\r\nOrigin: null\r\nContent-Length: 1000\r\n\r\n");
  CHECK(status_of(client.read_until("\r\n\r\n", 2s)) == 403);
}

TEST_CASE("a body may be as large as its address allows and no larger", "[base]") {
  FrontFixture front;
  const auto send = [&](std::string_view request) {
    RawClient client(front.port);
    client.send(request);
    return status_of(client.read_reply());
  };
  const std::string body(FrontFixture::max_body, 'a');
  CHECK(send(post("/mcp", body.substr(1))) == 200);
  CHECK(send(post("/mcp", body)) == 200);
  CHECK(send(post("/mcp", body + "a")) == 413);
  CHECK(send(cat(
            "POST /mcp HTTP/1.1\r\nHost: localhost:8800\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n")) ==
        413);
}

TEST_CASE("a client that asks before it sends a body is told to go on", "[base]") {
  FrontFixture front;
  RawClient client(front.port);
  client.send(
      "POST /mcp HTTP/1.1\r\nHost: localhost:8800\r\nAuthorization: Bearer t\r\nExpect: "
      "100-continue\r\nContent-Length: 3\r\n\r\n");
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  CHECK_THAT(client.read_reply(), ContainsSubstring("\r\n\r\nabc"));
  client.send(
      "POST /mcp HTTP/1.1\r\nHost: localhost:8800\r\nExpect: 100-continue\r\nContent-Length: "
      "3000000\r\n\r\n");
  CHECK(status_of(client.read_reply()) == 413);
}

TEST_CASE("slow heads, slow bodies and silence end with their own connection", "[base]") {
  FrontFixture front(quick());
  RawClient silent(front.port);
  RawClient slow_head(front.port);
  slow_head.send("GET /healthz HTTP/1.1\r\n");
  RawClient slow_body(front.port);
  slow_body.send("POST /mcp HTTP/1.1\r\nHost: localhost:8800\r\nContent-Length: 9\r\n\r\na");
  RawClient kept(front.port);
  kept.send(get("/healthz"));
  CHECK(status_of(kept.read_reply()) == 200);
  CHECK(status_of(slow_head.read_all()) == 408);
  CHECK(status_of(slow_body.read_all()) == 408);
  CHECK(silent.read_all().empty());
  CHECK(silent.is_closed());
  CHECK(kept.read_all().empty());
  CHECK(kept.is_closed());
}

TEST_CASE("connections beyond the limit are turned away at once", "[base]") {
  FrontConfig config = FrontFixture::config();
  config.limits.connections = 2;
  FrontFixture front(config);
  RawClient one(front.port);
  RawClient two(front.port);
  one.send(get("/healthz"));
  two.send(get("/healthz"));
  CHECK(status_of(one.read_reply()) == 200);
  CHECK(status_of(two.read_reply()) == 200);
  RawClient three(front.port);
  const std::string refusal = three.read_all();
  CHECK(status_of(refusal) == 503);
  CHECK_THAT(refusal, ContainsSubstring("too_many_connections"));
  one.close();
  front.wait_for([&] { return front.counts().connections == 1; });
  RawClient four(front.port);
  four.send(get("/healthz"));
  CHECK(status_of(four.read_reply()) == 200);
}

TEST_CASE("one peer has its own limit of connections where that is set", "[base]") {
  FrontConfig config = FrontFixture::config();
  config.limits.connections_per_peer = 1;
  FrontFixture front(config);
  {
    RawClient one(front.port);
    one.send(get("/healthz"));
    CHECK(status_of(one.read_reply()) == 200);
    RawClient two(front.port);
    CHECK(status_of(two.read_all()) == 503);
  }
  front.wait_for([&] { return front.counts().connections == 0; });
  RawClient three(front.port);
  three.send(get("/healthz"));
  CHECK(status_of(three.read_reply()) == 200);
}

TEST_CASE("HEAD has the length of the body and not the body", "[base]") {
  FrontFixture front;
  RawClient client(front.port);
  client.send("HEAD /healthz HTTP/1.1\r\nHost: localhost:8800\r\nConnection: close\r\n\r\n");
  const std::string reply = client.read_all();
  CHECK_THAT(reply, ContainsSubstring("Content-Length: 2\r\n"));
  CHECK(reply.substr(reply.size() - 4) == "\r\n\r\n");
}

TEST_CASE("an HTTP/1.0 client gets its answer and the end of the connection", "[base]") {
  FrontFixture front;
  RawClient client(front.port);
  client.send("GET /healthz HTTP/1.0\r\nHost: localhost:8800\r\n\r\n");
  CHECK(status_of(client.read_all()) == 200);
  CHECK(client.is_closed());
}

TEST_CASE("what a handler throws becomes a reply, an unknown exception without its words", "[base]") {
  FrontFixture front;
  RawClient client(front.port);
  client.send(post("/mcp/throw_error", ""));
  const std::string known = client.read_reply();
  CHECK(status_of(known) == 409);
  CHECK_THAT(known, ContainsSubstring("{\"error\":\"taken\",\"message\":\"The name \\\"x\\\" is taken.\"}"));
  client.send(post("/mcp/throw_other", ""));
  const std::string other = client.read_reply();
  CHECK(status_of(other) == 500);
  CHECK_THAT(other, ContainsSubstring("Something went wrong. The log says more."));
  CHECK_THAT(other, !ContainsSubstring("secret words"));
  client.send(post("/mcp/silent", ""));
  CHECK(status_of(client.read_reply()) == 500);
}

TEST_CASE("a reply header with a line break is left out", "[base]") {
  FrontFixture front;
  RawClient client(front.port);
  client.send(post("/mcp/split", ""));
  const std::string reply = client.read_reply();
  CHECK(status_of(reply) == 200);
  CHECK_THAT(reply, !ContainsSubstring("Evil"));
}

TEST_CASE("an event stream carries events, then the connection serves again", "[base]") {
  FrontFixture front;
  RawClient client(front.port);
  client.send(post("/mcp/events", "2"));
  const std::string stream = client.read_until("0\r\n\r\n");
  CHECK_THAT(stream, ContainsSubstring("Content-Type: text/event-stream\r\n"));
  CHECK_THAT(stream, ContainsSubstring("X-Accel-Buffering: no\r\n"));
  CHECK_THAT(stream, ContainsSubstring("9\r\ndata: 0\n\n\r\n9\r\ndata: 1\n\n\r\n"));
  CHECK(front.counts().streams == 0);
  client.send(get("/healthz"));
  CHECK(status_of(client.read_reply()) == 200);
}

TEST_CASE("an HTTP/1.0 client gets events without chunks", "[base]") {
  FrontFixture front;
  RawClient client(front.port);
  client.send("POST /mcp/events HTTP/1.0\r\nHost: localhost:8800\r\nContent-Length: 1\r\n\r\n1");
  CHECK_THAT(client.read_all(), ContainsSubstring("\r\n\r\ndata: 0\n\n"));
  CHECK(client.is_closed());
}

TEST_CASE("a handler learns at once that its client has gone", "[base]") {
  FrontFixture front;
  {
    RawClient client(front.port);
    client.send(get("/mcp/listen"));
    CHECK_THAT(client.read_until(": here\n\n"), ContainsSubstring("200 OK"));
    CHECK(front.counts().streams == 1);
    SECTION("closed") {
      client.close();
    }
    SECTION("sent something, which a stream does not take") {
      client.send(get("/healthz"));
    }
    front.wait_for([&] { return front.gone == 1; });
  }
  front.wait_for([&] { return front.counts().connections == 0; });
}

TEST_CASE("a request sent behind one that streams ends the stream", "[base]") {
  FrontFixture front;
  RawClient client(front.port);
  client.send(get("/mcp/listen") + get("/healthz"));
  CHECK_THAT(client.read_all(), ContainsSubstring("200 OK"));
  CHECK(client.is_closed());
  CHECK(front.gone == 1);
}

TEST_CASE("shutting down lets calls end, ends listening streams and closes idle connections", "[base]") {
  FrontFixture front;
  RawClient idle(front.port);
  idle.send(get("/healthz"));
  idle.read_reply();
  RawClient listening(front.port);
  listening.send(get("/mcp/listen"));
  listening.read_until(": here\n\n");
  RawClient calling(front.port);
  calling.send(post("/mcp/wait", ""));
  front.wait_for([&] { return front.waiting == 1; });
  auto finished = front.shut_down_soon(5s);
  CHECK(idle.read_all().empty());
  CHECK(idle.is_closed());
  CHECK_THAT(listening.read_all(), ContainsSubstring("0\r\n\r\n"));
  CHECK(listening.is_closed());
  RawClient late(front.port);
  CHECK_FALSE(late.is_connected());
  front.let_go();
  const std::string reply = calling.read_all();
  CHECK_THAT(reply, ContainsSubstring("waited"));
  CHECK_THAT(reply, ContainsSubstring("Connection: close"));
  finished.get();
  CHECK(front.counts().connections == 0);
}

TEST_CASE("a client that goes away before its answer is noticed where the handler watches for it", "[base]") {
  FrontFixture front;
  {
    RawClient leaving(front.port);
    leaving.send(post("/mcp/watched", ""));
    front.wait_for([&] { return front.waiting == 1; });
  }
  front.wait_for([&] { return front.gone == 1; });
  front.wait_for([&] { return front.counts().connections == 0; });
}

TEST_CASE("a request that follows a watched one is answered after it", "[base]") {
  FrontFixture front;
  RawClient client(front.port);
  client.send(post("/mcp/watched", ""));
  front.wait_for([&] { return front.waiting == 1; });
  client.send(get("/healthz"));
  front.let_go();
  CHECK_THAT(client.read_reply(), ContainsSubstring("waited"));
  CHECK(status_of(client.read_reply()) == 200);
  client.send(post("/mcp/watched", ""));
  front.wait_for([&] { return front.waiting == 2; });
  front.let_go();
  CHECK_THAT(client.read_reply(), ContainsSubstring("waited"));
  CHECK(front.gone == 0);
}

TEST_CASE("at the deadline of a shutdown calls are cancelled", "[base]") {
  FrontFixture front;
  RawClient calling(front.port);
  calling.send(post("/mcp/wait", ""));
  front.wait_for([&] { return front.waiting == 1; });
  front.shut_down_soon(50ms).get();
  CHECK(status_of(calling.read_all()) == 503);
  CHECK(front.counts().connections == 0);
}

TEST_CASE("the base path is taken off and nothing outside it is served", "[base]") {
  FrontConfig config = FrontFixture::config();
  config.base_path = "/tools/bay";
  FrontFixture front(config);
  const auto ask = [&](std::string_view path) {
    RawClient client(front.port);
    client.send(get(path, "Connection: close\r\n"));
    return status_of(client.read_all());
  };
  CHECK(ask("/tools/bay/healthz") == 200);
  CHECK(ask("/tools/bay") == 200);
  CHECK(ask("/healthz") == 404);
  CHECK(ask("/tools/bayhealthz") == 404);
}

TEST_CASE("what clients of every page read is open to every origin, also with the base path behind its name",
          "[base]") {
  FrontConfig config = FrontFixture::config();
  config.base_path = "/tools/bay";
  FrontFixture front(config);
  const auto ask = [&](std::string_view path) {
    RawClient client(front.port);
    client.send(get(path, "Origin: https://app.example\r\nConnection: close\r\n"));
    return status_of(client.read_all());
  };
  for (const char* path :
       {"/.well-known/oauth-authorization-server/tools/bay", "/.well-known/openid-configuration/tools/bay",
        "/.well-known/oauth-protected-resource/tools/bay/mcp",
        "/tools/bay/.well-known/oauth-protected-resource/mcp", "/tools/bay/oauth/token"})
    CHECK(ask(path) == 404);  // let through, to a fixture that has nothing there
  CHECK(ask("/.well-known/oauth-authorization-server/tools/bayx") == 403);
  CHECK(ask("/.well-known/oauth-authorization-server") == 403);
  CHECK(ask("/tools/bay/oauth/consent") == 403);
  CHECK(ask("/tools/bay/healthz") == 403);
}

TEST_CASE("a forwarded address is believed from a trusted proxy only", "[base]") {
  FrontConfig config = FrontFixture::config();
  const auto peer = [&](const FrontConfig& with, std::string_view headers) {
    FrontFixture front(with);
    RawClient client(front.port);
    client.send(get("/peer", headers));
    const std::string reply = client.read_reply();
    return reply.substr(reply.find("\r\n\r\n") + 4);
  };
  CHECK(peer(config, "X-Forwarded-For: 6.6.6.6\r\n") == "127.0.0.1");
  config.trusted_proxies = std::vector<Cidr>(1, *parse_cidr("127.0.0.0/8"));
  CHECK(peer(config, "") == "127.0.0.1");
  CHECK(peer(config, "X-Forwarded-For: 1.1.1.1, 6.6.6.6, 127.0.0.2\r\n") == "6.6.6.6");
  CHECK(peer(config, "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 6.6.6.6\r\n") == "6.6.6.6");
  CHECK(peer(config, "X-Forwarded-For: 1.1.1.1, nonsense\r\n") == "127.0.0.1");
}

TEST_CASE("the control socket answers under any name and says that it is local", "[base]") {
  FrontFixture front;
  const auto path = std::filesystem::temp_directory_path() / cat("patchbay-front-", ::getpid(), ".sock");
  const std::string reply =
      front.ask_unix(path, "GET /peer HTTP/1.1\r\nHost: patchbay\r\nConnection: close\r\n\r\n");
  CHECK(status_of(reply) == 200);
  CHECK_THAT(reply, ContainsSubstring("unix local"));
}
