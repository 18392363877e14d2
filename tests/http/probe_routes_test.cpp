#include "http/probe_routes.h"

#include "support/catch.h"
#include "support/control_fixture.h"
#include "support/organisation.h"

using namespace patchbay;
using nlohmann::json;

namespace {

json look(Browser& browser, const std::string& url, const std::string& path = "/v1/servers/probe") {
  return browser.ask("POST", path, json({{"url", url}}).dump());
}

}  // namespace

TEST_CASE("addresses are looked at for those who may add them, in their own right", "[http]") {
  Organisation fixture;
  Browser bob = fixture.join("bob");
  const std::string body = R"({"url":"https://mcp.linear.app/mcp"})";
  CHECK(fixture.call("POST", "/v1/servers/probe", "", body).status == 401);
  CHECK(fixture.call("POST", "/v1/servers/probe", fixture.reader, body).status == 403);
  CHECK(bob.call("POST", "/v1/servers/probe", body).status == 403);
  CHECK(fixture.call("POST", "/v1/me/servers/probe", fixture.admin, body).status == 403);
  CHECK(fixture.probed.empty());
  look(fixture.ann, "https://a.example/");
  look(bob, "https://b.example/", "/v1/me/servers/probe");
  CHECK(fixture.probed == decltype(fixture.probed){{"https://a.example/", UrlSource::admin},
                                                   {"https://b.example/", UrlSource::member}});
  CHECK(fixture.askers.front() != fixture.askers.back());
}

TEST_CASE("what is found is told with a name to begin with", "[http]") {
  Organisation fixture;
  fixture.address.auth = gateway::AddressProbe::Auth::oauth;
  fixture.address.sign_in_host = "auth.example";
  fixture.address.registration = "dynamic";
  fixture.address.warnings = {{"path_added", "It lies at /mcp."}};
  fixture.address.steps = {{"connect", true, "", 3}};
  const json linear = look(fixture.ann, "mcp.linear.app/mcp");
  CHECK(linear.at("url") == "https://mcp.linear.app/mcp");
  CHECK(linear.at("preset") == "linear");
  CHECK(linear.at("title") == "Linear");
  CHECK(linear.at("slug") == "linear");
  CHECK(linear.at("auth") == "oauth");
  CHECK(linear.at("sign_in") == json({{"host", "auth.example"}, {"registration", "dynamic"}}));
  CHECK(linear.at("tools").is_null());
  CHECK(linear.at("warnings")[0].at("id") == "path_added");
  CHECK(look(fixture.ann, "https://docs.mcp.cloudflare.com/x").at("title") == "Cloudflare");
  CHECK(look(fixture.ann, "https://mcp.shop.co.uk/x").at("title") == "Shop");
  CHECK(look(fixture.ann, "http://10.0.0.5/mcp").at("title") == "10.0.0.5");
  CHECK(look(fixture.ann, "http://gateway/mcp").at("title") == "gateway");
}

TEST_CASE("an address that is there already is said to be", "[http]") {
  Organisation fixture;
  fixture.store.add(a_server("notion"));
  CHECK(look(fixture.ann, "https://notion.example/mcp").at("added") == "notion");
  CHECK(look(fixture.ann, "https://notion.example/other").at("added").is_null());
  CHECK(look(fixture.ann, "https://notion.example/mcp", "/v1/me/servers/probe").at("added").is_null());
}

TEST_CASE("what went wrong is an answer, and a row in the trail without the path", "[http]") {
  Organisation fixture;
  fixture.address.error = "web_page";
  fixture.address.message = "A web page.";
  const json probe = look(fixture.ann, "https://a.example/secret-path");
  CHECK(probe.at("ok") == false);
  CHECK(probe.at("error") == "web_page");
  CHECK(probe.at("auth").is_null());
  const auto row = fixture.trail().front().event;
  CHECK(row.action == "server.probe");
  CHECK(row.tool == "https://a.example");
  CHECK(row.outcome == "failed");
  CHECK(row.reason == "web_page");
}

TEST_CASE("a look that a newer one ended, or that found no place, is a row in the trail as well", "[http]") {
  Organisation fixture;
  fixture.address_failure =
      Error::conflict("superseded", "A newer look of yours took the place of this one.");
  const auto reply = fixture.ann.call("POST", "/v1/servers/probe", R"({"url":"https://a.example/path"})");
  CHECK(reply.status == 409);
  CHECK(fixture.error_of(reply) == "superseded");
  const auto row = fixture.trail().front().event;
  CHECK(row.action == "server.probe");
  CHECK(row.tool == "https://a.example");
  CHECK(row.outcome == "failed");
  CHECK(row.reason == "superseded");
}

TEST_CASE("an address that is none, or carries a credential, is refused before anybody is asked", "[http]") {
  Organisation fixture;
  for (const std::string url : {"", "ftp://a.example/", "https://u:p@a.example/",
                                "https://a.example/?api_key=abc", "https://a.example/#x"})
    CHECK(fixture.ann.call("POST", "/v1/servers/probe", json({{"url", url}}).dump()).status == 400);
  CHECK(fixture.ann.call("POST", "/v1/servers/probe", R"({"url":"a.example","more":1})").status == 400);
  CHECK(fixture.probed.empty());
}

TEST_CASE("one person looks thirty times in a minute, and another is not held up by that", "[http]") {
  Organisation fixture;
  Browser bob = fixture.join("bob");
  const std::string body = R"({"url":"a.example"})";
  for (int i = 0; i < http::ProbeRoutes::each_minute; ++i)
    CHECK(fixture.ann.call("POST", "/v1/servers/probe", body).status == 200);
  CHECK(fixture.error_of(fixture.ann.call("POST", "/v1/servers/probe", body)) == "too_many_probes");
  CHECK(bob.call("POST", "/v1/me/servers/probe", body).status == 200);
  fixture.store.clock().advance(std::chrono::minutes(1));
  CHECK(fixture.ann.call("POST", "/v1/servers/probe", body).status == 200);
}
