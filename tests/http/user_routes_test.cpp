#include "store/servers.h"
#include "support/catch.h"
#include "support/organisation.h"

using namespace patchbay;
using nlohmann::json;

TEST_CASE("a person who was added sets a password by the link and signs in", "[http]") {
  Organisation org;
  const json made = org.add(R"({"name":"bob@example.org","title":"Bob","teams":[]})");
  CHECK(made.at("state") == "invited");
  CHECK(made.at("role") == "member");
  Browser bob(org);
  CHECK_FALSE(bob.sign_in("bob@example.org", password));
  REQUIRE(bob.accept(made.at("invite_link"), password));
  Browser again(org);
  CHECK(again.sign_in("BOB@example.org", password));
  CHECK_FALSE(again.sign_in("bob@example.org", "correct horse batter"));
  CHECK(again.ask("GET", "/v1/me").at("user").at("title") == "Bob");
  CHECK(org.ann.ask("GET", "/v1/users/bob@example.org").at("state") == "active");
  CHECK(again.call("DELETE", "/v1/session").status == 204);
  CHECK(again.call("GET", "/v1/me").status == 401);
}

TEST_CASE("a member administers nothing, an auditor reads all and changes nothing", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  for (const char* path :
       {"/v1/users", "/v1/teams", "/v1/servers", "/v1/audit", "/v1/tokens", "/v1/users/ann"})
    CHECK(bob.call("GET", path).status == 403);
  CHECK(bob.call("PATCH", "/v1/users/bob", R"({"role":"admin"})").status == 403);
  REQUIRE(org.ann.call("PATCH", "/v1/users/bob", R"({"role":"auditor"})").status == 200);
  for (const char* path :
       {"/v1/users", "/v1/teams", "/v1/servers", "/v1/audit", "/v1/tokens", "/v1/users/ann"})
    CHECK(bob.call("GET", path).status == 200);
  CHECK(bob.call("POST", "/v1/users", R"({"name":"eve"})").status == 403);
  CHECK(bob.call("PATCH", "/v1/users/bob", R"({"role":"admin"})").status == 403);
  CHECK(bob.call("DELETE", "/v1/users/ann").status == 403);
}

TEST_CASE("a role counts from the next request on, and nobody gives one to themselves", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  REQUIRE(org.ann.call("PATCH", "/v1/users/bob", R"({"role":"admin"})").status == 200);
  CHECK(bob.call("GET", "/v1/users").status == 200);
  REQUIRE(bob.confirm(password));
  REQUIRE(bob.call("PATCH", "/v1/users/ann", R"({"role":"member"})").status == 200);
  CHECK(org.ann.call("GET", "/v1/users").status == 403);
  const auto own = bob.call("PATCH", "/v1/users/bob", R"({"role":"member"})");
  CHECK(own.status == 403);
  CHECK(org.error_of(own) == "own_role");
  CHECK(bob.call("DELETE", "/v1/users/bob").status == 403);
}

TEST_CASE("the last admin stays one, even for the operator", "[http]") {
  Organisation org;
  const auto reply = org.call("PATCH", "/v1/users/ann", org.admin, R"({"role":"member"})");
  CHECK(reply.status == 409);
  CHECK(org.error_of(reply) == "last_admin");
  CHECK(org.call("DELETE", "/v1/users/ann", org.admin).status == 409);
}

TEST_CASE("whom an admin disables is out at once: session, token and password", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  const std::string token =
      bob.ask("POST", "/v1/me/tokens", R"({"name":"laptop","scopes":["mcp:read","catalog:read"]})")
          .at("token");
  const auto check = [&] { return org.bearer.check("Bearer " + token); };
  REQUIRE(check().caller);
  CHECK(check().caller->person->name == "bob");
  REQUIRE(org.ann.call("PATCH", "/v1/users/bob", R"({"disabled":true})").status == 200);
  CHECK(bob.call("GET", "/v1/me").status == 401);
  CHECK(check().refusal == "disabled_user");
  CHECK_FALSE(bob.sign_in("bob", password));
  REQUIRE(org.ann.call("PATCH", "/v1/users/bob", R"({"disabled":false})").status == 200);
  CHECK(check().caller);
  CHECK(bob.sign_in("bob", password));
}

