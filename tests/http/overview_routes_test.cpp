#include "http/overview_routes.h"

#include "store/accounts.h"
#include "store/tools.h"
#include "support/catch.h"
#include "support/control_fixture.h"
#include "support/organisation.h"

using namespace patchbay;
using nlohmann::json;
using std::chrono::hours;
using std::chrono::milliseconds;

namespace {

struct Watched : Organisation {
  void called(const std::string& server, const std::string& tool, milliseconds ago,
              const std::string& outcome = "ok", const std::string& who = "ann") {
    Event event = a_call(tool);
    event.at = store.clock().now() + -ago;
    event.server = server;
    event.actor_name = who;
    event.outcome = outcome;
    event.duration_us = 20'000;
    store.transact([&](Database& db) { store::append_event(db, store->vault().audit_chain_key(), event); });
  }
  json overview(const std::string& query = {}) { return ask("GET", "/v1/overview" + query); }
};

std::int64_t sum(const json& buckets) {
  std::int64_t calls = 0;
  for (const auto& one : buckets) calls += one.at("calls").get<std::int64_t>();
  return calls;
}

}  // namespace

TEST_CASE("the overview is for those who may read everything", "[http]") {
  Watched fixture;
  Browser bob = fixture.join("bob");
  fixture.store.add(a_server("notion"));
  for (const std::string path : {"/v1/overview", "/v1/overview/servers", "/v1/servers/notion/health"}) {
    CHECK(fixture.call("GET", path, "").status == 401);
    CHECK(fixture.call("GET", path, fixture.reader).status == 403);
    CHECK(bob.call("GET", path).status == 403);
    CHECK(fixture.ann.call("GET", path).status == 200);
  }
}

