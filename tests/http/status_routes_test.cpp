#include <filesystem>
#include <fstream>

#include "store/settings.h"
#include "support/catch.h"
#include "support/control_fixture.h"

using namespace patchbay;
using nlohmann::json;

TEST_CASE("status and metrics are for admins; probes are for everybody", "[http]") {
  ControlFixture fixture;
  for (const char* path : {"/v1/status", "/metrics"}) {
    CHECK(fixture.call("GET", path, "").status == 401);
    CHECK(fixture.call("GET", path, fixture.reader).status == 403);
    CHECK(fixture.call("GET", path, fixture.admin).status == 200);
  }
  for (const char* path : {"/", "/healthz", "/readyz"}) CHECK(fixture.call("GET", path, "").status == 200);
}

TEST_CASE("a probe learns nothing but whether we are ready", "[http]") {
  ControlFixture fixture;
  fixture.states.push_back({{}, "secret-project", "error", "tls_untrusted", "No.", {1}, 3, true});
  for (const char* path : {"/", "/healthz", "/readyz"})
    CHECK(fixture.call("GET", path, "").body.find("secret-project") == std::string::npos);
}

TEST_CASE("the status says of when the catalog is that is served", "[http]") {
  ControlFixture fixture;
  CHECK(fixture.ask("GET", "/v1/status").at("catalog").at("loaded_at").is_null());
  auto last = std::make_shared<gateway::Catalog>();
  last->loaded_at = {1'767'323'045'000};
  fixture.view = {gateway::CatalogState::stale, last, std::nullopt};
  CHECK(fixture.ask("GET", "/v1/status").at("catalog").at("loaded_at") == "2026-01-02T03:04:05.000Z");
}

TEST_CASE("readiness needs the store, the catalog and the key", "[http]") {
  ControlFixture fixture;
  const auto ready = [&] { return fixture.call("GET", "/readyz", ""); };
  CHECK(json::parse(ready().body).at("checks").at("catalog") == "not_configured");
  SECTION("a catalog that was never good") {
    fixture.view.state = gateway::CatalogState::unavailable;
    fixture.published = nullptr;
    CHECK(ready().status == 503);
    CHECK(json::parse(ready().body).at("checks").at("catalog") == "unavailable");
  }
  SECTION("a stale catalog still serves") {
    fixture.view.state = gateway::CatalogState::stale;
    CHECK(ready().status == 200);
  }
  SECTION("the last good catalog of the store serves as well") {
    fixture.view.state = gateway::CatalogState::unavailable;
    CHECK(ready().status == 200);
  }
  SECTION("a lost keyring") {
    std::filesystem::remove(fixture.store.directory() / "keyring.json");
    CHECK(ready().status == 503);
    CHECK(json::parse(ready().body).at("checks").at("key") == "failing");
    CHECK(fixture.call("GET", "/healthz", "").status == 200);
  }
  SECTION("stopping") {
    fixture.serving = false;
    CHECK(ready().status == 503);
    CHECK(json::parse(ready().body).at("status") == "stopping");
  }
}

TEST_CASE("a damaged page makes the store fail its readiness", "[http]") {
  ControlFixture fixture;
  const auto path = fixture.store.directory() / "store.db";
  fixture.store.transact(
      [](Database& db) { store::put_setting(db, "large", std::string(200'000, 'v'), {1}); });
  CHECK(fixture.call("GET", "/readyz", "").status == 200);
  fixture.store->connect(DatabaseOptions::Synchronous::full)->checkpoint();
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-3'000, std::ios::end).put('\x5a').put('\x5a').put('\x5a');
  }
  CHECK_THROWS_MATCHES(fixture.store.read([](Database& db) { store::find_setting(db, "large"); }), Error,
                       HasId("storage_corrupt"));
  const auto reply = fixture.call("GET", "/readyz", "");
  CHECK(reply.status == 503);
  CHECK(json::parse(reply.body).at("checks").at("store") == "failing");
}

TEST_CASE("the status says how each server and each part is", "[http]") {
  ControlFixture fixture;
  fixture.states.push_back(
      {{}, "notion", "error", "upstream_unreachable", "It does not answer.", {1'767'323'045'000}, 3, true});
  fixture.store.clock().advance(std::chrono::seconds(90));
  const json status = fixture.ask("GET", "/v1/status");
  CHECK(status.at("uptime_seconds") == 90);
  CHECK(status.at("servers").at(0).at("reason") == "upstream_unreachable");
  CHECK(status.at("servers").at(0).at("since") == "2026-01-02T03:04:05.000Z");
  CHECK(status.at("sessions") == 3);
  CHECK(status.at("audit").at("waiting") == 4);
  CHECK(status.at("process").at("resident_bytes") > 1'000'000);
}

TEST_CASE("metrics are in the text form of Prometheus", "[http]") {
  ControlFixture fixture;
  fixture.states.push_back({{}, "notion", "ok", "", "", {}, 3, false});
  fixture.states.push_back({{}, "linear", "error", "x", "x", {}, 0, false});
  const auto reply = fixture.call("GET", "/metrics", fixture.admin);
  CHECK(find_header(reply.headers, "Content-Type")->starts_with("text/plain; version=0.0.4"));
  for (const char* line :
       {"patchbay_requests_total{server=\"a\"} 1\n", "\npatchbay_upstream_up{server=\"notion\"} 1\n",
        "\npatchbay_upstream_up{server=\"linear\"} 0\n", "\npatchbay_upstream_tools{server=\"notion\"} 3\n",
        "\npatchbay_audit_queue 4\n", "\n# TYPE patchbay_sessions gauge\n", "\npatchbay_catalog_good 1\n"})
    CHECK_THAT(reply.body, ContainsSubstring(line));
}