TEST_CASE("a token does no more than its person may, also after the person's role changed", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  CHECK(bob.call("POST", "/v1/me/tokens", R"({"name":"a","scopes":["admin"]})").status == 403);
  REQUIRE(org.ann.call("PATCH", "/v1/users/bob", R"({"role":"admin"})").status == 200);
  REQUIRE(bob.confirm(password));
  const json made = bob.ask("POST", "/v1/me/tokens", R"({"name":"a","scopes":["admin"]})");
  const std::string token = made.at("token");
  CHECK(org.call("GET", "/v1/users", token).status == 200);
  REQUIRE(org.ann.call("PATCH", "/v1/users/bob", R"({"role":"auditor"})").status == 200);
  CHECK(org.call("GET", "/v1/users", token).status == 200);
  CHECK(org.call("POST", "/v1/teams", token, R"({"name":"x"})").status == 403);
  // An admin sees and revokes it, but nobody reads it again.
  const auto listed = org.ann.call("GET", "/v1/users/bob/tokens");
  CHECK(listed.body.find(made.at("id").get<std::string>()) != std::string::npos);
  CHECK(listed.body.find(token) == std::string::npos);
  CHECK(org.ann.call("DELETE", "/v1/tokens/" + made.at("id").get<std::string>()).status == 204);
  CHECK(org.call("GET", "/v1/users", token).status == 401);
}

TEST_CASE("a service account has tokens and no way to sign in", "[http]") {
  Organisation org;
  const json made = org.add(R"({"name":"ci","kind":"service"})");
  CHECK_FALSE(made.contains("invite_link"));
  const auto token = org.ann.ask("POST", "/v1/users/ci/tokens", R"({"name":"ci","scopes":["mcp:read"]})");
  CHECK(org.bearer.check("Bearer " + token.at("token").get<std::string>()).caller->person->is_service);
  CHECK(org.ann.call("POST", "/v1/users/ci/invite", "{}").status == 400);
  CHECK(org.ann.call("POST", "/v1/users/ci/tokens", R"({"name":"x","scopes":["admin"]})").status == 400);
  CHECK(org.ann.call("POST", "/v1/users/ann/tokens", R"({"name":"x","scopes":["mcp:read"]})").status == 403);
}

TEST_CASE("a name that is given up is in no access list of an admin's server any more", "[http]") {
  Organisation org;
  org.add(R"({"name":"Bob"})");
  org.ann.call("POST", "/v1/teams", R"({"name":"ops"})");
  Server from_catalog = a_server("linear");
  from_catalog.origin = ServerOrigin::catalog;
  from_catalog.access = {false, {"bob"}, {"ops"}};
  org.store.add(from_catalog);
  Server by_admin = a_server("notion");
  by_admin.access = {false, {"bob", "ann"}, {"ops", "data"}};
  org.store.add(by_admin);
  org.changes = 0;
  REQUIRE(org.ann.call("DELETE", "/v1/users/bob").status == 204);
  REQUIRE(org.ann.call("DELETE", "/v1/teams/ops").status == 204);
  CHECK(org.changes == 2);
  const auto access = [&](const char* slug) {
    return org.store.read([&](Database& db) { return store::require_server(db, slug); }).access;
  };
  CHECK(access("notion") == Access{false, {"ann"}, {"data"}});
  CHECK(access("linear") == from_catalog.access);
  const auto row = org.trail().front().event;
  CHECK(row.action == "server.change");
  CHECK(row.server == "notion");
  CHECK(row.reason.find("access") != std::string::npos);
  CHECK(row.actor_name == "ann");
}

TEST_CASE("fields that are not the caller's to set are refused", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  for (const char* body : {R"({"title":"x","role":"admin"})", R"({"title":"x","id":"1"})"})
    CHECK(bob.call("PATCH", "/v1/me", body).status == 400);
  CHECK(org.ann.call("POST", "/v1/users", R"({"name":"eve","password":"x"})").status == 400);
  CHECK(bob.ask("GET", "/v1/me").at("user").at("role") == "member");
  CHECK(bob.call("PATCH", "/v1/me", R"({"title":"Bobby"})").status == 200);
}