TEST_CASE("calls are told over time, in all, and by connection, tool and person", "[http]") {
  Watched fixture;
  fixture.called("notion", "search", milliseconds(0));
  fixture.called("notion", "fetch", hours(1), "tool_error");
  fixture.called("linear", "search", hours(2), "refused", "robot");
  fixture.called("linear", "search", hours(40));
  const json day = fixture.overview();
  CHECK(day.at("complete") == true);
  CHECK(day.at("step_seconds") == 1800);
  CHECK(day.at("buckets").size() <= 60);
  CHECK(sum(day.at("buckets")) == 3);
  const json& totals = day.at("totals");
  CHECK(totals.at("calls") == 3);
  CHECK(totals.at("failed") == 1);
  CHECK(totals.at("outcomes") == json({{"ok", 1}, {"refused", 1}, {"tool_error", 1}}));
  CHECK(totals.at("people") == 1);  // the robot is nobody
  CHECK(totals.at("p95_ms").get<double>() > 15);
  CHECK(day.at("servers")[0].at("server") == "notion");
  CHECK(day.at("servers")[0].at("calls") == 2);
  CHECK(day.at("tools").size() == 3);
  CHECK(sum(fixture.overview("?since=7d").at("buckets")) == 4);
  CHECK(fixture.overview("?since=7d&buckets=120").at("step_seconds") == 7200);
  CHECK(fixture.overview("?since=15m").at("step_seconds") == 60);
  CHECK(sum(fixture.overview("?since=15m").at("buckets")) == 1);
  CHECK(fixture.overview("?since=300d").at("step_seconds") == 604'800);
}

TEST_CASE("a stretch of time or a number of buckets that cannot be is refused", "[http]") {
  Watched fixture;
  for (const std::string query :
       {"?since=yesterday", "?since=2999-01-01T00:00:00Z", "?buckets=0", "?buckets=121"})
    CHECK(fixture.call("GET", "/v1/overview" + query, fixture.admin).status == 400);
  for (const std::string since : {"90d", "5000w", "1000000000w"}) {
    const json shown = fixture.overview("?buckets=60&since=" + since);
    CHECK(shown.at("buckets").size() <= 61);
    CHECK(shown.at("step_seconds").get<std::int64_t>() >= 24 * 3600);
  }
  CHECK(fixture.call("GET", "/v1/overview?buckets=1", fixture.admin).status == 200);
  CHECK(fixture.call("GET", "/v1/overview?buckets=120", fixture.admin).status == 200);
}

TEST_CASE("what needs attention says of each connection the one thing that is to be done", "[http]") {
  Watched fixture;
  Server keyed = a_server("keyed");
  keyed.auth = AuthType::api_key;
  Server signing = a_server("signing");
  signing.auth = AuthType::oauth;
  Server off = a_server("off");
  off.auth = AuthType::api_key;
  off.enabled = false;
  for (const Server& one : {keyed, signing, off, a_server("broken"), a_server("fine")})
    fixture.store.add(one);
  Server pinned = a_server("pinned");
  pinned.pin_tools = true;
  fixture.store.add(pinned);
  fixture.store.transact([&](Database& db) {
    store::remember_tools(db, pinned.id, {{"a", "1"}, {"b", "1"}}, true, {1});
    store::remember_tools(db, pinned.id, {{"a", "2"}, {"b", "2"}}, true, {2});
  });
  for (const Server& one : {keyed, a_server("x")})
    fixture.states.push_back({one.id, one.slug, "error", "upstream_unauthorized", "No.", {1}, 0, false});
  const auto fails = [&](const std::string& slug, const std::string& reason, const std::string& message) {
    fixture.store.read([&](Database& db) {
      const auto id = store::require_server(db, slug).id;
      fixture.states.push_back({id, slug, "error", reason, message, {1}, 0, false});
    });
  };
  fails("broken", "upstream_unreachable", "Broken does not answer.");
  fails("fine", "needs_connection", "Nobody has signed in yet.");
  json found = json::object();
  const json shown = fixture.overview();
  for (const auto& one : shown.at("attention")) found[one.at("server").get<std::string>()] = one;
  CHECK(found.size() == 4);
  CHECK(found.at("keyed").at("kind") == "secret_missing");
  CHECK(found.at("signing").at("kind") == "sign_in_missing");
  CHECK(found.at("broken").at("kind") == "failing");
  CHECK(found.at("broken").at("message") == "Broken does not answer.");
  CHECK(found.at("pinned").at("kind") == "tools_held");
  CHECK(found.at("pinned").at("count") == 2);
  CHECK(found.at("pinned").at("message") == "2 tools of pinned wait for review.");
}

TEST_CASE("what was changed is told beside the calls, and /v1/audit finds it alone", "[http]") {
  Watched fixture;
  for (int i = 0; i < 20; ++i) fixture.called("notion", "search", milliseconds(0));
  fixture.ask("POST", "/v1/teams", R"({"name":"ops"})");
  for (int i = 0; i < 20; ++i) fixture.called("notion", "search", milliseconds(0));
  const json changes = fixture.overview().at("changes");
  REQUIRE_FALSE(changes.empty());
  CHECK(changes[0].at("action") == "team.create");
  const json listed = fixture.ask("GET", "/v1/audit?changes=true&limit=1");
  CHECK(listed.at("events")[0].at("action") == "team.create");
  CHECK(listed.at("next_cursor").is_string());
  const json trail = fixture.ask("GET", "/v1/audit?changes=true");
  for (const auto& one : trail.at("events")) CHECK(one.at("action") != "tool.call");
  CHECK(fixture.call("GET", "/v1/audit?changes=1", fixture.admin).status == 400);
}

TEST_CASE("how a connection fared is its last calls and its day", "[http]") {
  Watched fixture;
  fixture.store.add(a_server("notion"));
  fixture.store.add(a_server("quiet"));
  fixture.called("notion", "search", hours(30));
  fixture.called("notion", "search", hours(2), "timeout");
  fixture.called("notion", "search", milliseconds(0));
  const json one = fixture.ask("GET", "/v1/servers/notion/health");
  CHECK(one.at("calls") == 2);
  CHECK(one.at("failed") == 1);
  CHECK(one.at("last_calls").size() == 3);
  CHECK(one.at("last_calls")[1].at("outcome") == "timeout");
  CHECK(one.at("hours").size() == 25);
  CHECK(sum(one.at("hours")) == 2);
  const json all = fixture.ask("GET", "/v1/overview/servers");
  REQUIRE(all.at("servers").size() == 2);
  CHECK(all.at("servers")[0].at("calls") == 2);
  CHECK(all.at("servers")[1].at("last_calls").empty());
  CHECK(all.at("servers")[1].at("p95_ms").is_null());
  CHECK(fixture.call("GET", "/v1/servers/none/health", fixture.admin).status == 404);
}
