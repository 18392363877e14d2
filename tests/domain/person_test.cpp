#include "domain/person.h"

#include "support/catch.h"

using namespace patchbay;

TEST_CASE("scopes are read as words separated by blanks and written in one order", "[domain]") {
  const auto scopes = parse_scopes("admin  mcp:read catalog:read");
  REQUIRE(scopes);
  CHECK(has(*scopes, Scope::mcp_read));
  CHECK(has(*scopes, Scope::catalog_read));
  CHECK(has(*scopes, Scope::admin));
  CHECK_FALSE(has(*scopes, Scope::mcp_write));
  CHECK(to_text(*scopes) == "mcp:read catalog:read admin");
  CHECK(to_text(Scope::none).empty());
}

TEST_CASE("an unknown word or no word is no scope", "[domain]") {
  CHECK_FALSE(parse_scopes(""));
  CHECK_FALSE(parse_scopes("  "));
  CHECK_FALSE(parse_scopes("mcp:read root"));
  CHECK_FALSE(parse_scopes("MCP:READ"));
  CHECK_FALSE(parse_scopes("mcp:read,mcp:write"));
}