TEST_CASE("teams are made, filled, emptied and removed, each with its row", "[http]") {
  Organisation org;
  org.add(R"({"name":"bob"})");
  CHECK(org.ann.call("POST", "/v1/teams", R"({"name":"ops","members":["bob"]})").status == 201);
  CHECK(org.ann.call("POST", "/v1/teams", R"({"name":"ops"})").status == 409);
  CHECK(org.ann.call("POST", "/v1/teams", R"({"name":"data","members":["nobody"]})").status == 404);
  CHECK(org.ann.ask("GET", "/v1/users/bob").at("teams") == json({"ops"}));
  const json team = org.ann.ask("PATCH", "/v1/teams/ops", R"({"members":["ann"],"title":"Operations"})");
  CHECK(team.at("members")[0].at("name") == "ann");
  CHECK(org.trail().front().event.tool == "ops");
  CHECK(org.trail().front().event.reason == R"({"title":[null,"Operations"],"members":[["bob"],["ann"]]})");
  CHECK(org.ann.call("PATCH", "/v1/teams/ops", R"({"title":"x","revision":1})").status == 409);
  CHECK(org.ann.call("DELETE", "/v1/teams/ops").status == 204);
  CHECK(org.ann.call("GET", "/v1/teams/ops").status == 404);
}

TEST_CASE("the row of a changed person shows what was and what is", "[http]") {
  Organisation org;
  REQUIRE(org.ann.call("POST", "/v1/teams", R"({"name":"ops"})").status == 201);
  org.add(R"({"name":"bob","title":"Bob"})");
  const auto newest = [&] { return org.trail().front().event.reason; };
  CHECK(newest() == R"({"title":[null,"Bob"],"role":[null,"member"]})");
  const auto change = [&](const char* body) {
    REQUIRE(org.ann.call("PATCH", "/v1/users/bob", body).status == 200);
    return newest();
  };
  CHECK(change(R"({"role":"auditor","teams":["ops"]})") ==
        R"({"role":["member","auditor"],"teams":[[],["ops"]]})");
  CHECK(change(R"({"role":"auditor","disabled":true})") == R"({"disabled":[false,true]})");
  CHECK(change(R"({"title":"Bob"})").empty());
  REQUIRE(org.ann.call("DELETE", "/v1/users/bob").status == 204);
  CHECK(newest() ==
        R"({"title":["Bob",null],"role":["auditor",null],"disabled":[true,false],"teams":[["ops"],[]]})");
}

TEST_CASE("an explanation names the rule, and a plan who gains and loses what", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  org.ann.call("POST", "/v1/teams", R"({"name":"ops","members":["bob"]})");
  const auto made = org.ann.call(
      "POST", "/v1/servers",
      R"({"slug":"notion","url":"https://mcp.notion.com/mcp","enabled":true,"access":{"people":[],"teams":["ops"]}})");
  REQUIRE(made.status == 201);
  const auto why = [&](const std::string& user, const std::string& tool) {
    return org.ann.ask("GET", "/v1/access/explain?user=" + user + "&server=notion&tool=" + tool).at("call");
  };
  CHECK(why("bob", "search").at("reason") == "team");
  CHECK(why("ann", "search").at("reason") == "no_grant");
  CHECK(why("ann", "search").at("allowed") == false);
  CHECK(org.ann.call("GET", "/v1/access/explain?user=bob").status == 400);
  CHECK(org.ann.call("GET", "/v1/access/explain?user=nobody&server=notion").status == 404);
  CHECK(bob.call("GET", "/v1/access/explain?user=ann&server=notion").status == 403);
  org.live =
      std::vector<http::LiveTool>{{"search", {}, {}, {}, true, false}, {"write", {}, {}, {}, false, false}};
  const json plan =
      org.ann.ask("POST", "/v1/access/plan",
                  R"({"server":"notion","change":{"access":{"everyone":true},"deny":["write"]}})");
  CHECK(plan.at("gained") == json::parse(R"([{"user":"ann","tool":"search","reason":"everyone"}])"));
  CHECK(plan.at("lost") == json::parse(R"([{"user":"bob","tool":"write","reason":"tool_denied"}])"));
  CHECK(why("ann", "search").at("allowed") == false);
}

TEST_CASE("a token that is for MCP alone is none for the API", "[http]") {
  ControlFixture fixture;
  const auto token = fixture.make_token("agent", Scope::mcp_read | Scope::mcp_write);
  for (const char* path : {"/v1/users", "/v1/me", "/v1/servers"})
    CHECK(fixture.call("GET", path, token).status == 401);
}
