#include <algorithm>

#include "base/text.h"
#include "support/catch.h"
#include "support/control_fixture.h"
#include "support/organisation.h"

using namespace patchbay;
using nlohmann::json;

namespace {

void add_calls(ControlFixture& fixture, int count, const std::string& server = "notion") {
  fixture.store.transact([&](Database& db) {
    for (int i = 0; i < count; ++i) {
      Event event = a_call("tool" + std::to_string(i));
      event.server = server;
      event.outcome = i % 2 == 0 ? "ok" : "refused";
      event.at = fixture.store.clock().now();
      store::append_event(db, fixture.store->vault().audit_chain_key(), event);
    }
  });
}

// Rows of what Bob did, and what /v1/me/activity shows him of them: "action server tool", newest first.
struct Activity : Organisation {
  Activity() {
    auto notion = a_server("notion");
    notion.deny = {"drop"};
    auto secret = a_server("secret");
    secret.access = {false, {"ann"}, {}};
    store.add(notion);
    store.add(secret);
    id = bob.ask("GET", "/v1/me").at("user").at("id");
  }
  void add(const std::string& action, const std::string& server, const std::string& tool,
           const std::string& outcome = "refused") {
    store.transact([&](Database& db) {
      Event event = a_call(tool);
      event.actor = id;
      event.action = action;
      event.server = server;
      event.outcome = outcome;
      store::append_event(db, store->vault().audit_chain_key(), event);
    });
  }
  json page(const std::string& query = {}) { return bob.ask("GET", "/v1/me/activity" + query); }
  std::vector<std::string> rows(const std::string& query = "?outcome=refused") {
    std::vector<std::string> found;
    const json answer = page(query);
    for (const auto& one : answer.at("events"))
      found.push_back(
          cat(one.at("action").get<std::string>(), " ", text_of(one, "server"), " ", text_of(one, "tool")));
    return found;
  }
  static std::string text_of(const json& row, const char* key) {
    return row.at(key).is_string() ? row.at(key).get<std::string>() : "";
  }
  Browser bob = join("bob");
  std::string id;
};

}  // namespace

TEST_CASE("only an admin may read the audit trail", "[http]") {
  ControlFixture fixture;
  for (const char* path : {"/v1/audit", "/v1/audit/export", "/v1/audit/verify"}) {
    CHECK(fixture.call("GET", path, "").status == 401);
    CHECK(fixture.call("GET", path, fixture.reader).status == 403);
    CHECK(fixture.call("DELETE", path, fixture.admin).status == 405);
  }
}

TEST_CASE("the trail is filtered and read page by page, newest first", "[http]") {
  ControlFixture fixture;
  add_calls(fixture, 5);
  fixture.store.clock().advance(std::chrono::hours(2));
  add_calls(fixture, 2, "linear");
  const auto count = [&](const std::string& query) {
    return fixture.ask("GET", "/v1/audit" + query).at("events").size();
  };
  CHECK(count("") == 7);
  CHECK(count("?server=linear") == 2);
  CHECK(count("?outcome=refused") == 3);
  CHECK(count("?since=1h") == 2);
  CHECK(count("?until=1h") == 5);
  CHECK(count("?since=2026-01-02T05:04:05Z") == 2);
  CHECK(count("?since=2026-01-02T05:04:05.001Z") == 0);
  CHECK(count("?actor=ci&action=tool.call&limit=3") == 3);
  CHECK(count("?actor=nobody") == 0);

  const json first = fixture.ask("GET", "/v1/audit?limit=4");
  CHECK(first.at("events").at(0).at("sequence") == 7);
  CHECK(first.at("next_before") == 4);
  const json third =
      fixture.ask("GET", "/v1/audit?limit=3&cursor=" + first.at("next_cursor").get<std::string>());
  CHECK(third.at("events").at(0).at("sequence") == 3);
  CHECK(third.at("next_cursor").is_null());
  CHECK(fixture.call("GET", "/v1/audit?cursor=NA&before=4", fixture.admin).status == 400);
  CHECK(fixture.call("GET", "/v1/audit?cursor=YQ", fixture.admin).status == 400);
  const json second = fixture.ask("GET", "/v1/audit?limit=4&before=4");
  CHECK(second.at("events").size() == 3);
  CHECK(second.at("next_before").is_null());
}

