#include "store/servers.h"
#include "support/catch.h"
#include "support/control_fixture.h"

using namespace patchbay;
using nlohmann::json;

namespace {

std::string server_text(json more = json::object()) {
  json body = {{"title", "Notion"}, {"url", "https://mcp.notion.example/mcp"}, {"enabled", true}};
  body.update(more);
  return body.dump();
}

}  // namespace

TEST_CASE("R119: the same body put twice under a key is one server and one change", "[http]") {
  ControlFixture fixture;
  CHECK(fixture.call("PUT", "/v1/servers/by-key/terraform%2F7", fixture.admin, server_text()).status == 201);
  CHECK(fixture.call("PUT", "/v1/servers/by-key/terraform%2F7", fixture.admin, server_text()).status == 200);
  CHECK(fixture.ask("GET", "/v1/servers").at("servers").size() == 1);
  CHECK(fixture.trail().size() == 1);
  const json changed =
      fixture.ask("PUT", "/v1/servers/by-key/terraform%2F7", server_text({{"description", "Pages"}}));
  CHECK(changed.at("description") == "Pages");
  CHECK(changed.at("external_key") == "terraform/7");
  CHECK(fixture.trail().size() == 2);
  CHECK(fixture.call("DELETE", "/v1/servers/by-key/other", fixture.admin).status == 404);
  CHECK(fixture.call("DELETE", "/v1/servers/by-key/terraform%2F7", fixture.admin).status == 204);
  CHECK(fixture.ask("GET", "/v1/servers").at("servers").empty());
}

TEST_CASE("R68: access is put as a whole: who is not named any more is out", "[http]") {
  ControlFixture fixture;
  fixture.store.add(a_server("notion"));
  CHECK(
      fixture.ask("PUT", "/v1/servers/notion/access", R"({"people":["ann"],"teams":["ops"]})").at("access") ==
      json({{"everyone", false}, {"people", {"ann"}}, {"teams", {"ops"}}}));
  CHECK(fixture.ask("PUT", "/v1/servers/notion/access", R"({"people":["bob"]})").at("access") ==
        json({{"everyone", false}, {"people", {"bob"}}, {"teams", json::array()}}));
  CHECK(fixture.ask("PUT", "/v1/servers/notion/access", "{}").at("access").at("everyone") == false);
  CHECK(fixture.call("PUT", "/v1/servers/notion/access", fixture.admin, R"({"everybody":true})").status ==
        400);
  CHECK(fixture.changes == 3);
}

TEST_CASE("a tool policy is by exact name, and a preset writes down the names of now", "[http]") {
  ControlFixture fixture;
  fixture.store.add(a_server("notion"));
  const json put = fixture.ask("PUT", "/v1/servers/notion/tool-policy",
                               R"({"otherwise":"ask","tools":{"delete":"off","read":"allow"}})");
  CHECK(put == json({{"otherwise", "ask"}, {"tools", {{"delete", "off"}, {"read", "allow"}}}}));
  CHECK(fixture.ask("GET", "/v1/servers/notion/tool-policy") == put);
  CHECK(fixture
            .call("PUT", "/v1/servers/notion/tool-policy", fixture.admin,
                  R"({"otherwise":"allow","tools":{"a b":"off"}})")
            .status == 400);
  CHECK(fixture
            .call("PUT", "/v1/servers/notion/tool-policy", fixture.admin,
                  R"({"otherwise":"allow","tools":{"a":"maybe"}})")
            .status == 400);
  const auto early =
      fixture.call("PUT", "/v1/servers/notion/tool-policy", fixture.admin, R"({"preset":"read_only"})");
  CHECK(early.status == 409);
  fixture.live.emplace();
  fixture.live->push_back({"search", "", "Finds.", "d1", true, false});
  fixture.live->push_back({"write", "", "Writes.", "d2", false, false});
  CHECK(fixture.ask("PUT", "/v1/servers/notion/tool-policy", R"({"preset":"read_only"})") ==
        json({{"otherwise", "off"}, {"tools", {{"search", "allow"}}}}));
  CHECK(fixture.ask("GET", "/v1/servers/notion/tools").at("tools").at(1).at("policy") == "off");
  CHECK(fixture.ask("PUT", "/v1/servers/notion/tool-policy", R"({"preset":"everything"})").at("otherwise") ==
        "allow");
}

