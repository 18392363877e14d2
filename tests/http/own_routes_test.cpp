#include "store/member_secrets.h"
#include "support/organisation.h"

using namespace patchbay;
using nlohmann::json;

namespace {

constexpr const char* secret = "tok_4f9a2c7711aa";

std::string own_text(json more = json::object()) {
  json body = {{"title", "My notes"}, {"url", "https://notes.example/mcp"}};
  body.update(more);
  return body.dump();
}

// A server of the organisation that asks each person for a header.
std::string each_text() {
  return json({{"slug", "crm"},
               {"url", "https://crm.example/mcp"},
               {"enabled", true},
               {"auth", "headers"},
               {"credential_mode", "perMember"},
               {"member_headers", {"X-Api-Key"}}})
      .dump();
}

}  // namespace

TEST_CASE("a person's own connector is enabled, shown to them with its secrets left out, and tested",
          "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  const auto made = bob.call("POST", "/v1/me/servers", own_text({{"auth", "apiKey"}, {"api_key", secret}}));
  REQUIRE(made.status == 201);
  CHECK(made.body.find(secret) == std::string::npos);
  const json shown = json::parse(made.body);
  CHECK(shown.at("slug") == "my-notes");
  CHECK(shown.at("enabled") == true);
  CHECK(shown.at("origin") == "member");
  CHECK(shown.at("has_api_key") == true);
  CHECK(org.tested.size() == 1);
  CHECK(org.own_changes.back() == UserId(bob.ask("GET", "/v1/me").at("user").at("id").get<std::string>()));
  CHECK(org.trail().front().event.server == "own:my-notes");
  CHECK(org.trail().front().event.reason.find(secret) == std::string::npos);
}

TEST_CASE("R39: another person's connector is not there, by name or id, on every verb", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  Browser carl = org.join("carl");
  const std::string id = bob.ask("POST", "/v1/me/servers", own_text()).at("id");
  for (Browser* other : {&carl, &org.ann})
    for (const std::string& name : {std::string("my-notes"), id}) {
      CAPTURE(name);
      const std::string path = "/v1/me/servers/" + name;
      CHECK(other->call("GET", path).status == 404);
      CHECK(other->call("PATCH", path, R"({"title":"mine"})").status == 404);
      CHECK(other->call("DELETE", path).status == 404);
      CHECK(other->call("POST", path + "/test").status == 404);
      CHECK(other->call("GET", path + "/tools").status == 404);
      CHECK(other->call("GET", "/v1/me/credentials/" + name).status == 404);
    }
  CHECK(org.ann.call("GET", "/v1/servers/my-notes").status == 404);
  CHECK(org.ann.call("GET", "/v1/servers/" + id).status == 404);
  CHECK(org.ann.ask("GET", "/v1/servers").at("servers").empty());
  CHECK(carl.ask("GET", "/v1/me/servers").at("servers").empty());
  CHECK(bob.ask("GET", "/v1/me/servers").at("servers").size() == 1);
}

TEST_CASE("R34: two people may call their connectors the same, one person may not", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  Browser carl = org.join("carl");
  CHECK(bob.call("POST", "/v1/me/servers", own_text()).status == 201);
  CHECK(carl.call("POST", "/v1/me/servers", own_text()).status == 201);
  const auto again = bob.call("POST", "/v1/me/servers", own_text());
  CHECK(again.status == 409);
  CHECK(org.error_of(again) == "slug_taken");
}

