#include "http/settings_routes.h"

#include "store/network_policy.h"
#include "support/catch.h"
#include "support/control_fixture.h"
#include "support/organisation.h"

using namespace patchbay;
using nlohmann::json;

namespace {

ConfiguredSetting a_setting(const std::string& name, std::string_view source = "default",
                            const std::string& place = {}) {
  return {name, "network", {"admin"}, false, source, place, "PATCHBAY_X"};
}

struct Configured : Organisation {
  Configured() { configured = {a_setting("network.private"), a_setting("network.allow")}; }
  NetworkPolicy policy() {
    return store.read([](Database& db) { return store::read_network_policy(db); });
  }
};

}  // namespace

TEST_CASE("settings are shown to those who read everything and changed by admins", "[http]") {
  Configured fixture;
  Browser bob = fixture.join("bob");
  CHECK(fixture.call("GET", "/v1/settings", "").status == 401);
  CHECK(bob.call("GET", "/v1/settings").status == 403);
  CHECK(bob.call("PATCH", "/v1/settings", R"({"organisation":"Acme"})").status == 403);
  CHECK(bob.call("PUT", "/v1/settings/network", R"({"private":"deny"})").status == 403);
  CHECK(fixture.ann.call("GET", "/v1/settings").status == 200);
  CHECK(fixture.error_of(fixture.call("PUT", "/v1/settings/network", fixture.admin,
                                      R"({"private":"deny"})")) == "needs_session");
  CHECK(fixture.network_changes == 0);
}

TEST_CASE("the organisation has a name, which every page is told", "[http]") {
  Configured fixture;
  CHECK(fixture.ann.ask("GET", "/v1/me").at("appliance").at("organisation").is_null());
  const json after = fixture.ann.ask("PATCH", "/v1/settings", R"({"organisation":"Acme"})");
  CHECK(after.at("settings")[0].at("value") == "Acme");
  CHECK(after.at("settings")[0].at("source") == "store");
  CHECK(after.at("settings")[0].at("editable") == true);
  CHECK(fixture.ann.ask("GET", "/v1/me").at("appliance").at("organisation") == "Acme");
  CHECK(fixture.trail().front().event.reason == R"({"organisation":[null,"Acme"]})");
  CHECK(fixture.ann.call("PATCH", "/v1/settings", R"({"organisation":null})").status == 200);
  for (const std::string body : {R"({"organisation":"a\nb"})", R"({"organisation":" a"})", R"({"logo":"x"})",
                                 R"({"organisation":"Bearer abcdefghijklmnopqrstuvwxyz012345"})"})
    CHECK(fixture.ann.call("PATCH", "/v1/settings", body).status == 400);
  const std::string most(http::SettingsRoutes::longest_name, 'a');
  CHECK(fixture.ann.call("PATCH", "/v1/settings", json({{"organisation", most}}).dump()).status == 200);
  CHECK(fixture.ann.call("PATCH", "/v1/settings", json({{"organisation", most + "a"}}).dump()).status == 400);
}

TEST_CASE(
    "3: the public address that admins choose counts from the next start on, unless the configuration says "
    "it",
    "[http]") {
  Configured fixture;
  fixture.configured.push_back(a_setting("public_url"));
  fixture.configured.back().values = {"http://localhost:8800"};
  const auto setting = [](const json& answer) {
    for (const auto& one : answer.at("settings"))
      if (one.at("name") == "public_url") return one;
    return json();
  };
  const json chosen =
      setting(fixture.ann.ask("PATCH", "/v1/settings", R"({"public_url":"https://MCP.example.com/bay/"})"));
  CHECK(chosen.at("value") == "http://localhost:8800");
  CHECK(chosen.at("next") == "https://mcp.example.com/bay");
  CHECK(chosen.at("editable") == true);
  CHECK(fixture.trail().front().event.reason == R"({"public_url":[null,"https://mcp.example.com/bay"]})");
  fixture.configured.back().source = "store";  // after a start
  fixture.configured.back().values = {"https://mcp.example.com/bay"};
  CHECK_FALSE(setting(fixture.ann.ask("GET", "/v1/settings")).contains("next"));
  CHECK(setting(fixture.ann.ask("PATCH", "/v1/settings", R"({"public_url":null})")).at("next").is_null());
  for (const std::string url :
       {"mcp.example.com", "ftp://a.example", "https://a.example/?x=1", "https://u@a.example"})
    CHECK(fixture.ann.call("PATCH", "/v1/settings", json({{"public_url", url}}).dump()).status == 400);
  const auto refused =
      fixture.call("PATCH", "/v1/settings", fixture.admin, R"({"public_url":"https://a.example"})");
  CHECK(fixture.error_of(refused) == "needs_session");
  fixture.configured.back().source = "environment";
  CHECK(fixture.error_of(fixture.ann.call("PATCH", "/v1/settings",
                                          R"({"public_url":"https://a.example"})")) == "setting_fixed");
}

TEST_CASE("where Patchbay may connect to is changed with the password at hand, at once and on record",
          "[http]") {
  Configured fixture;
  CHECK(fixture.ann.call("PUT", "/v1/settings/network", R"({"private":"list","allow":["10.0.0.0/8"]})")
            .status == 200);
  CHECK(fixture.policy() == NetworkPolicy{"list", std::vector<std::string>{"10.0.0.0/8"}});
  CHECK(fixture.network_changes == 1);
  CHECK(fixture.trail().front().event.action == "settings.network");
  fixture.store.clock().advance(std::chrono::minutes(11));
  CHECK(fixture.error_of(fixture.ann.call("PUT", "/v1/settings/network", R"({"private":"admin"})")) ==
        "not_confirmed");
  CHECK(fixture.network_changes == 1);
  CHECK(fixture.ann.call("POST", "/v1/session/confirm", json({{"password", password}}).dump()).status == 204);
  CHECK(fixture.ann.call("PUT", "/v1/settings/network", R"({"allow":null})").status == 200);
  CHECK(fixture.policy() == NetworkPolicy{"list", std::nullopt});
}

TEST_CASE("a network policy that cannot be is refused whole", "[http]") {
  Configured fixture;
  for (const std::string body : {R"({"private":"open"})", R"({"allow":["not a range/99"]})",
                                 R"({"private":"list","allow":["10.0.0.0/8",7]})", R"({"proxy":"x"})"})
    CHECK(fixture.ann.call("PUT", "/v1/settings/network", body).status == 400);
  CHECK(fixture.policy() == NetworkPolicy{});
  CHECK(fixture.network_changes == 0);
}

TEST_CASE("57: what the configuration sets is read-only and names the place", "[http]") {
  Configured fixture;
  fixture.configured[0] = a_setting("network.private", "environment", "PATCHBAY_NETWORK_PRIVATE");
  const json shown = fixture.ann.ask("GET", "/v1/settings").at("settings")[1];
  CHECK(shown.at("editable") == false);
  CHECK(shown.at("place") == "PATCHBAY_NETWORK_PRIVATE");
  const auto refused = fixture.ann.call("PUT", "/v1/settings/network", R"({"private":"deny"})");
  CHECK(refused.status == 409);
  CHECK(fixture.error_of(refused) == "setting_fixed");
  CHECK(fixture.policy() == NetworkPolicy{});
  CHECK(fixture.ann.call("PUT", "/v1/settings/network", R"({"allow":["10.0.0.0/8"]})").status == 200);
}