TEST_CASE("policy and roll-out stand beside the catalog file and outlast its next reading", "[http]") {
  ControlFixture fixture;
  const auto sync = [&] {
    return fixture.store.transact([&](Database& db) {
      return store::sync_catalog_servers(db, {a_server("notion")}, fixture.store.clock().now());
    });
  };
  sync();
  CHECK(fixture.call("PUT", "/v1/servers/notion/rollout", fixture.admin, R"({"state":"dark"})").status ==
        200);
  CHECK(
      fixture.call("PUT", "/v1/servers/notion/tool-policy", fixture.admin, R"({"otherwise":"off"})").status ==
      200);
  CHECK_FALSE(sync().any());
  const json shown = fixture.ask("GET", "/v1/servers/notion");
  CHECK(shown.at("rollout").at("state") == "dark");
  CHECK(shown.at("tool_policy").at("otherwise") == "off");
  CHECK(fixture.call("PUT", "/v1/servers/notion/access", fixture.admin, "{}").status == 409);
}

TEST_CASE("R117: a preset brings its URL and icon, and may be added again under another name", "[http]") {
  ControlFixture fixture;
  const auto made = fixture.call("POST", "/v1/servers", fixture.admin, R"({"preset":"context7"})");
  REQUIRE(made.status == 201);
  const json shown = json::parse(made.body);
  CHECK(shown.at("origin") == "preset");
  CHECK(shown.at("url") == "https://mcp.context7.com/mcp");
  CHECK(shown.at("enabled") == false);
  const auto icon = fixture.call("GET", shown.at("icon").get<std::string>(), "");
  CHECK(icon.status == 200);
  CHECK(icon.body.starts_with("<svg "));
  CHECK(fixture.call("POST", "/v1/servers", fixture.admin, R"({"preset":"context7"})").status == 409);
  CHECK(fixture.call("POST", "/v1/servers", fixture.admin, R"({"preset":"context7","slug":"docs"})").status ==
        201);
  CHECK(fixture.call("POST", "/v1/servers", fixture.admin, R"({"preset":"none"})").status == 400);
  const json notion = fixture.ask("POST", "/v1/servers", R"({"preset":"notion"})");
  CHECK(notion.at("auth") == "oauth");
  CHECK(notion.at("credential_mode") == "perMember");
}

TEST_CASE("R70: fields that contradict each other are refused with the field's name", "[http]") {
  ControlFixture fixture;
  const auto refused = [&](json more) {
    const auto reply = fixture.call("POST", "/v1/servers", fixture.admin, server_text(std::move(more)));
    CHECK(reply.status == 400);
    return fixture.error_of(reply);
  };
  CHECK(refused({{"auth", "apiKey"}}) == "api_key");
  CHECK(refused({{"auth", "headers"}}) == "headers");
  CHECK(refused({{"credential_mode", "perMember"}}) == "credential_mode");
  CHECK(refused({{"member_headers", {"X-Key"}}}) == "member_headers");
  CHECK(
      refused({{"auth", "headers"}, {"credential_mode", "perMember"}, {"member_headers", {"X-A", "x-a"}}}) ==
      "member_headers");
  CHECK(refused({{"auth", "headers"}, {"credential_mode", "perMember"}, {"member_headers", {"Host"}}}) ==
        "header");
  CHECK(refused({{"title", "sk-abcdefghijklmnop"}}) == "secret_in_name");
  CHECK(fixture.ask("GET", "/v1/servers").at("servers").empty());
}

TEST_CASE("a preset with a key put twice under an external key is one server and one change", "[http]") {
  ControlFixture fixture;
  const char* body = R"({"preset":"notion","api_key":"ntn-secret-1234","enabled":true})";
  const auto made = fixture.call("PUT", "/v1/servers/by-key/n", fixture.admin, body);
  CHECK(made.status == 201);
  CHECK(json::parse(made.body).at("credential_mode") == "shared");
  CHECK(fixture.call("PUT", "/v1/servers/by-key/n", fixture.admin, body).status == 200);
  CHECK(fixture.trail().size() == 1);
  const char* other = R"({"preset":"notion","api_key":"ntn-secret-5678","enabled":true})";
  CHECK(fixture.call("PUT", "/v1/servers/by-key/n", fixture.admin, other).status == 200);
  CHECK(fixture.trail().size() == 2);
}

TEST_CASE("a roll-out or policy that does not say what holds is refused rather than open to all", "[http]") {
  ControlFixture fixture;
  fixture.store.add(a_server("notion"));
  CHECK(fixture.call("PUT", "/v1/rollout", fixture.admin, R"({"people":["ann"]})").status == 400);
  CHECK(fixture.call("PUT", "/v1/servers/notion/rollout", fixture.admin, R"({"teams":["ops"]})").status ==
        400);
  CHECK(fixture.call("PUT", "/v1/servers/notion/tool-policy", fixture.admin, "{}").status == 400);
}
