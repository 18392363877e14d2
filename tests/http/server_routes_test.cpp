#include "http/server_body.h"
#include "store/servers.h"
#include "store/tools.h"
#include "support/catch.h"
#include "support/control_fixture.h"

using namespace patchbay;
using nlohmann::json;

namespace {

constexpr const char* secret = "sk-planted-9f2c";

std::string server_text(json changes = json::object()) {
  json body = {{"slug", "notion"}, {"title", "Notion"}, {"url", "https://mcp.notion.example/mcp"}};
  body.update(changes);
  return body.dump();
}

Server stored(ControlFixture& fixture, const std::string& slug) {
  return fixture.store.read([&](Database& db) { return store::require_server(db, slug); });
}

std::vector<store::ServerHeader> headers_of(ControlFixture& fixture, const std::string& slug) {
  return fixture.store.read([&](Database& db) {
    return store::open_server_headers(db, fixture.store->vault(), store::require_server(db, slug).id);
  });
}

}  // namespace

TEST_CASE("only an admin may see or change servers", "[http]") {
  ControlFixture fixture;
  fixture.store.add(a_server("notion"));
  const std::vector<std::pair<std::string, std::string>> all = {{"GET", "/v1/servers"},
                                                                {"POST", "/v1/servers"},
                                                                {"GET", "/v1/servers/notion"},
                                                                {"PATCH", "/v1/servers/notion"},
                                                                {"DELETE", "/v1/servers/notion"},
                                                                {"POST", "/v1/servers/notion/test"},
                                                                {"GET", "/v1/servers/notion/tools"},
                                                                {"POST", "/v1/servers/notion/refresh"},
                                                                {"POST", "/v1/servers/notion/tools/x/accept"},
                                                                {"PUT", "/v1/servers/by-key/k"},
                                                                {"DELETE", "/v1/servers/by-key/k"},
                                                                {"PUT", "/v1/servers/notion/access"},
                                                                {"PUT", "/v1/servers/notion/tool-policy"},
                                                                {"GET", "/v1/servers/notion/tool-policy"},
                                                                {"PUT", "/v1/servers/notion/rollout"},
                                                                {"POST", "/v1/servers/notion/disconnect"},
                                                                {"GET", "/v1/servers/notion/accounts"}};
  for (const auto& [method, path] : all) {
    CAPTURE(method, path);
    CHECK(fixture.call(method, path, "").status == 401);
    CHECK(fixture.call(method, path, fixture.reader, "{}").status == 403);
  }
  CHECK(fixture.trail().empty());
  CHECK(stored(fixture, "notion").revision == 1);
}

TEST_CASE("a server that an admin adds is served, shown and recorded", "[http]") {
  ControlFixture fixture;
  const auto reply = fixture.call("POST", "/v1/servers", fixture.admin,
                                  server_text({{"allow", {"search"}}, {"timeout_seconds", 30}}));
  REQUIRE(reply.status == 201);
  const json shown = json::parse(reply.body);
  CHECK(shown.at("slug") == "notion");
  CHECK(shown.at("origin") == "admin");
  CHECK(shown.at("enabled") == false);
  CHECK(shown.at("timeout_seconds") == 30);
  CHECK(shown.at("description").is_null());
  CHECK(shown.at("state") == "unknown");
  CHECK(fixture.changes == 1);
  CHECK(stored(fixture, "notion").allow == std::vector<std::string>{"search"});
  const auto trail = fixture.trail();
  REQUIRE(trail.size() == 1);
  CHECK(trail[0].event.action == "server.create");
  CHECK(trail[0].event.server == "notion");
  CHECK(trail[0].event.actor_name == "admin");
  CHECK(trail[0].event.remote == "192.0.2.7");
}

