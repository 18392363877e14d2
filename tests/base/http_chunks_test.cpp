#include "base/http_chunks.h"

#include "support/catch.h"
#include "support/mangled.h"

using namespace patchbay;

namespace {

struct Unchunked {
  Reading reading = Reading::more;
  int status = 0;
  std::string body;
  std::size_t used = 0;
};

Unchunked unchunk(std::string_view text, std::size_t step = std::string_view::npos, std::size_t limit = 100) {
  ChunkReader reader(limit);
  Unchunked result;
  while (result.used < text.size() && result.reading == Reading::more) {
    std::size_t used = 0;
    result.reading = reader.read(text.substr(result.used, step), result.body, used);
    result.used += used;
  }
  result.status = result.reading == Reading::refused ? reader.refusal.status : 0;
  return result;
}

}  // namespace

TEST_CASE("chunks become a body, extensions and trailers go", "[base]") {
  const std::string_view text =
      "4\r\nWiki\r\n00000A;x=\"y\"\r\npedia in c\r\n0;last\r\nAuthorization: Bearer x\r\nX:\r\n\r\n";
  for (const std::size_t step : {std::size_t{1}, std::size_t{5}, std::string_view::npos}) {
    const Unchunked result = unchunk(std::string(text) + "GET /", step);
    CHECK(result.reading == Reading::complete);
    CHECK(result.body == "Wikipedia in c");
    CHECK(result.used >= text.size());
  }
  CHECK(unchunk(std::string(text) + "GET /").used == text.size());
}

TEST_CASE("broken chunks are refused", "[base]") {
  for (const std::string_view bad :
       {"-2\r\nabc\r\n", "0x3\r\nabc\r\n", "ffffffff0\r\n", "\r\n", "3\nabc", "3 \r\nabc", " 3\r\nabc",
        "3\r\nabcXX", "3\r\nabc\rX", "3;\x01\r\n", "0\r\n folded: x\r\n", "0\r\nX\r\n", "0\r\nX: a\nb\r\n",
        "0\r\n\rX", ";x\r\n"}) {
    INFO(bad);
    CHECK(unchunk(bad).status == 400);
    CHECK(unchunk(bad, 1).status == 400);
  }
}

TEST_CASE("the limits of chunks hold to the byte", "[base]") {
  CHECK(unchunk("3\r\nabc\r\n0\r\n\r\n", 1, 3).body == "abc");
  CHECK(unchunk("3\r\nabc\r\n1\r\n", 1, 4).reading == Reading::more);
  CHECK(unchunk("3\r\nabc\r\n1\r\n", 1, 3).status == 413);
  CHECK(unchunk("ffffffff\r\n").status == 413);
  CHECK(unchunk("1;" + std::string(256, 'a') + "\r\n").reading == Reading::more);
  CHECK(unchunk("1;" + std::string(257, 'a')).status == 400);
  CHECK(unchunk("0\r\nX:" + std::string(8190, 'a')).reading == Reading::more);
  CHECK(unchunk("0\r\nX:" + std::string(8191, 'a')).status == 431);
}

TEST_CASE("mangled chunks are read alike in one piece and in many", "[base]") {
  std::mt19937 random(7);
  int complete = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string text = mangled("4;a=b\r\nabcd\r\n0\r\nX: y\r\n\r\n", random);
    INFO(text);
    CHECK(unchunk(text).reading == unchunk(text, 1).reading);
    CHECK(unchunk(text).body == unchunk(text, 1).body);
    complete += unchunk(text).reading == Reading::complete ? 1 : 0;
  }
  CHECK(complete > 300);
  CHECK(complete < 2900);
}
