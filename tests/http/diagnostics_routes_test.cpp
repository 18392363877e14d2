#include "http/diagnostics_routes.h"

#include "base/http_gate.h"
#include "base/text.h"
#include "store/keyring.h"
#include "support/catch.h"
#include "support/control_fixture.h"
#include "support/organisation.h"

using namespace patchbay;
using nlohmann::json;

namespace {

// Asks as a browser at `origin` would, through whatever says `more`.
json look(ControlFixture& fixture, const std::string& host, bool is_https = true,
          const std::vector<Header>& more = {}) {
  auto request = ControlFixture::request_for("GET", "/v1/diagnostics");
  request.is_https = is_https;
  request.headers = more;
  request.headers.push_back({"host", host});
  request.headers.push_back({"authorization", "Bearer " + fixture.admin});
  return json::parse(fixture.routes.handle(request).body);
}

json check_of(const json& answer, const std::string& id) {
  for (const auto& one : answer.at("checks"))
    if (one.at("id") == id) return one;
  return {};
}

}  // namespace

TEST_CASE("diagnostics are for those who read everything, and to run them for admins", "[http]") {
  Organisation fixture;
  Browser bob = fixture.join("bob");
  CHECK(fixture.call("GET", "/v1/diagnostics", "").status == 401);
  CHECK(bob.call("GET", "/v1/diagnostics").status == 403);
  CHECK(bob.call("POST", "/v1/diagnostics/run", "{}").status == 403);
  CHECK(fixture.call("GET", "/v1/diagnostics", fixture.reader).status == 403);
  CHECK(fixture.ann.call("GET", "/v1/diagnostics").status == 200);
}

TEST_CASE("58: a page from another address than the public one fails, and says both", "[http]") {
  ControlFixture fixture;
  CHECK(check_of(look(fixture, "gate.example"), "public_url").at("status") == "pass");
  const json other = check_of(look(fixture, "192.168.1.9:8080", false), "public_url");
  CHECK(other.at("status") == "fail");
  CHECK_THAT(
      other.at("message").get<std::string>(),
      Catch::Matchers::StartsWith("You opened http://192.168.1.9:8080, but Patchbay thinks it lives at "
                                  "https://gate.example. Sign-ins will return there."));
  CHECK(check_of(look(fixture, "gate.example", false), "public_url").at("status") == "fail");
}

TEST_CASE("a proxy that is not listed is found by what it adds, though the gate takes it off", "[http]") {
  ControlFixture fixture;
  FrontConfig config;
  config.hosts = {"gate.example"};
  const auto proxy = [&](const std::vector<Header>& headers) {
    auto request = ControlFixture::request_for("GET", "/v1/diagnostics");
    request.headers = headers;
    request.headers.push_back({"host", "gate.example"});
    request.headers.push_back({"authorization", "Bearer " + fixture.admin});
    REQUIRE_FALSE(refuse_at_gate(config, false, request));
    REQUIRE_FALSE(request.header("x-forwarded-for"));
    const json check = check_of(json::parse(fixture.routes.handle(request).body), "proxy");
    const auto message = check.at("message").get<std::string>();
    return cat(check.at("status").get<std::string>(), " ", message.substr(0, message.find_first_of(",:")));
  };
  const Header for_somebody{"x-forwarded-for", "198.51.100.4"};
  const Header https{"x-forwarded-proto", "https"};
  CHECK(proxy({}) == "pass No proxy stands in between.");
  CHECK(proxy({for_somebody}) == "warn A proxy stands in between");
  CHECK(proxy({for_somebody, https}) == "warn A proxy stands in between");
  CHECK(proxy({https}) == "warn The proxy says X-Forwarded-Proto");
  CHECK(proxy({{"x-forwarded-for", "192.0.2.7"}}) == "warn A proxy stands in between");
  config.trusted_proxies = std::vector<Cidr>(1, *parse_cidr("192.0.2.0/24"));
  CHECK(proxy({}) == "pass No proxy stands in between.");
  CHECK(proxy({for_somebody, https}) == "pass The proxy in between is trusted");
}