TEST_CASE("R34: a slug is made of the title where none is given", "[http]") {
  ControlFixture fixture;
  CHECK(fixture.ask("POST", "/v1/servers", R"({"title":" My  Wiki! ","url":"https://wiki.example/mcp"})")
            .at("slug") == "my-wiki");
  const auto again = fixture.call("POST", "/v1/servers", fixture.admin,
                                  R"({"title":"My Wiki","url":"https://wiki.example/mcp"})");
  CHECK(again.status == 409);
  CHECK(fixture.error_of(again) == "slug_taken");
  CHECK(
      fixture.call("POST", "/v1/servers", fixture.admin, R"({"title":"  ","url":"https://wiki.example/mcp"})")
          .status == 400);
}

TEST_CASE("R35: titles have 80 characters at most and URLs 500", "[http]") {
  ControlFixture fixture;
  const auto try_with = [&](const json& changes) {
    return fixture.call("PATCH", "/v1/servers/notion", fixture.admin, changes.dump()).status;
  };
  fixture.store.add(a_server("notion"));
  const std::string stem = "https://n.example/";
  CHECK(try_with({{"title", std::string(80, 't')}}) == 200);
  CHECK(try_with({{"title", std::string(81, 't')}}) == 400);
  CHECK(try_with({{"url", stem + std::string(500 - stem.size(), 'u')}}) == 200);
  CHECK(try_with({{"url", stem + std::string(501 - stem.size(), 'u')}}) == 400);
  CHECK(fixture.trail().size() == 2);
}

TEST_CASE("a body with an unknown key, or one of another kind, is refused by name", "[http]") {
  ControlFixture fixture;
  const auto reply = fixture.call("POST", "/v1/servers", fixture.admin, server_text({{"tranport", "sse"}}));
  CHECK(reply.status == 400);
  CHECK(fixture.error_of(reply) == "unknown_field");
  CHECK_THAT(reply.body, ContainsSubstring("tranport"));
  CHECK(fixture.call("POST", "/v1/servers", fixture.admin, server_text({{"enabled", "yes"}})).status == 400);
  CHECK(fixture.call("POST", "/v1/servers", fixture.admin, server_text({{"auth", "magic"}})).status == 400);
  CHECK(fixture.call("POST", "/v1/servers", fixture.admin, "[]").status == 400);
}

TEST_CASE("R36: a URL that may not be connected to, or holds a credential, is refused", "[http]") {
  ControlFixture fixture;
  const auto refused = [&](const std::string& url) {
    return fixture.call("POST", "/v1/servers", fixture.admin, server_text({{"url", url}})).status == 400;
  };
  CHECK(refused("ftp://n.example/"));
  CHECK(refused("https://user:pass@n.example/"));
  CHECK(refused("https://n.example/#part"));
  for (const char* key : {"access_token", "api_key", "client_secret", "token", "refresh_token", "id_token",
                          "code_verifier", "API_KEY", "%61pi_key"})
    CHECK(refused(std::string("https://n.example/mcp?x=1&") + key + "=1"));
  CHECK_FALSE(refused("https://n.example/mcp?workspace=1"));
}

TEST_CASE("R38: secrets go in and never come out", "[http]") {
  ControlFixture fixture;
  std::string said =
      fixture
          .call("POST", "/v1/servers", fixture.admin, server_text({{"auth", "apiKey"}, {"api_key", secret}}))
          .body;
  CHECK(json::parse(said).at("has_api_key") == true);
  CHECK(json::parse(said).at("header_names") == json::array({"Authorization"}));
  const auto kept = headers_of(fixture, "notion");
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].value.reveal() == std::string("Bearer ") + secret);
  for (const char* path : {"/v1/servers", "/v1/servers/notion", "/v1/servers/notion/tools", "/v1/audit",
                           "/v1/audit/export", "/v1/status"})
    said += fixture.call("GET", path, fixture.admin).body;
  said += fixture.call("POST", "/v1/servers/notion/test", fixture.admin).body;
  said += fixture.call("PATCH", "/v1/servers/notion", fixture.admin, R"({"title":"N"})").body;
  said += fixture
              .call("PATCH", "/v1/servers/notion", fixture.admin,
                    json{{"api_key", std::string(secret) + "\n"}}.dump())
              .body;
  CHECK(said.find(secret) == std::string::npos);
}

TEST_CASE("R37: headers are limited to 20 of 4,096 bytes, each once, none that Patchbay sets", "[http]") {
  ControlFixture fixture;
  fixture.store.add(a_server("notion"));
  const auto try_with = [&](const json& headers) {
    return fixture
        .call("PATCH", "/v1/servers/notion", fixture.admin,
              json{{"auth", "headers"}, {"headers", headers}}.dump())
        .status;
  };
  json twenty;
  for (int i = 0; i < 20; ++i) twenty["X-H" + std::to_string(i)] = "v";
  CHECK(try_with(twenty) == 200);
  twenty["X-H20"] = "v";
  CHECK(try_with(twenty) == 400);
  CHECK(try_with({{"X-Key", std::string(4096, 'v')}}) == 200);
  CHECK(try_with({{"X-Key", std::string(4097, 'v')}}) == 400);
  CHECK(try_with({{"X-Key", "a"}, {"x-key", "b"}}) == 400);
  CHECK(try_with({{"Host", "n.example"}}) == 400);
  CHECK(try_with({{"X-Key", "a\r\nX-Other: b"}}) == 400);
  CHECK(try_with({{"X Key", "v"}}) == 400);
  CHECK(try_with({{"X-Key", 7}}) == 400);
}

TEST_CASE("R91: a PATCH keeps what it does not name, unsets null, and replaces lists and headers whole",
          "[http]") {
  ControlFixture fixture;
  fixture.call("POST", "/v1/servers", fixture.admin,
               server_text({{"description", "Notes"},
                            {"allow", {"a", "b"}},
                            {"auth", "headers"},
                            {"headers", {{"X-A", "1"}, {"X-B", "2"}}}}));
  SECTION("absent") {
    const json shown = fixture.ask("PATCH", "/v1/servers/notion", R"({"enabled":false})");
    CHECK(shown.at("enabled") == false);
    CHECK(shown.at("description") == "Notes");
    CHECK(shown.at("allow").size() == 2);
    CHECK(shown.at("header_names").size() == 2);
  }
  SECTION("null and empty") {
    const json shown = fixture.ask("PATCH", "/v1/servers/notion",
                                   R"({"description":null,"title":"","allow":[],"headers":null})");
    CHECK(shown.at("description").is_null());
    CHECK(shown.at("title").is_null());
    CHECK(shown.at("allow").empty());
    CHECK(shown.at("header_names").empty());
  }
  SECTION("replaced") {
    const json shown = fixture.ask("PATCH", "/v1/servers/notion", R"({"allow":["c"],"headers":{"X-C":"3"}})");
    CHECK(shown.at("allow") == json::array({"c"}));
    CHECK(shown.at("header_names") == json::array({"X-C"}));
  }
  SECTION("an empty API key clears it") {
    CHECK(
        fixture
            .ask("PATCH", "/v1/servers/notion", R"({"auth":"apiKey","api_key":"k","api_key_header":"X-Key"})")
            .at("header_names") == json::array({"X-Key"}));
    CHECK(fixture.ask("PATCH", "/v1/servers/notion", R"({"api_key":""})").at("has_api_key") == false);
  }
  SECTION("the slug stays") {
    CHECK(fixture.call("PATCH", "/v1/servers/notion", fixture.admin, R"({"slug":"other"})").status == 400);
  }
}

TEST_CASE("R92, R93: a new kind of authentication or a new destination forgets the old secrets", "[http]") {
  ControlFixture fixture;
  fixture.call("POST", "/v1/servers", fixture.admin, server_text({{"auth", "apiKey"}, {"api_key", secret}}));
  SECTION("authentication") {
    fixture.call("PATCH", "/v1/servers/notion", fixture.admin, R"({"auth":"none"})");
    CHECK(headers_of(fixture, "notion").empty());
  }
  SECTION("another host") {
    fixture.call("PATCH", "/v1/servers/notion", fixture.admin, R"({"url":"https://elsewhere.example/mcp"})");
    CHECK(headers_of(fixture, "notion").empty());
  }
  SECTION("another path of the same host keeps them") {
    fixture.call("PATCH", "/v1/servers/notion", fixture.admin, R"({"url":"https://mcp.notion.example/v2"})");
    CHECK(headers_of(fixture, "notion").size() == 1);
  }
  SECTION("one that needs a secret must bring it") {
    CHECK(fixture.call("PATCH", "/v1/servers/notion", fixture.admin, R"({"auth":"headers"})").status == 400);
    CHECK(headers_of(fixture, "notion").size() == 1);
  }
}

TEST_CASE("R94: a change made from a stale revision is refused and leaves no row", "[http]") {
  ControlFixture fixture;
  fixture.store.add(a_server("notion"));
  CHECK(fixture.call("PATCH", "/v1/servers/notion", fixture.admin, R"({"title":"A","revision":1})").status ==
        200);
  const auto late =
      fixture.call("PATCH", "/v1/servers/notion", fixture.admin, R"({"title":"B","revision":1})");
  CHECK(late.status == 409);
  CHECK(fixture.error_of(late) == "stale_revision");
  CHECK(stored(fixture, "notion").title == "A");
  CHECK(fixture.trail().size() == 1);
  CHECK(fixture.changes == 1);
}

TEST_CASE("a server of the catalog file is changed there and nowhere else", "[http]") {
  ControlFixture fixture;
  fixture.store.transact([&](Database& db) {
    store::sync_catalog_servers(db, {a_server("notion")}, fixture.store.clock().now());
  });
  CatalogEntry entry;
  entry.server = a_server("notion");
  entry.headers.push_back({"X-Team", *parse_secret_reference("${env:TEAM}")});
  fixture.published = std::make_shared<const std::vector<CatalogEntry>>(std::vector<CatalogEntry>{entry});
  for (const char* method : {"PATCH", "DELETE"}) {
    const auto reply = fixture.call(method, "/v1/servers/notion", fixture.admin, "{\"enabled\":false}");
    CHECK(reply.status == 409);
    CHECK(fixture.error_of(reply) == "catalog_server");
  }
  CHECK(stored(fixture, "notion").enabled);
  const json shown = fixture.ask("GET", "/v1/servers/notion");
  CHECK(shown.at("origin") == "catalog");
  CHECK(shown.at("header_names") == json::array({"X-Team"}));
}

TEST_CASE("R65: a removed server is gone at once, with its secrets", "[http]") {
  ControlFixture fixture;
  fixture.call("POST", "/v1/servers", fixture.admin, server_text({{"auth", "apiKey"}, {"api_key", secret}}));
  CHECK(fixture.call("DELETE", "/v1/servers/Notion", fixture.admin).status == 204);
  CHECK(fixture.call("GET", "/v1/servers/notion", fixture.admin).status == 404);
  CHECK(fixture.call("DELETE", "/v1/servers/notion", fixture.admin).status == 404);
  CHECK(fixture.changes == 2);
  CHECK(fixture.trail().front().event.action == "server.remove");
}

TEST_CASE("R40: a test answers 200 whether the server works or not, and is recorded", "[http]") {
  ControlFixture fixture;
  fixture.store.add(a_server("notion"));
  fixture.live.emplace();
  fixture.live->push_back({"search", "Search", "Finds pages.", "d1", true, false});
  const json good = fixture.ask("POST", "/v1/servers/notion/test");
  CHECK(good.at("ok") == true);
  CHECK(good.at("tools").at(0).at("name") == "search");
  CHECK(good.at("server").at("protocol") == "2025-11-25");

  fixture.probe_failure = Error::upstream("tls_untrusted", "The certificate is not trusted.");
  const auto bad = fixture.call("POST", "/v1/servers/notion/test", fixture.admin);
  CHECK(bad.status == 200);
  CHECK(json::parse(bad.body).at("ok") == false);
  CHECK(fixture.error_of(bad) == "tls_untrusted");
  CHECK(fixture.trail().front().event.outcome == "failed");
  CHECK(fixture.trail().front().event.reason == "tls_untrusted");
  CHECK(fixture.call("POST", "/v1/servers/absent/test", fixture.admin).status == 404);
}

TEST_CASE("tools are shown with their digest, and remembered ones while nobody has asked", "[http]") {
  ControlFixture fixture;
  const Server server = fixture.store.add(a_server("notion"));
  fixture.store.transact([&](Database& db) {
    store::remember_tools(db, server.id, {{"search", "d1"}}, true, fixture.store.clock().now());
  });
  const json remembered = fixture.ask("GET", "/v1/servers/notion/tools");
  CHECK(remembered.at("listed") == false);
  CHECK(remembered.at("tools").at(0).at("digest") == "d1");

  fixture.live.emplace();
  fixture.live->push_back({"search", "", "Finds pages.", "d2", false, true});
  const json live = fixture.ask("POST", "/v1/servers/notion/refresh");
  CHECK(live.at("listed") == true);
  CHECK(live.at("tools").at(0).at("held") == true);
  CHECK(live.at("tools").at(0).at("digest") == "d2");
  CHECK(live.at("tools").at(0).at("accepted_digest") == "d1");
  CHECK(live.at("tools").at(0).at("capability") == "mcp:notion:search");
}

TEST_CASE("a held tool is accepted by the digest that was looked at", "[http]") {
  ControlFixture fixture;
  const Server server = fixture.store.add(a_server("notion"));
  const auto remember = [&](const char* digest) {
    fixture.store.transact([&](Database& db) {
      store::remember_tools(db, server.id, {{"page/read", digest}}, true, fixture.store.clock().now());
    });
  };
  remember("d1");
  remember("d2");
  const std::string path = "/v1/servers/notion/tools/page%2Fread/accept";
  CHECK(fixture.error_of(fixture.call("POST", path, fixture.admin, R"({"digest":"d1"})")) == "tool_changed");
  CHECK(fixture.accepted.empty());
  CHECK(fixture.call("POST", path, fixture.admin, R"({"digest":"d2"})").status == 204);
  CHECK(fixture.accepted == std::vector<ServerId>{server.id});
  CHECK(fixture.trail().front().event.tool == "page/read");
  CHECK(fixture.call("POST", "/v1/servers/notion/tools/none/accept", fixture.admin, R"({"digest":"d2"})")
            .status == 404);
}

TEST_CASE("R100: a change's row shows what was and what is, and of secrets only that they changed",
          "[http]") {
  ControlFixture fixture;
  const auto newest = [&] { return fixture.ask("GET", "/v1/audit").at("events")[0]; };
  const auto fields = [&] {
    std::string names;
    const json changes = newest().at("changes");
    for (const auto& [name, values] : changes.items()) names += name + " ";
    return names;
  };
  fixture.call("POST", "/v1/servers", fixture.admin,
               server_text({{"auth", "apiKey"}, {"api_key", secret}, {"deny", {"drop"}}}));
  CHECK(newest().at("changes").at("deny") == json::parse(R"([[],["drop"]])"));
  CHECK(newest().at("changes").at("headers") == "changed");
  const auto change = [&](const json& body) {
    REQUIRE(fixture.call("PATCH", "/v1/servers/notion", fixture.admin, body.dump()).status == 200);
    return newest().at("changes");
  };
  CHECK(change({{"title", "Notes"}, {"timeout_seconds", 30}}) ==
        json::parse(R"({"title":["Notion","Notes"],"timeout_seconds":[60,30]})"));
  CHECK(newest().at("reason").is_null());
  CHECK(change({{"title", "Notes"}}).is_null());
  CHECK(newest().at("reason") == "");
  CHECK(change({{"api_key", "another"}}) == json({{"headers", "changed"}}));
  CHECK(change({{"pin_tools", true}, {"access", {{"people", {"eve"}}}}}).at("access") ==
        json::parse(R"([{"everyone":true,"people":[],"teams":[]},
                        {"everyone":false,"people":["eve"],"teams":[]}])"));
  // The secret goes with its destination, and once it is gone it cannot go again.
  change({{"url", "https://elsewhere.example/mcp"}});
  CHECK(fields() == "headers url ");
  change({{"url", "https://third.example/mcp"}});
  CHECK(fields() == "url ");
  REQUIRE(fixture.call("DELETE", "/v1/servers/notion", fixture.admin).status == 204);
  CHECK(newest().at("changes").at("url") == json({"https://third.example/mcp", nullptr}));
  for (const auto& row : fixture.trail()) {
    CHECK(row.event.outcome == "ok");
    CHECK(row.event.reason.find(secret) == std::string::npos);
    CHECK(row.event.reason.find("another") == std::string::npos);
  }
}

TEST_CASE("a server whose secret does not open any more is still listed", "[http]") {
  ControlFixture fixture;
  fixture.call("POST", "/v1/servers", fixture.admin, server_text({{"auth", "apiKey"}, {"api_key", secret}}));
  fixture.store.transact([](Database& db) { db.run("update server_secret set value_sealed = x'00'"); });
  REQUIRE_THROWS_MATCHES(headers_of(fixture, "notion"), Error, HasId("unsealable"));
  const json list = fixture.ask("GET", "/v1/servers");
  CHECK(list.at("servers").at(0).at("header_names") == json::array({"Authorization"}));
  CHECK(fixture.ask("GET", "/v1/servers/notion").at("has_api_key") == true);
}
