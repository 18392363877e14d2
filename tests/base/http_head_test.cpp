#include "base/http_head.h"

#include <random>

#include "base/text.h"
#include "support/catch.h"
#include "support/mangled.h"

using namespace patchbay;

namespace {

struct Outcome {
  Reading reading = Reading::more;
  int status = 0;
  std::string id;
  HttpRequest request;
  std::size_t size = 0;
  HeadReader::Body body = HeadReader::Body::none;
  std::size_t length = 0;
};

Outcome read(std::string_view text, std::size_t step = std::string_view::npos,
             const HeadLimits& limits = {}) {
  HeadReader reader(limits);
  Outcome outcome;
  for (std::size_t end = 0; end < text.size() && outcome.reading == Reading::more;) {
    end = step >= text.size() - end ? text.size() : end + step;
    outcome.reading = reader.read(text.substr(0, end));
  }
  outcome.status = outcome.reading == Reading::refused ? reader.refusal.status : 0;
  outcome.id = reader.refusal.id;
  outcome.request = reader.request;
  outcome.size = reader.size();
  outcome.body = reader.body;
  outcome.length = reader.length;
  return outcome;
}

std::string get(std::string_view target, std::string_view headers = "") {
  return cat("GET ", target, " HTTP/1.1\r\nHost: a\r\n", headers, "\r\n");
}
std::string post(std::string_view headers) {
  return cat("POST /x HTTP/1.1\r\nHost: a\r\n", headers, "\r\n");
}

}  // namespace

TEST_CASE("a plain request head is read into its parts", "[base]") {
  const std::string text =
      "POST /a/b%20c?x=1&y=%2F HTTP/1.1\r\nHost: Example.test:8800\r\nX-Thing:\t some value "
      "\r\nContent-Length: 12\r\n\r\n";
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, text.size()}) {
    const Outcome outcome = read(text + "rest of it", step);
    REQUIRE(outcome.reading == Reading::complete);
    CHECK(outcome.size == text.size());
    CHECK(outcome.request.method == "POST");
    CHECK(outcome.request.path == "/a/b%20c");
    CHECK(outcome.request.query == "x=1&y=%2F");
    CHECK(outcome.request.header("host") == "Example.test:8800");
    CHECK(outcome.request.header("x-thing") == "some value");
    CHECK(outcome.body == HeadReader::Body::length);
    CHECK(outcome.length == 12);
  }
}

TEST_CASE("headers that alias others, ask for ranges or belong to one hop are dropped", "[base]") {
  const Outcome outcome = read(
      get("/",
          "X_Forwarded_User: admin\r\nContent_Length: 5\r\nRange: bytes=0-\r\nIf-Range: x\r\nTE: trailers\r\n"
          "Upgrade: websocket\r\nConnection: close, X-A\r\nKeep-Alive: 5\r\nProxy-Authorization: x\r\nX-A: "
          "1\r\n"));
  REQUIRE(outcome.reading == Reading::complete);
  REQUIRE(outcome.request.headers.size() == 2);
  CHECK(outcome.request.headers[0].name == "host");
  CHECK(outcome.request.headers[1].name == "x-a");
}

