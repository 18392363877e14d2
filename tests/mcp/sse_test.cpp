#include "mcp/sse.h"

#include <vector>

#include "support/catch.h"

using namespace patchbay;
using patchbay::mcp::SseParser;

namespace {

struct Seen {
  std::vector<std::string> data;
  std::vector<std::string> types;
  std::string last_id;
};

// Feeds `stream` in pieces of `size` bytes.
Seen read(std::string_view stream, std::size_t size) {
  SseParser parser;
  Seen seen;
  for (std::size_t at = 0; at < stream.size(); at += size) {
    parser.feed(stream.substr(at, size));
    while (auto event = parser.next()) {
      seen.data.push_back(event->data);
      seen.types.push_back(event->type);
      seen.last_id = event->id;
    }
  }
  return seen;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("events are the same wherever the stream is cut", "[mcp]") {
  const std::string stream =
      "\xef\xbb\xbf: hello\r\n\r\nid: 7\r\nevent: message\r\ndata: one\r\ndata:two\r\n\r\n"
      "data:  spaced\rid:8\r\rdata\ndata: x\n\nretry: 10\n\n";
  const auto size = static_cast<std::size_t>(GENERATE(1, 2, 3, 5, 7, 1000));
  const auto seen = read(stream, size);
  CHECK(seen.data == Texts{"one\ntwo", " spaced", "\nx"});
  CHECK(seen.types == Texts{"message", "", ""});
  CHECK(seen.last_id == "8");
}

TEST_CASE("all three line ends mean the same", "[mcp]") {
  const std::string end = GENERATE("\n", "\r", "\r\n");
  const auto seen = read("data: a" + end + end + "data: b" + end + end, 1);
  // A lone CR at the very end may be the first half of CR LF, but it ends the line all the same.
  CHECK(seen.data == Texts{"a", "b"});
}

TEST_CASE("an event without data is swallowed, but its id and retry time count", "[mcp]") {
  SseParser parser;
  parser.feed("id: prime\nretry: 500\ndata:\n\n");
  CHECK_FALSE(parser.next());
  CHECK(parser.last_id() == "prime");
  CHECK(parser.retry() == std::chrono::milliseconds(500));
}

TEST_CASE("an unfinished event is not given out", "[mcp]") {
  CHECK(read("data: a\n", 100).data.empty());
}

TEST_CASE("a byte order mark counts only at the beginning", "[mcp]") {
  CHECK(read("\xef\xbb\xbf"
             "data: a\n\n\xef\xbb\xbf"
             "data: b\n\n",
             4)
            .data == Texts{"a"});
}

TEST_CASE("an id with a NUL and a retry that is no number are ignored", "[mcp]") {
  SseParser parser;
  parser.feed(std::string_view("id: a\0b\nretry: 5s\ndata: x\n\n", 28));
  const auto event = parser.next();
  REQUIRE(event);
  CHECK(event->id.empty());
  CHECK_FALSE(parser.retry());
}

TEST_CASE("a server cannot ask for an endless retry time", "[mcp]") {
  SseParser parser;
  parser.feed("retry: 4000000000\n\n");
  CHECK_FALSE(parser.next());
  CHECK(parser.retry() == std::chrono::milliseconds(60'000));
}

TEST_CASE("a line may have exactly as many bytes as the limit", "[mcp]") {
  const auto feed = [](std::size_t length, std::size_t piece) {
    SseParser parser(64);
    const std::string stream = "data: " + std::string(length - 6, 'x') + "\n\n";
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      parser.feed(std::string_view(stream).substr(at, piece));
      while (parser.next()) {
      }
    }
  };
  const auto piece = static_cast<std::size_t>(GENERATE(1, 10, 1000));
  CHECK_NOTHROW(feed(63, piece));
  CHECK_NOTHROW(feed(64, piece));
  CHECK_THROWS_MATCHES(feed(65, piece), Error, HasId("upstream_protocol_error"));
}

TEST_CASE("an event may not gather more data than the limit", "[mcp]") {
  SseParser parser(1000, 20);
  parser.feed("data: 123456789\ndata: 123456789\n\n");
  CHECK(parser.next());
  parser.feed("data: 123456789\ndata: 12345678901\n\n");
  CHECK_THROWS_MATCHES(parser.next(), Error, HasId("result_too_large"));
}

TEST_CASE("what is written is read back", "[mcp]") {
  std::string stream;
  mcp::append_keepalive(stream);
  mcp::append_event(stream, R"({"a":1})", "message", "42");
  mcp::append_event(stream, "two\nlines\r\nthree");
  const auto seen = read(stream, 3);
  CHECK(seen.data == Texts{R"({"a":1})", "two\nlines\nthree"});
  CHECK(seen.types == Texts{"message", ""});
  CHECK(seen.last_id == "42");
}