TEST_CASE("changes are shown as an object, older rows and other reasons as they are", "[http]") {
  ControlFixture fixture;
  const auto shown = [&](const std::string& reason) {
    fixture.store.transact([&](Database& db) {
      Event event = a_call("x");
      event.reason = reason;
      store::append_event(db, fixture.store->vault().audit_chain_key(), event);
    });
    return fixture.ask("GET", "/v1/audit?limit=1").at("events")[0];
  };
  const json change = shown(R"({"url":["a","b"],"headers":"changed"})");
  CHECK(change.at("changes") == json::parse(R"({"url":["a","b"],"headers":"changed"})"));
  CHECK(change.at("reason").is_null());
  for (const char* reason : {"", "url,headers", "no_grant", "a1 -> b2", "{not JSON"}) {
    const json other = shown(reason);
    CHECK(other.at("reason") == reason);
    CHECK(other.at("changes").is_null());
  }
  const auto lines = fixture.call("GET", "/v1/audit/export?limit=1", fixture.admin).body;
  CHECK(json::parse(lines).at("changes").at("headers") == "changed");
}

TEST_CASE("a filter that cannot be read is refused rather than ignored", "[http]") {
  ControlFixture fixture;
  for (const char* query :
       {"?since=yesterday", "?limit=0", "?limit=1001", "?limit=x", "?before=-1", "?since=1h&since=2h"})
    CHECK(fixture.call("GET", std::string("/v1/audit") + query, fixture.admin).status == 400);
  CHECK(fixture.call("GET", "/v1/audit?limit=1000", fixture.admin).status == 200);
}

TEST_CASE("an export is the whole trail, oldest first, one JSON object a line", "[http]") {
  ControlFixture fixture;
  CHECK(fixture.call("GET", "/v1/audit/export", fixture.admin).body.empty());
  add_calls(fixture, 5);
  const auto lines_of = [&](const std::string& query) {
    const auto body = fixture.call("GET", "/v1/audit/export" + query, fixture.admin).body;
    std::vector<std::int64_t> sequences;
    for (const auto line : split(body, '\n'))
      if (!line.empty()) sequences.push_back(json::parse(line).at("sequence"));
    return sequences;
  };
  CHECK(lines_of("") == std::vector<std::int64_t>{1, 2, 3, 4, 5});
  CHECK(lines_of("?after=1&limit=2") == std::vector<std::int64_t>{2, 3});
  CHECK(lines_of("?after=5").empty());
  const auto body = fixture.call("GET", "/v1/audit/export?limit=1", fixture.admin).body;
  CHECK(json::parse(body).at("chain").get<std::string>().size() == 64);
}

TEST_CASE("an export takes the filters of the list, across its parts", "[http]") {
  ControlFixture fixture;
  add_calls(fixture, 2100);
  fixture.store.clock().advance(std::chrono::hours(2));
  add_calls(fixture, 3, "linear");
  const auto count = [&](const std::string& query) {
    const auto reply = fixture.call("GET", "/v1/audit/export?" + query, fixture.admin);
    REQUIRE(reply.status == 200);
    return std::count(reply.body.begin(), reply.body.end(), '\n');
  };
  CHECK(count("server=linear") == 3);
  CHECK(count("server=linear&limit=2") == 2);
  CHECK(count("since=1h") == 3);
  CHECK(count("until=1h&before=101") == 100);
  CHECK(count("outcome=refused&after=2000&before=2011") == 5);
  CHECK(count("action=tool.list") == 0);
  CHECK(count("actor=ci&before=1") == 0);
  CHECK(fixture.call("GET", "/v1/audit/export?since=yesterday", fixture.admin).status == 400);
  CHECK(fixture.call("GET", "/v1/audit/export?format=xml", fixture.admin).status == 400);
}

TEST_CASE("an export as CSV has one head and no formula", "[http]") {
  ControlFixture fixture;
  const auto text = [&](const std::string& query) {
    return fixture.call("GET", "/v1/audit/export?format=csv" + query, fixture.admin).body;
  };
  const std::string head =
      "sequence,at,actor,actor_name,client,action,server,tool,outcome,reason,changes,duration_us,"
      "request_bytes,response_bytes,remote,chain\r\n";
  CHECK(text("") == head);
  fixture.store.transact([&](Database& db) {
    Event event = a_call("=cmd|' /C calc'!A0");
    event.client = "a \"b\", c";
    event.reason = R"({"url":["a","b"]})";
    store::append_event(db, fixture.store->vault().audit_chain_key(), event);
  });
  const std::string row = text("&after=0").substr(head.size());
  CHECK(row.starts_with("1,2026-01-02T03:04:05.000Z,"));
  CHECK(row.find(",\"'=cmd|' /C calc'!A0\",") != std::string::npos);
  CHECK(row.find(",\"a \"\"b\"\", c\",") != std::string::npos);
  CHECK(row.find(",,\"{\"\"url\"\":[\"\"a\"\",\"\"b\"\"]}\",") != std::string::npos);
  CHECK(row.ends_with("\r\n"));
  CHECK(text("&after=1").empty());
}