TEST_CASE("what two readers could frame differently is refused", "[base]") {
  struct Case {
    std::string text;
    int status;
  };
  const Case cases[] = {
      {post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400},
      {post("Content-Length: 3\r\nContent-Length: 3\r\n"), 400},
      {post("Content-Length: 3, 3\r\n"), 400},
      {post("Content-Length: +3\r\n"), 400},
      {post("Content-Length: -3\r\n"), 400},
      {post("Content-Length: 0x3\r\n"), 400},
      {post("Content-Length: \r\n"), 400},
      {post("Content-Length: 12345678901\r\n"), 400},
      {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {post("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {post("Transfer-Encoding: identity\r\n"), 501},
      {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {get("/", "Content-Length: 5\r\n"), 400},
      {"DELETE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {get("/", "X: a\nb\r\n"), 400},
      {get("/", "X: a\rb\r\n"), 400},
      {get("/", "X: a\r\n folded\r\n"), 400},
      {get("/", "X : a\r\n"), 400},
      {get("/", ": a\r\n"), 400},
      {get("/", "no colon\r\n"), 400},
      {get("/", std::string_view("X: a\0b\r\n", 8)), 400},
      {get("/", "Host: b\r\n"), 400},
      {get("/", "Authorization: a\r\nAuthorization: b\r\n"), 400},
      {get("/", "Origin: a\r\nOrigin: b\r\n"), 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"\r\nGET / HTTP/1.1\r\n", 400},
      {"\x16\x03\x01", 400},
      {"GET /\r\n", 400},
      {"GET  / HTTP/1.1\r\n", 400},
      {"GET / HTTP/1.1 \r\n", 400},
      {"GET / http/1.1\r\n", 400},
      {"GET / HTTP/1.2\r\n", 505},
      {"PRI * HTTP/2.0\r\n", 505},
      {"get / HTTP/1.1\r\n", 501},
      {"TRACE / HTTP/1.1\r\n", 405},
      {"CONNECT a:443 HTTP/1.1\r\n", 405},
      {"G\x01T / HTTP/1.1\r\n", 400},
      {post("Content-Encoding: gzip\r\n"), 415},
      {post("Content-Type: Multipart/form-data; boundary=x\r\n"), 415},
      {post("Expect: 200-ok\r\n"), 417},
  };
  for (const Case& one : cases) {
    INFO(one.text);
    CHECK(read(one.text).status == one.status);
  }
}

TEST_CASE("a target is a plain path without tricks", "[base]") {
  for (const std::string_view bad : {"*", "a", "http://evil.test/", "/a#b", "/a\\b", "/%00", "/a%2", "/%zz",
                                     "/a/../b", "/./a", "/a/..", "/%2e%2E/a", "/a/.%2e", "/\x80"}) {
    INFO(bad);
    CHECK(read(get(bad)).status == 400);
  }
  for (const std::string_view good :
       {"/", "/a", "/a..b", "/...", "/a?b=../c", "/a//b", "/%2e%2e%2e", "/~a;b=c,d@e!$&'()*+"}) {
    INFO(good);
    CHECK(read(get(good)).reading == Reading::complete);
  }
}

TEST_CASE("each limit of a head holds to the byte", "[base]") {
  SECTION("a line") {
    const HeadLimits limits{1000, 40, 100};
    const auto with_line = [](std::size_t size) {
      return get("/", "X: " + std::string(size - 3, 'a') + "\r\n");
    };
    CHECK(read(with_line(39), 1, limits).reading == Reading::complete);
    CHECK(read(with_line(40), 1, limits).reading == Reading::complete);
    CHECK(read(with_line(41), 1, limits).status == 431);
    CHECK(read(with_line(41), 1000, limits).status == 431);
    CHECK(read("GET /" + std::string(36, 'a'), 1, limits).reading == Reading::more);
    CHECK(read("GET /" + std::string(37, 'a'), 1, limits).status == 414);
  }
  SECTION("the whole head") {
    const std::string text = get("/", "X: a\r\n");
    for (const std::size_t step : {std::size_t{1}, text.size()}) {
      CHECK(read(text, step, {text.size() + 1, 100, 100}).reading == Reading::complete);
      CHECK(read(text, step, {text.size(), 100, 100}).reading == Reading::complete);
      CHECK(read(text, step, {text.size() - 1, 100, 100}).status == 431);
    }
  }
  SECTION("the number of lines") {
    CHECK(read(get("/", "X: a\r\n"), 1, {1000, 100, 3}).reading == Reading::complete);
    CHECK(read(get("/", "X: a\r\n"), 1, {1000, 100, 2}).reading == Reading::complete);
    CHECK(read(get("/", "X: a\r\n"), 1, {1000, 100, 1}).status == 431);
  }
  SECTION("the length of a length") {
    CHECK(read(post("Content-Length: 9999999999\r\n")).length == 9999999999);
    CHECK(read(post("Content-Length: 10000000000\r\n")).status == 400);
  }
}
// Whatever comes, it is read the same whole and byte by byte, and nothing is read behind the end.
TEST_CASE("mangled requests are read alike in one piece and in many", "[base]") {
  const std::string seeds[] = {get("/a?b", "X-A: b\r\nConnection: close\r\n"),
                               post("Content-Length: 5\r\nExpect: 100-continue\r\n"),
                               post("Transfer-Encoding: chunked\r\nOrigin: null\r\n")};
  std::mt19937 random(7);
  int complete = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string text = mangled(seeds[random() % 3], random);
    const Outcome whole = read(text);
    const Outcome split = read(text, 1);
    INFO(text);
    CHECK(whole.reading == split.reading);
    CHECK(whole.id == split.id);
    if (whole.reading == Reading::complete) CHECK(whole.size == split.size);
    CHECK(whole.request.headers.size() == split.request.headers.size());
    complete += whole.reading == Reading::complete ? 1 : 0;
  }
  CHECK(complete > 300);
  CHECK(complete < 2900);
}
