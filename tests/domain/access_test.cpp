#include "domain/access.h"

#include "support/catch.h"

using namespace patchbay;

namespace {

Caller with_scopes(Scope scopes) {
  Caller caller;
  caller.scopes = scopes;
  return caller;
}

Caller the_operator() {
  Caller caller;
  caller.proof = Caller::Proof::local_operator;
  return caller;
}

Server open_server() {
  Server server;
  server.slug = "notion";
  server.enabled = true;
  return server;
}

const Caller full = with_scopes(Scope::mcp_read | Scope::mcp_write);

}  // namespace

TEST_CASE("a token sees with the read scope and calls with the write scope only", "[domain]") {
  const Server server = open_server();
  CHECK(decide(with_scopes(Scope::none), server, "t", Use::see).reason == "no_read_scope");
  CHECK(decide(with_scopes(Scope::admin | Scope::catalog_read), server, "t", Use::see).reason ==
        "no_read_scope");
  CHECK(decide(with_scopes(Scope::mcp_read), server, "t", Use::call).reason == "no_write_scope");
  CHECK(decide(with_scopes(Scope::mcp_read), server, "t", Use::see).allowed);
  CHECK(decide(with_scopes(Scope::mcp_write), server, "t", Use::call).allowed);
  CHECK(decide(full, server, "t", Use::call).reason == "everyone");
}

TEST_CASE("a disabled server is refused to all, the operator included", "[domain]") {
  Server server = open_server();
  server.enabled = false;
  CHECK(decide(full, server, "", Use::see).reason == "disabled");
  CHECK(decide(the_operator(), server, "t", Use::call).reason == "disabled");
}

TEST_CASE("a grant to a person or to a team of theirs counts, in any case of letters", "[domain]") {
  Server server = open_server();
  server.access = {false, {"Ann@Example.org"}, {"Ops"}};
  const auto as = [](Person person) {
    Caller caller = full;
    caller.person = std::make_shared<const Person>(std::move(person));
    return caller;
  };
  CHECK(decide(as({{}, "ann@example.org", {}, Role::member, false, {}}), server, "t", Use::call).reason ==
        "person");
  CHECK(decide(as({{}, "bob", {}, Role::member, false, {"data", "ops"}}), server, "t", Use::see).reason ==
        "team");
  const Decision other = decide(as({{}, "bob", {}, Role::admin, false, {"data"}}), server, "t", Use::see);
  CHECK_FALSE(other.allowed);
  CHECK(other.reason == "no_grant");
  Server nobody = server;
  nobody.access = {false, {}, {}};
  CHECK_FALSE(
      decide(as({{}, "ann@example.org", {}, Role::admin, false, {"ops"}}), nobody, "t", Use::see).allowed);
}

TEST_CASE("every rule that decides has words for people", "[domain]") {
  for (const char* reason : {"everyone", "person", "team", "operator", "scope", "no_grant", "disabled",
                             "tool_denied", "tool_not_allowed", "no_read_scope", "no_write_scope"})
    CHECK(explain(reason) != explain("something else"));
}

TEST_CASE("a server that is not for everyone is refused to a token that stands for nobody", "[domain]") {
  Server server = open_server();
  server.access = {false, {"ann"}, {"ops"}};
  const Decision decision = decide(full, server, "t", Use::call);
  CHECK_FALSE(decision.allowed);
  CHECK(decision.reason == "no_grant");
  CHECK(decide(the_operator(), server, "t", Use::call).allowed);
}

TEST_CASE("a denied tool is out of reach for listing and calling, also where it is allowed by name",
          "[domain]") {
  Server server = open_server();
  server.allow = {"read", "write"};
  server.deny = {"write"};
  for (const Use use : {Use::see, Use::call}) {
    CHECK(decide(full, server, "read", use).allowed);
    CHECK(decide(full, server, "write", use).reason == "tool_denied");
    CHECK(decide(full, server, "other", use).reason == "tool_not_allowed");
    CHECK(decide(the_operator(), server, "write", use).reason == "tool_denied");
    CHECK(decide(full, server, "Read", use).reason == "tool_not_allowed");
  }
  CHECK(decide(full, server, "", Use::see).allowed);
}