TEST_CASE("a certificate is looked at before it ends", "[http]") {
  ControlFixture fixture;
  const auto status = [&](std::chrono::hours left) {
    fixture.certificate = fixture.store.clock().now() + std::chrono::milliseconds(left);
    return check_of(look(fixture, "gate.example"), "certificate").at("status").get<std::string>();
  };
  CHECK(status(std::chrono::hours(24 * 14)) == "pass");
  CHECK(status(std::chrono::hours(24 * 14 - 1)) == "warn");
  CHECK(status(std::chrono::hours(0)) == "fail");
  fixture.certificate.reset();
  CHECK(check_of(look(fixture, "gate.example"), "certificate").at("status") == "skip");
}

TEST_CASE("a changed row of the audit trail is found on the page", "[http]") {
  ControlFixture fixture;
  fixture.ask("POST", "/v1/teams", R"({"name":"ops"})");
  fixture.ask("POST", "/v1/teams", R"({"name":"data"})");
  CHECK(check_of(look(fixture, "gate.example"), "audit").at("status") == "pass");
  fixture.store.transact(
      [](Database& db) { db.run("update event set actor_name = 'x' where sequence = 1"); });
  CHECK(check_of(look(fixture, "gate.example"), "audit").at("status") == "fail");
  CHECK(check_of(fixture.ask("POST", "/v1/diagnostics/run", "{}"), "audit_all").at("status") == "fail");
}

TEST_CASE("nothing leaves the machine unless it is asked for, and then only to what is configured",
          "[http]") {
  ControlFixture fixture;
  look(fixture, "gate.example");
  CHECK(check_of(fixture.ask("POST", "/v1/diagnostics/run"), "outbound").at("status") == "skip");
  CHECK(fixture.tried.empty());
  fixture.store.add(a_server("notion"));
  look(fixture, "gate.example");
  CHECK(fixture.tried.empty());
  CHECK(check_of(fixture.ask("POST", "/v1/diagnostics/run"), "outbound").at("status") == "pass");
  CHECK(fixture.tried == std::vector<std::string>{"https://notion.example/mcp"});
  fixture.outbound_problem = "notion.example cannot be found.";
  CHECK(check_of(fixture.ask("POST", "/v1/diagnostics/run"), "outbound").at("message") ==
        "notion.example cannot be found.");
}

TEST_CASE("the report names no host, server or path of the installation", "[http]") {
  ControlFixture fixture;
  fixture.store.add(a_server("notion"));
  const json answer = look(fixture, "internal.corp.example:8443");
  const auto report = answer.at("report").get<std::string>();
  CHECK_THAT(report, Catch::Matchers::StartsWith("Patchbay "));
  for (const std::string& name : {std::string("gate.example"), std::string("corp.example"),
                                  std::string("notion"), fixture.store.directory().string()})
    CHECK(report.find(name) == std::string::npos);
  CHECK(report.find("public_url") != std::string::npos);
}

TEST_CASE("what a check throws is its line, and nothing leaves the machine unrecorded", "[http]") {
  ControlFixture fixture;
  fixture.store.add(a_server("notion"));
  const auto ring = Keyring::open(fixture.store.directory() / "keyring.json", TestStore::key());
  Database(fixture.store.directory() / "store.db", ring.database_key(), {})
      .run_script("create trigger broken before insert on event begin select raise(abort, 'broken'); end");
  fixture.writer.append_and_wait(a_call("kept"));
  fixture.hooks.server_states = []() -> std::vector<http::ServerState> {
    throw Error::timeout("timeout", "The loop did not answer in time.");
  };
  const json page = look(fixture, "gate.example");
  CHECK(check_of(page, "audit").at("status") == "fail");
  CHECK(check_of(page, "servers").at("message") == "The loop did not answer in time.");
  CHECK(check_of(page, "database").at("status") == "pass");
  const auto reply = fixture.call("POST", "/v1/diagnostics/run", fixture.admin);
  CHECK(reply.status == 200);
  const json run = json::parse(reply.body);
  for (const char* id : {"audit_all", "outbound"}) CHECK(check_of(run, id).at("status") == "fail");
  CHECK(fixture.tried.empty());
}

TEST_CASE("the report does not say which host could not be reached", "[http]") {
  ControlFixture fixture;
  fixture.store.add(a_server("notion"));
  const auto report = [&] {
    return fixture.ask("POST", "/v1/diagnostics/run").at("report").get<std::string>();
  };
  CHECK_THAT(report(), ContainsSubstring("pass  outbound: Names are looked up"));
  fixture.outbound_problem = "notion.example cannot be found.";
  CHECK_THAT(report(), ContainsSubstring("fail  outbound\n"));
  CHECK(report().find("notion") == std::string::npos);
}