TEST_CASE("the name of a server that one sees is taken, that of a hidden one is not there", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  REQUIRE(
      org.ann.call("POST", "/v1/servers", R"({"slug":"seen","url":"https://a.example/mcp","enabled":true})")
          .status == 201);
  REQUIRE(org.ann
              .call("POST", "/v1/servers",
                    R"({"slug":"hidden","url":"https://b.example/mcp","enabled":true,"access":{}})")
              .status == 201);
  CHECK(bob.call("POST", "/v1/me/servers", own_text({{"slug", "seen"}})).status == 409);
  CHECK(bob.call("POST", "/v1/me/servers", own_text({{"slug", "hidden"}})).status == 201);
}

TEST_CASE("what is an admin's to say is refused on one's own connector", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  for (const char* field :
       {"access", "availability", "credential_mode", "member_headers", "ca_file", "rollout", "owner",
        "origin", "id", "revision_", "access_token", "connected_at"}) {
    CAPTURE(field);
    CHECK(bob.call("POST", "/v1/me/servers", own_text({{field, "x"}})).status == 400);
  }
  CHECK(bob.call("POST", "/v1/me/servers", own_text({{"url", "http://10.0.0.8/mcp"}})).status == 400);
  CHECK(bob.call("POST", "/v1/me/servers", own_text({{"title", "Bearer abcdefghijk"}})).status == 400);
  CHECK(bob.ask("GET", "/v1/me/servers").at("servers").empty());
}

TEST_CASE("R38: values for headers that an admin named go in sealed and never come out", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  REQUIRE(org.ann.call("POST", "/v1/servers", each_text()).status == 201);
  CHECK(bob.ask("GET", "/v1/me/credentials/crm").at("headers") ==
        json::array({{{"name", "X-Api-Key"}, {"has_value", false}}}));
  const auto put =
      bob.call("PUT", "/v1/me/credentials/crm", json({{"headers", {{"X-Api-Key", secret}}}}).dump());
  REQUIRE(put.status == 200);
  CHECK(put.body.find(secret) == std::string::npos);
  CHECK(json::parse(put.body).at("headers").at(0).at("has_value") == true);
  CHECK(org.ann.ask("GET", "/v1/servers/crm/accounts").at("accounts").at(0).at("user") == "bob");
  CHECK(org.ann.call("GET", "/v1/servers/crm/accounts").body.find(secret) == std::string::npos);
  for (const auto& row : org.trail()) CHECK(row.event.reason.find(secret) == std::string::npos);

  for (const json& wrong : {json({{"headers", {{"X-Other", "v"}}}}), json({{"headers", json::object()}}),
                            json({{"headers", {{"X-Api-Key", "a\nb"}}}}),
                            json({{"headers", {{"X-Api-Key", "v"}, {"Host", "evil"}}}})})
    CHECK(bob.call("PUT", "/v1/me/credentials/crm", wrong.dump()).status == 400);
  CHECK(bob.call("DELETE", "/v1/me/credentials/crm").status == 204);
  CHECK(org.ann.ask("GET", "/v1/servers/crm/accounts").at("accounts").empty());
}

TEST_CASE("R64, R93: a new destination, another way to sign in and a disconnect forget what people gave",
          "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  REQUIRE(org.ann.call("POST", "/v1/servers", each_text()).status == 201);
  const auto give = [&] {
    REQUIRE(bob.call("PUT", "/v1/me/credentials/crm", json({{"headers", {{"X-Api-Key", secret}}}}).dump())
                .status == 200);
  };
  const auto accounts = [&] { return org.ann.ask("GET", "/v1/servers/crm/accounts").at("accounts").size(); };
  give();
  CHECK(org.ann.call("PATCH", "/v1/servers/crm", R"({"title":"CRM"})").status == 200);
  CHECK(accounts() == 1);
  CHECK(org.ann.call("PATCH", "/v1/servers/crm", R"({"url":"https://other.example/mcp"})").status == 200);
  CHECK(accounts() == 0);
  give();
  CHECK(org.ann.call("PATCH", "/v1/servers/crm", R"({"member_headers":["X-New"]})").status == 200);
  CHECK(accounts() == 0);
  CHECK(org.ann.call("PATCH", "/v1/servers/crm", R"({"member_headers":["X-Api-Key"]})").status == 200);
  give();
  CHECK(org.ann.call("POST", "/v1/servers/crm/disconnect").status == 204);
  CHECK(accounts() == 0);
  give();
  CHECK(org.ann.call("DELETE", "/v1/servers/crm").status == 204);
  CHECK(org.store.read([](Database& db) { return store::list_people_with_own(db).size(); }) == 0);
}

TEST_CASE("R90: a member sees what they may use, and nothing that is an admin's", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  REQUIRE(org.ann
              .call("POST", "/v1/servers",
                    R"({"slug":"wiki","url":"https://wiki.internal.example/mcp","enabled":true,)"
                    R"("auth":"headers","headers":{"X-Secret-Name":"v"},"access":{"people":["bob"]}})")
              .status == 201);
  REQUIRE(org.ann
              .call("POST", "/v1/servers",
                    R"({"slug":"hr","url":"https://hr.example/mcp","enabled":true,"access":{}})")
              .status == 201);
  REQUIRE(org.ann.call("POST", "/v1/servers", R"({"slug":"later","url":"https://l.example/mcp"})").status ==
          201);
  const auto reply = bob.call("GET", "/v1/me/connections");
  const json list = json::parse(reply.body).at("connections");
  REQUIRE(list.size() == 1);
  CHECK(list.at(0).at("slug") == "wiki");
  CHECK(list.at(0).at("reason") == "person");
  for (const char* hidden : {"internal.example", "X-Secret-Name", "url", "people", "ann"})
    CHECK((std::string(hidden) == "url" ? !list.at(0).contains("url")
                                        : reply.body.find(hidden) == std::string::npos));
}

TEST_CASE("a call that waits is the person's to allow, at their browser and nobody else's", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  Browser carl = org.join("carl");
  const auto server = a_server("mail");
  Caller caller;
  caller.person = org.bearer.person(UserId(bob.ask("GET", "/v1/me").at("user").at("id").get<std::string>()));
  CHECK(org.approvals.take(caller, server, "send", R"({"to":"eve"})") == gateway::Approval::State::waiting);
  const json waiting = bob.ask("GET", "/v1/me/approvals").at("approvals");
  REQUIRE(waiting.size() == 1);
  CHECK(waiting.at(0).at("arguments_preview") == R"({"to":"eve"})");
  CHECK(carl.ask("GET", "/v1/me/approvals").at("approvals").empty());
  const std::string path = "/v1/me/approvals/" + waiting.at(0).at("id").get<std::string>();
  CHECK(carl.call("POST", path, R"({"allow":true})").status == 404);
  const std::string token =
      bob.ask("POST", "/v1/me/tokens", R"({"name":"agent","scopes":["mcp:read","mcp:write","catalog:read"]})")
          .at("token");
  CHECK(org.call("POST", path, token, R"({"allow":true})").status == 403);
  CHECK(bob.call("POST", path, R"({"allow":true})").status == 204);
  CHECK(org.approvals.take(caller, server, "send", R"({"to":"bob"})") == gateway::Approval::State::waiting);
  CHECK(org.approvals.take(caller, server, "send", R"({"to":"eve"})") == gateway::Approval::State::allowed);
  CHECK(org.approvals.take(caller, server, "send", R"({"to":"eve"})") == gateway::Approval::State::waiting);
  org.store.clock().advance(std::chrono::minutes(11));
  CHECK(bob.ask("GET", "/v1/me/approvals").at("approvals").empty());
}
