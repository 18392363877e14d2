#include "support/browser.h"
#include "support/catch.h"

using namespace patchbay;
using nlohmann::json;

namespace {

constexpr const char* password = "correct horse battery";

// The fixture with one admin, Ann, who is signed in.
struct Organisation : ControlFixture {
  Organisation() {
    const json made = ask("POST", "/v1/setup", "{}");
    REQUIRE(ann.accept(made.at("setup_link"), password, "ann"));
  }
  json add(const std::string& body) { return ann.ask("POST", "/v1/users", body); }
  // A new member at a browser of their own.
  Browser join(const std::string& name) {
    Browser browser(*this);
    const json made = add(json({{"name", name}}).dump());
    REQUIRE(browser.accept(made.at("invite_link"), password));
    return browser;
  }
  Browser ann{*this};
};

}  // namespace

TEST_CASE("the first admin comes in by the setup link, once", "[http]") {
  ControlFixture fixture;
  const std::string link = fixture.ask("POST", "/v1/setup", "{}").at("setup_link");
  CHECK(link.starts_with("https://gate.example/welcome#pbk_inv_"));
  Browser ann(fixture);
  CHECK(ann.ask("POST", "/v1/welcome/look", json({{"invite", link.substr(link.find('#') + 1)}}).dump())
            .at("first_admin") == true);
  CHECK_FALSE(ann.accept(link, "short", "ann"));
  REQUIRE(ann.accept(link, password, "ann"));
  CHECK(ann.ask("GET", "/v1/me").at("user").at("role") == "admin");
  CHECK(ann.set_cookie.starts_with("__Host-pb="));
  for (const char* part : {"; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"})
    CHECK(ann.set_cookie.find(part) != std::string::npos);
  Browser bob(fixture);
  CHECK_FALSE(bob.accept(link, password, "bob"));
}

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

TEST_CASE("a wrong name and a wrong password are told in the same words, and both are in the trail",
          "[http]") {
  Organisation org;
  Browser stranger(org);
  const auto wrong = [&](const char* name) {
    return stranger.call("POST", "/v1/session",
                         json({{"name", name}, {"password", "not the password"}}).dump());
  };
  const auto known = wrong("ann");
  const auto unknown = wrong("nobody");
  CHECK(known.status == 401);
  CHECK(known.body == unknown.body);
  const auto trail = org.trail();
  CHECK(trail[0].event.actor_name == "nobody");
  CHECK(trail[0].event.reason == "sign_in_failed");
  CHECK(trail[1].event.actor_name == "ann");
}

TEST_CASE("after many wrong passwords a name has to wait, and then may try again", "[http]") {
  Organisation org;
  Browser stranger(org);
  for (int i = 0; i < 10; ++i) CHECK_FALSE(stranger.sign_in("ann", "wrong wrong wrong"));
  const auto body = json({{"name", "ann"}, {"password", password}}).dump();
  const auto refused = stranger.call("POST", "/v1/session", body);
  CHECK(refused.status == 429);
  CHECK(org.error_of(refused) == "sign_in_later");
  CHECK(std::ranges::any_of(refused.headers, [](const Header& header) {
    return header.name == "Retry-After" && header.value == "900";
  }));
  org.store.clock().advance(std::chrono::minutes(16));
  CHECK(stranger.sign_in("ann", password));
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

TEST_CASE("people have their own tokens and sessions, and reach nobody else's", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  Browser eve = org.join("eve");
  const std::string id = bob.ask("POST", "/v1/me/tokens", R"({"name":"a","scopes":["mcp:read"]})").at("id");
  CHECK(eve.call("DELETE", "/v1/me/tokens/" + id).status == 404);
  const std::string session = bob.ask("GET", "/v1/me/sessions").at("sessions")[0].at("id");
  CHECK(eve.call("DELETE", "/v1/me/sessions/" + session).status == 404);
  CHECK(eve.ask("GET", "/v1/me/tokens").at("tokens").empty());
  CHECK(bob.call("DELETE", "/v1/me/sessions/" + session).status == 204);
  CHECK(bob.call("GET", "/v1/me").status == 401);
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

TEST_CASE("a session's request that changes something shows where it comes from", "[http]") {
  Organisation org;
  org.ann.sends_origin = false;
  const auto refused = org.ann.call("POST", "/v1/teams", R"({"name":"ops"})");
  CHECK(refused.status == 403);
  CHECK(org.error_of(refused) == "csrf");
  CHECK(org.ann.call("GET", "/v1/teams").status == 200);
  org.ann.csrf = org.ann.ask("GET", "/v1/me").at("csrf");
  CHECK(org.ann.call("POST", "/v1/teams", R"({"name":"ops"})").status == 201);
  org.ann.csrf += "x";
  CHECK(org.ann.call("POST", "/v1/teams", R"({"name":"data"})").status == 403);
}

TEST_CASE("what is dear asks for the password once more when the last time is a while ago", "[http]") {
  Organisation org;
  org.add(R"({"name":"bob"})");
  org.store.clock().advance(std::chrono::minutes(11));
  const auto refused = org.ann.call("POST", "/v1/users/bob/invite", "{}");
  CHECK(refused.status == 403);
  CHECK(org.error_of(refused) == "not_confirmed");
  CHECK(org.ann.call("POST", "/v1/session/confirm", R"({"password":"not the password"})").status == 403);
  const std::string before = org.ann.cookie;
  REQUIRE(org.ann.call("POST", "/v1/session/confirm", json({{"password", password}}).dump()).status == 204);
  CHECK(org.ann.cookie != before);
  CHECK(org.ann.call("POST", "/v1/users/bob/invite", "{}").status == 201);
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
