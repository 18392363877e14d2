#include "http/paging.h"

#include "support/browser.h"
#include "support/catch.h"

using namespace patchbay;
using nlohmann::json;

namespace {

// Every list of the API, with the name of its rows and of what tells them apart.
struct List {
  const char* path;
  const char* things;
  const char* key;
};
constexpr List lists[] = {{"/v1/servers", "servers", "slug"}, {"/v1/servers/s0/tools", "tools", "name"},
                          {"/v1/users", "users", "name"},     {"/v1/users/ann/tokens", "tokens", "id"},
                          {"/v1/teams", "teams", "name"},     {"/v1/tokens", "tokens", "id"},
                          {"/v1/me/tokens", "tokens", "id"},  {"/v1/me/sessions", "sessions", "id"},
                          {"/v1/audit", "events", "sequence"}};

// Ann is an admin; there are at least five of everything.
struct Crowd : ControlFixture {
  Crowd() {
    const json made = json::parse(call_locally("POST", "/v1/setup", "{}").body);
    REQUIRE(ann.accept(made.at("setup_link"), "correct horse battery", "ann"));
    live.emplace();
    for (int i = 4; i >= 0; --i) {
      const std::string n = std::to_string(i);
      store.add(a_server("s" + n));
      live->push_back({"tool" + n, "", "", "d"});
      json body = {{"name", "user" + n}};
      REQUIRE(ann.call("POST", "/v1/users", body.dump()).status == 201);
      REQUIRE(ann.call("POST", "/v1/teams", json({{"name", "team" + n}}).dump()).status == 201);
      body = {{"name", "t" + n}, {"scopes", {"mcp:read"}}};
      REQUIRE(ann.call("POST", "/v1/me/tokens", body.dump()).status == 201);
      Browser other(*this);
      REQUIRE(other.sign_in("ann", "correct horse battery"));
    }
  }
  Browser ann{*this};
};

}  // namespace

TEST_CASE("every list is read page by page, each row once and in order", "[http]") {
  Crowd crowd;
  for (const List& list : lists) {
    INFO(list.path);
    const std::string path = list.path;
    const json whole = crowd.ann.ask("GET", path);
    REQUIRE(whole.at(list.things).size() >= 5);
    CHECK(whole.at("next_cursor").is_null());
    std::vector<json> seen;
    std::string cursor;
    for (int pages = 0; pages < 100; ++pages) {
      const json page = crowd.ann.ask("GET", path + "?limit=2" + cursor);
      CHECK(page.at(list.things).size() <= 2);
      for (const json& row : page.at(list.things)) seen.push_back(row.at(list.key));
      if (page.at("next_cursor").is_null()) break;
      CHECK(page.at(list.things).size() == 2);
      cursor = "&cursor=" + page.at("next_cursor").get<std::string>();
    }
    std::vector<json> wanted;
    for (const json& row : whole.at(list.things)) wanted.push_back(row.at(list.key));
    CHECK(seen == wanted);
  }
}

TEST_CASE("a page's limit and cursor are checked in every list", "[http]") {
  Crowd crowd;
  for (const List& list : lists) {
    INFO(list.path);
    const std::string path = list.path;
    CHECK(crowd.ann.call("GET", path + "?limit=1000").status == 200);
    for (const char* query : {"?limit=0", "?limit=1001", "?limit=x", "?cursor=%21", "?cursor="})
      CHECK(crowd.ann.call("GET", path + query).status == 400);
  }
}

TEST_CASE("a page goes on where its last row was removed meanwhile", "[http]") {
  Crowd crowd;
  const json first = crowd.ann.ask("GET", "/v1/teams?limit=2");
  CHECK(crowd.ann.call("DELETE", "/v1/teams/team1").status == 204);
  const json second =
      crowd.ann.ask("GET", "/v1/teams?limit=2&cursor=" + first.at("next_cursor").get<std::string>());
  CHECK(second.at("teams").at(0).at("name") == "team2");
}
