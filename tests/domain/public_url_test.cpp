#include "domain/public_url.h"

#include "base/error.h"
#include "support/catch.h"

using namespace patchbay;

TEST_CASE("a public address is an origin and a base path", "[domain]") {
  CHECK(parse_public_url("https://MCP.example.com").url == "https://mcp.example.com");
  CHECK(parse_public_url("https://mcp.example.com//").base_path.empty());
  const auto below = parse_public_url("http://10.0.0.7:8080/patch/bay/");
  CHECK(below.url == "http://10.0.0.7:8080/patch/bay");
  CHECK(below.base_path == "/patch/bay");
  for (const char* text : {"", "mcp.example.com", "ftp://a.example", "https://a.example/?x=1",
                           "https://u@a.example", "https://a.example/#x"})
    CHECK_THROWS_AS(parse_public_url(text), Error);
}
