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

TEST_CASE("half of admin is a scope of its own, and both halves are one word", "[domain]") {
  CHECK(to_text(*parse_scopes("admin:read")) == "admin:read");
  CHECK(to_text(*parse_scopes("admin admin:read")) == "admin");
  CHECK_FALSE(has(*parse_scopes("admin:read"), Scope::admin));
  CHECK_FALSE(parse_scopes("admin:write"));
  CHECK_FALSE(parse_scopes("self"));
}

TEST_CASE("a role may do what is below it, and only an admin changes things", "[domain]") {
  CHECK(has(scopes_of(Role::member), Scope::self | Scope::mcp_read | Scope::mcp_write));
  CHECK((scopes_of(Role::member) & Scope::admin) == Scope::none);
  CHECK((scopes_of(Role::auditor) & Scope::admin) == Scope::admin_read);
  CHECK(has(scopes_of(Role::admin), Scope::admin));
  CHECK(parse_role("auditor") == Role::auditor);
  CHECK_FALSE(parse_role("Admin"));
}
