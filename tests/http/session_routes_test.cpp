#include <array>

#include "http/refusal_log.h"
#include "support/organisation.h"

using namespace patchbay;
using nlohmann::json;

TEST_CASE("the first admin comes in by the setup link, once", "[http]") {
  ControlFixture fixture;
  const std::string link = json::parse(fixture.call_locally("POST", "/v1/setup", "{}").body).at("setup_link");
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

TEST_CASE("a start shows a link for the first admin while no admin can sign in", "[http]") {
  ControlFixture fixture;
  fixture.ask("POST", "/v1/users", R"({"name":"zoe","role":"admin"})");  // invited, without a password
  const auto first = fixture.users.first_admin_link();
  const auto second = fixture.users.first_admin_link();
  REQUIRE(first);
  REQUIRE(second);
  CHECK(fixture.trail().front().event.action == "setup.link");
  Browser ann(fixture);
  CHECK_FALSE(ann.accept(*first, password, "ann"));
  REQUIRE(ann.accept(*second, password, "ann"));
  CHECK_FALSE(fixture.users.first_admin_link());
  CHECK_FALSE(Browser(fixture).accept(*second, password, "bob"));
}

TEST_CASE("a link for the first admin is dead when an admin came in by another way", "[http]") {
  ControlFixture fixture;
  const json zoe =
      json::parse(fixture.call_locally("POST", "/v1/users", R"({"name":"zoe","role":"admin"})").body);
  const json bob = fixture.ask("POST", "/v1/users", R"({"name":"bob"})");
  REQUIRE(Browser(fixture).accept(bob.at("invite_link"), password));
  REQUIRE(fixture.users.first_admin_link());  // a member is none
  const auto newer = fixture.users.first_admin_link();
  REQUIRE(Browser(fixture).accept(zoe.at("invite_link"), password));
  CHECK_FALSE(Browser(fixture).accept(*newer, password, "eve"));
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

TEST_CASE("a session has another cookie from its first request in a new role, refused or not", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  REQUIRE(org.ann.call("PATCH", "/v1/users/bob", R"({"role":"admin"})").status == 200);
  REQUIRE(bob.confirm(password));
  REQUIRE(bob.call("PATCH", "/v1/users/ann", R"({"role":"member"})").status == 200);
  Browser stale = org.ann;
  CHECK(org.ann.call("GET", "/v1/users").status == 403);
  CHECK(org.ann.cookie != stale.cookie);
  CHECK(org.ann.call("GET", "/v1/me").status == 200);
  // A request that was under way with the old value is answered, and gets no value of its own.
  const std::string before = stale.cookie;
  CHECK(stale.call("GET", "/v1/me").status == 200);
  CHECK(stale.cookie == before);
  org.store.clock().advance(std::chrono::seconds(10));
  CHECK(stale.call("GET", "/v1/me").status == 401);
  CHECK(org.ann.call("GET", "/v1/me").status == 200);
  CHECK(org.ann.ask("GET", "/v1/me/sessions").at("sessions").size() == 1);
}

TEST_CASE("a new role wants the password again before it does what is dear", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  REQUIRE(org.ann.call("PATCH", "/v1/users/bob", R"({"role":"admin"})").status == 200);
  const auto refused = bob.call("POST", "/v1/users/ann/invite", "{}");
  CHECK(refused.status == 403);
  CHECK(org.error_of(refused) == "not_confirmed");
  REQUIRE(bob.confirm(password));
  CHECK(bob.call("POST", "/v1/users/ann/invite", "{}").status == 201);
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

TEST_CASE("links, roles and the tokens of others are dear, for a session alone", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  const std::string other =
      bob.ask("POST", "/v1/me/tokens", R"({"name":"b","scopes":["mcp:read"]})").at("id");
  const std::string own =
      org.ann.ask("POST", "/v1/me/tokens", R"({"name":"a","scopes":["mcp:read"]})").at("id");
  org.ann.ask("POST", "/v1/users", R"({"name":"ci","kind":"service"})");
  org.store.clock().advance(std::chrono::minutes(11));
  const std::vector<std::array<std::string, 3>> dear = {
      {"POST", "/v1/tokens", R"({"name":"x","scopes":["mcp:read"]})"},
      {"DELETE", "/v1/tokens/" + other, ""},
      {"POST", "/v1/users/ci/tokens", R"({"name":"x","scopes":["mcp:read"]})"},
      {"POST", "/v1/users", R"({"name":"eve","role":"auditor"})"},
      {"PATCH", "/v1/users/bob", R"({"role":"admin"})"},
      {"POST", "/v1/users/bob/invite", "{}"},
      {"POST", "/v1/setup", "{}"},
      {"POST", "/v1/me/tokens", R"({"name":"x","scopes":["admin"]})"}};
  for (const auto& [method, path, body] : dear) {
    INFO(path);
    const auto refused = org.ann.call(method, path, body);
    CHECK(refused.status == 403);
    CHECK(org.error_of(refused) == "not_confirmed");
  }
  CHECK(org.ann.call("DELETE", "/v1/tokens/" + own).status == 204);
  CHECK(org.ann.call("PATCH", "/v1/users/bob", R"({"role":"member","title":"Bob"})").status == 200);
  // Who steals an API token makes no tokens, admins and links from it; the operator may.
  for (const auto& [method, path, body] : dear) {
    if (path.starts_with("/v1/me")) continue;  // tokens of the appliance are no person
    INFO(path);
    if (method == "DELETE" || body.find("auditor") != std::string::npos) continue;
    const auto refused = org.call(method, path, org.admin, body);
    CHECK(refused.status == 403);
    CHECK(org.error_of(refused) == (path.ends_with("/tokens") ? "token_makes_token" : "needs_session"));
  }
  CHECK(org.call("POST", "/v1/users", org.admin, R"({"name":"mal","role":"admin"})").status == 403);
  for (const auto& [method, path, body] : dear) {
    if (path.starts_with("/v1/me")) continue;
    INFO(path);
    CHECK(org.call_locally(method, path, body).status < 300);
  }
}

TEST_CASE("what strangers try at a name does not keep its owner from the password once more", "[http]") {
  Organisation org;
  Browser stranger(org);
  for (int i = 0; i < 10; ++i) CHECK_FALSE(stranger.sign_in("ann", "wrong wrong wrong"));
  CHECK(org.ann.call("POST", "/v1/session/confirm", R"({"password":"not the password"})").status == 403);
  CHECK(org.trail().front().event.action == "session.confirm");
  CHECK(org.trail().front().event.reason == "wrong_password");
  CHECK(org.ann.confirm(password));
  for (int i = 0; i < 10; ++i) CHECK_FALSE(org.ann.confirm("wrong wrong wrong"));
  CHECK(org.ann.call("POST", "/v1/session/confirm", json({{"password", password}}).dump()).status == 429);
}

TEST_CASE("one address leaves so many refused sign-ins in the trail and no more", "[http]") {
  Organisation org;
  Browser stranger(org);
  for (int i = 0; i < http::RefusalLog::each_minute + 20; ++i)
    CHECK_FALSE(stranger.sign_in("somebody" + std::to_string(i % 30), "wrong wrong wrong"));
  const auto count = [&] {
    return std::ranges::count_if(org.trail(), [](const auto& row) { return row.event.outcome == "refused"; });
  };
  CHECK(count() == http::RefusalLog::each_minute);
  org.store.clock().advance(std::chrono::minutes(2));
  CHECK_FALSE(stranger.sign_in("somebody", "wrong wrong wrong"));
  CHECK(count() == http::RefusalLog::each_minute + 1);
}
