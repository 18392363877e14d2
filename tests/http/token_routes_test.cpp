#include "support/catch.h"
#include "support/control_fixture.h"

using namespace patchbay;
using nlohmann::json;

namespace {

// Tokens of one millisecond have no order.
std::string state_of(ControlFixture& fixture, const std::string& name) {
  const json answer = fixture.ask("GET", "/v1/tokens");
  for (const auto& token : answer.at("tokens"))
    if (token.at("name") == name) return token.at("state");
  return "absent";
}

}  // namespace

TEST_CASE("only an admin may list, make or revoke tokens", "[http]") {
  ControlFixture fixture;
  for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
           {"GET", "/v1/tokens"}, {"POST", "/v1/tokens"}, {"DELETE", "/v1/tokens/admin"}}) {
    CHECK(fixture.call(method, path, "").status == 401);
    CHECK(fixture.call(method, path, fixture.reader, "{}").status == 403);
  }
  CHECK(fixture.call("GET", "/v1/tokens", fixture.admin).status == 200);
}

TEST_CASE("an API token makes no other token", "[http]") {
  ControlFixture fixture;
  fixture.ask("POST", "/v1/users", R"({"name":"ci","kind":"service"})");
  for (const char* path : {"/v1/tokens", "/v1/users/ci/tokens"}) {
    const auto refused = fixture.call("POST", path, fixture.admin, R"({"name":"x","scopes":["mcp:read"]})");
    CHECK(refused.status == 403);
    CHECK(fixture.error_of(refused) == "token_makes_token");
    CHECK(fixture.call_locally("POST", path, R"({"name":"x","scopes":["mcp:read"]})").status < 300);
  }
}

TEST_CASE("a new token is shown once and works at once", "[http]") {
  ControlFixture fixture;
  const auto reply = fixture.call_locally(
      "POST", "/v1/tokens",
      R"({"name":"ci","scopes":["mcp:read","admin"],"expires_in_days":2,"audience":"https://gate.example/"})");
  REQUIRE(reply.status == 201);
  const json made = json::parse(reply.body);
  const std::string token = made.at("token");
  CHECK(token.starts_with("pbk_"));
  CHECK(made.at("scopes") == "mcp:read admin");
  CHECK(made.at("audience") == "https://gate.example");
  CHECK(made.at("expires_at") == "2026-01-04T03:04:05.000Z");
  const auto listed = fixture.call("GET", "/v1/tokens", token);
  CHECK(listed.status == 200);
  CHECK(listed.body.find(token) == std::string::npos);
  CHECK(fixture.call("GET", "/v1/audit", fixture.admin).body.find(token) == std::string::npos);
  CHECK(fixture.trail().front().event.action == "token.create");
  CHECK(fixture.trail().front().event.tool == "ci");
  CHECK(fixture.ask("GET", "/v1/audit").at("events")[0].at("changes") ==
        json({{"name", {nullptr, "ci"}},
              {"scopes", {nullptr, "mcp:read admin"}},
              {"audience", {nullptr, "https://gate.example"}},
              {"expires_at", {nullptr, "2026-01-04T03:04:05.000Z"}}}));
}

TEST_CASE("a token that is asked for in a wrong way is not made", "[http]") {
  ControlFixture fixture;
  const auto refused = [&](const std::string& body) {
    return fixture.call_locally("POST", "/v1/tokens", body).status;
  };
  CHECK(refused(R"({"name":"ci","scopes":["root"]})") == 400);
  CHECK(refused(R"({"name":"ci","scopes":[]})") == 400);
  CHECK(refused(R"({"name":"ci","scopes":"admin"})") == 400);
  CHECK(refused(R"({"name":"","scopes":["admin"]})") == 400);
  CHECK(refused(R"({"name":"ci","scopes":["admin"],"expires_in_days":0})") == 400);
  CHECK(refused(R"({"name":"ci","scopes":["admin"],"expires_in_days":36501})") == 400);
  CHECK(refused(R"({"name":"ci","scopes":["admin"],"audience":"gate"})") == 400);
  CHECK(refused(R"({"name":"ci","scopes":["admin"],"forever":true})") == 400);
  CHECK(refused(R"({"name":"admin","scopes":["admin"]})") == 409);
  CHECK(fixture.trail().empty());
}

TEST_CASE("a revoked token is refused at its next call", "[http]") {
  ControlFixture fixture;
  const std::string other = fixture.make_token("other one", Scope::admin);
  CHECK(fixture.call("GET", "/v1/tokens", other).status == 200);
  CHECK(fixture.call("DELETE", "/v1/tokens/other%20one", fixture.admin).status == 204);
  CHECK(fixture.call("GET", "/v1/tokens", other).status == 401);
  CHECK(fixture.revoked.size() == 1);
  CHECK(fixture.trail().front().event.action == "token.revoke");
  CHECK(fixture.trail().front().event.reason == R"({"revoked_at":[null,"2026-01-02T03:04:05.000Z"]})");
  CHECK(fixture.call("DELETE", "/v1/tokens/other%20one", fixture.admin).status == 404);
  CHECK(state_of(fixture, "admin") == "live");
  CHECK(state_of(fixture, "other one") == "revoked");
}

TEST_CASE("an expired token is listed as such and refused", "[http]") {
  ControlFixture fixture;
  const std::string token =
      json::parse(
          fixture
              .call_locally("POST", "/v1/tokens", R"({"name":"ci","scopes":["admin"],"expires_in_days":1})")
              .body)
          .at("token");
  fixture.store.clock().advance(std::chrono::hours(24) - std::chrono::milliseconds(1));
  CHECK(fixture.call("GET", "/v1/tokens", token).status == 200);
  fixture.store.clock().advance(std::chrono::milliseconds(1));
  CHECK(fixture.call("GET", "/v1/tokens", token).status == 401);
  CHECK(state_of(fixture, "ci") == "expired");
}

TEST_CASE("a token that was made elsewhere is taken as it is", "[http]") {
  ControlFixture fixture;
  const std::string given = "pbk_" + std::string(42, 'b') + "A";
  const auto body = json{{"name", "given"}, {"scopes", {"admin"}}, {"token", given}}.dump();
  CHECK(fixture.call_locally("POST", "/v1/tokens", body).status == 201);
  CHECK(fixture.call("GET", "/v1/tokens", given).status == 200);
  CHECK(
      fixture.call_locally("POST", "/v1/tokens", R"({"name":"short","scopes":["admin"],"token":"pbk_short"})")
          .status == 400);
}