TEST_CASE("an export that is too long for one answer is refused whole and can be had in parts", "[http]") {
  ControlFixture fixture;
  add_calls(fixture, 2500);
  const auto whole = fixture.call("GET", "/v1/audit/export", fixture.admin);
  CHECK(whole.status == 400);
  CHECK(fixture.error_of(whole) == "export_too_large");
  const auto part = fixture.call("GET", "/v1/audit/export?after=1990&limit=20", fixture.admin);
  CHECK(part.status == 200);
  CHECK(std::count(part.body.begin(), part.body.end(), '\n') == 20);
}

TEST_CASE("an intact trail verifies and a changed row is named", "[http]") {
  ControlFixture fixture;
  add_calls(fixture, 4);
  const json good = fixture.ask("GET", "/v1/audit/verify");
  CHECK(good.at("intact") == true);
  CHECK(good.at("rows") == 4);
  CHECK(good.at("last") == 4);
  CHECK(good.at("head").get<std::string>().size() == 64);
  fixture.store.transact([](Database& db) { db.run("update event set outcome = 'ok' where sequence = 2"); });
  const json bad = fixture.ask("GET", "/v1/audit/verify");
  CHECK(bad.at("intact") == false);
  CHECK(bad.at("broken_at") == 2);
}

TEST_CASE("what was refused where one may see nothing looks as if there were nothing", "[http]") {
  Activity fixture;
  SECTION("at a server: calls and everything else") {
    for (const char* action : {"tool.call", "connection.show", "credential.set", "account.connect"})
      fixture.add(action, "secret", "");
    fixture.add("tool.call", "secret", "search");
    CHECK(fixture.rows().empty());
    fixture.add("connection.show", "notion", "");
    CHECK(fixture.rows() == std::vector<std::string>{"connection.show notion "});
  }
  SECTION("a call to what there is not") {
    fixture.add("tool.call", "", "");
    fixture.add("tool.call", "notion", "");
    fixture.add("tool.call", "gone", "search");
    CHECK(fixture.rows().empty());
  }
  SECTION("a tool that nobody may use") {
    fixture.add("tool.call", "notion", "drop");
    CHECK(fixture.rows().empty());
    fixture.add("tool.call", "notion", "search");
    CHECK(fixture.rows() == std::vector<std::string>{"tool.call notion search"});
  }
  SECTION("what was done, and what is about no server, is theirs to read") {
    fixture.add("tool.call", "secret", "search", "ok");
    fixture.add("tool.search", "", "");
    CHECK(fixture.rows("?outcome=ok").front() == "tool.call secret search");
    CHECK(fixture.rows() == std::vector<std::string>{"tool.search  "});
  }
  SECTION("the routes leave such rows, and show none") {
    CHECK(fixture.bob.call("GET", "/v1/me/connections/secret").status == 404);
    CHECK(fixture.trail().front().event.server == "secret");
    CHECK(fixture.bob.call("GET", "/v1/me/connections/nowhere").status == 404);
    CHECK(fixture.rows().empty());
  }
}

TEST_CASE("hidden rows leave no gap in a page and no cursor", "[http]") {
  Activity fixture;
  for (int i = 0; i < 3; ++i) {
    fixture.add("tool.call", "notion", "search");
    for (int j = 0; j < 3; ++j) fixture.add("tool.call", "secret", "search");
  }
  const json hidden = fixture.page("?server=secret&limit=1");
  CHECK(hidden.at("events").empty());
  CHECK(hidden.at("next_cursor").is_null());
  CHECK(hidden.at("next_before").is_null());

  const json first = fixture.page("?server=notion&limit=2");
  REQUIRE(first.at("events").size() == 2);
  REQUIRE(first.at("next_cursor").is_string());
  const json second =
      fixture.page("?limit=2&outcome=refused&cursor=" + first.at("next_cursor").get<std::string>());
  REQUIRE(second.at("events").size() == 1);
  CHECK(second.at("events")[0].at("server") == "notion");
  CHECK(second.at("next_cursor").is_null());
}

TEST_CASE("the whole trail is verified for one at a time", "[http]") {
  ControlFixture fixture;
  {
    const auto turn = fixture.trail_check.turn();
    for (const auto& [method, path] :
         {std::pair("GET", "/v1/audit/verify"), {"POST", "/v1/diagnostics/run"}}) {
      const auto reply = fixture.call(method, path, fixture.admin);
      CHECK(reply.status == 429);
      CHECK(fixture.error_of(reply) == "verify_busy");
      CHECK(find_header(reply.headers, "Retry-After") == "5");
    }
    CHECK(fixture.call("GET", "/v1/diagnostics", fixture.admin).status == 200);
  }
  CHECK(fixture.call("GET", "/v1/audit/verify", fixture.admin).status == 200);
  CHECK(fixture.call("POST", "/v1/diagnostics/run", fixture.admin).status == 200);
}
