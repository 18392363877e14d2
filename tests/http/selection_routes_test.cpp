#include "store/oauth_flows.h"
#include "store/servers.h"
#include "store/users.h"
#include "support/organisation.h"

using namespace patchbay;
using nlohmann::json;

namespace {

void add_server(Organisation& org, const char* slug, json more = json::object()) {
  json body = {{"slug", slug}, {"url", std::string("https://") + slug + ".example/mcp"}, {"enabled", true}};
  body.update(more);
  REQUIRE(org.ann.call("POST", "/v1/servers", body.dump()).status == 201);
}

std::vector<std::string> selected(const json& answer) {
  std::vector<std::string> names;
  for (const auto& server : answer.at("servers"))
    if (server.at("selected") == true) names.push_back(server.at("slug"));
  return names;
}

using Names = std::vector<std::string>;

Names tables_with(Organisation& org, const std::string& column) {
  return org.store.read([&](Database& db) {
    Names tables;
    auto found = db.query("select name, sql from sqlite_master where type = 'table'");
    while (const auto row = found.next())
      if (row->text("sql").find(column) != std::string::npos) tables.emplace_back(row->text("name"));
    return tables;
  });
}

// An account at a server, and a sign-in under way there.
void sign_in_at(Organisation& org, std::string_view slug, std::string_view person) {
  org.store.transact([&](Database& db) {
    const Instant now = org.store.clock().now();
    store::OAuthClient client;
    {
      auto found = db.query("select id from server where slug = ?", slug);
      client.server = ServerId(found.next()->text("id"));
    }
    client.issuer = "https://as.example";
    client.client_id = "c";
    client = store::put_oauth_client(db, org.store->vault(), client, now);
    store::Account account;
    account.server = client.server;
    const auto user = store::require_user(db, person).id;
    if (person != "ann") account.user = user;  // the organisation's is the admin's doing
    account.client = client.id;
    const store::AccountTokens tokens{Secret("access"), Secret("refresh")};
    store::put_account(db, org.store->vault(), account, tokens, now);
    store::OAuthFlow flow;
    flow.server = client.server;
    flow.user = account.user;
    flow.starter = user;
    flow.session = SessionId::create(now);
    flow.client = client.id;
    flow.details = flow.trace = "[]";
    store::begin_flow(db, org.store->vault(), flow, Secret("verifier"), now);
  });
}

}  // namespace

TEST_CASE("R88: absent keeps a selection, none opts out of all but what is forced, a list replaces",
          "[http]") {
  Organisation org;
  add_server(org, "forced", {{"availability", "forceOn"}});
  add_server(org, "usual");
  add_server(org, "rare", {{"availability", "defaultOff"}});
  add_server(org, "hidden", {{"access", json::object()}});
  Browser bob = org.join("bob");
  CHECK(selected(bob.ask("GET", "/v1/selection")) == Names{"forced", "usual"});
  CHECK(bob.ask("GET", "/v1/selection").at("touched") == false);
  CHECK(selected(bob.ask("PUT", "/v1/selection", "{}")) == Names{"forced", "usual"});
  CHECK(bob.ask("GET", "/v1/selection").at("touched") == false);
  CHECK(selected(bob.ask("PUT", "/v1/selection", R"({"servers":[]})")) == Names{"forced"});
  CHECK(selected(bob.ask("PUT", "/v1/selection", R"({"servers":["rare","hidden","none"]})")) ==
        Names{"forced", "rare"});
  CHECK(selected(bob.ask("PUT", "/v1/selection?session=laptop", R"({"servers":["usual"]})")) ==
        Names{"forced", "usual"});
  CHECK(selected(bob.ask("GET", "/v1/selection")) == Names{"forced", "rare"});
  CHECK(selected(bob.ask("GET", "/v1/selection?session=other")) == Names{"forced", "rare"});
  CHECK(bob.call("DELETE", "/v1/selection").status == 204);
  CHECK(selected(bob.ask("GET", "/v1/selection")) == Names{"forced", "usual"});
  CHECK(bob.call("PUT", "/v1/selection?session=" + std::string(129, 'x'), R"({"servers":[]})").status == 400);
  CHECK(bob.call("PUT", "/v1/selection", R"({"servers":"usual"})").status == 400);
}

TEST_CASE("a selection is the person's own, and an appliance token has none", "[http]") {
  Organisation org;
  add_server(org, "usual");
  Browser bob = org.join("bob");
  Browser carl = org.join("carl");
  bob.ask("PUT", "/v1/selection", R"({"servers":[]})");
  CHECK(selected(carl.ask("GET", "/v1/selection")) == Names{"usual"});
  CHECK(org.call("GET", "/v1/selection", org.admin).status == 403);
  const auto id = UserId(bob.ask("GET", "/v1/me").at("user").at("id").get<std::string>());
  REQUIRE(org.bearer.person(id)->selection);
  CHECK(org.bearer.person(id)->selection->servers.empty());
}

TEST_CASE("a profile is an admin's to make and shows people its endpoint only", "[http]") {
  Organisation org;
  add_server(org, "usual");
  Browser bob = org.join("bob");
  const auto made = org.ann.call(
      "POST", "/v1/profiles",
      R"({"title":"Support desk","access":{"people":["bob"]},"servers":[{"server":"usual","tools":["read"]}]})");
  REQUIRE(made.status == 201);
  const json profile = json::parse(made.body);
  CHECK(profile.at("slug") == "support-desk");
  CHECK(profile.at("endpoint") == "https://gate.example/mcp/p/support-desk");
  CHECK(profile.at("servers").at(0).at("server") == "usual");
  CHECK(bob.call("GET", "/v1/profiles").status == 403);
  const json own = bob.ask("GET", "/v1/me/profiles").at("profiles");
  REQUIRE(own.size() == 1);
  CHECK_FALSE(own.at(0).contains("access"));
  CHECK_FALSE(own.at(0).contains("servers"));
  Browser carl = org.join("carl");
  CHECK(carl.ask("GET", "/v1/me/profiles").at("profiles").empty());
  CHECK(org.ann.call("POST", "/v1/profiles", R"({"slug":"Support-Desk","title":"x"})").status == 409);
  CHECK(org.ann.call("POST", "/v1/profiles", R"({"slug":"x","servers":[{"server":"none"}]})").status == 404);
  const auto stale = org.ann.call("PATCH", "/v1/profiles/support-desk", R"({"title":"B","revision":7})");
  CHECK(stale.status == 409);
  CHECK(org.ann.ask("PATCH", "/v1/profiles/support-desk", R"({"shape":"search"})").at("shape") == "search");
  CHECK_FALSE(org.bearer.profile("SUPPORT-desk")->is_flat);
  CHECK(org.ann.call("DELETE", "/v1/servers/usual").status == 204);
  CHECK(org.ann.ask("GET", "/v1/profiles/support-desk").at("servers").empty());
  CHECK(org.ann.call("DELETE", "/v1/profiles/support-desk").status == 204);
  CHECK(org.bearer.profile("support-desk") == nullptr);
}

TEST_CASE("the roll-out is an admin's to change, checked, and counts at once", "[http]") {
  Organisation org;
  Browser bob = org.join("bob");
  CHECK(org.ann.ask("GET", "/v1/rollout").at("state") == "on");
  CHECK(bob.call("PUT", "/v1/rollout", R"({"state":"dark"})").status == 403);
  CHECK(org.bearer.rollout() == nullptr);
  CHECK(org.ann.ask("PUT", "/v1/rollout", R"({"state":"pilot","people":["bob"]})").at("people") ==
        json::array({"bob"}));
  CHECK(org.bearer.rollout()->state == RolloutState::pilot);
  CHECK(org.ann.call("PUT", "/v1/rollout", R"({"state":"half"})").status == 400);
  CHECK(org.ann.call("PUT", "/v1/rollout", R"({"state":"pilot","people":[" "]})").status == 400);
  CHECK(org.trail().front().event.action == "rollout.change");
  org.store.reopen();
  const oauth::Bearer again{*org.store, org.store.clock(), "https://gate.example"};
  CHECK(again.rollout()->people == Names{"bob"});
}

TEST_CASE("who is removed leaves no name behind in profiles and pilots", "[http]") {
  Organisation org;
  add_server(org, "usual");
  Browser bob = org.join("bob");
  org.ann.call("PUT", "/v1/rollout", R"({"state":"pilot","people":["bob","ann"]})");
  org.ann.call("PUT", "/v1/servers/usual/rollout", R"({"state":"pilot","people":["BOB"]})");
  org.ann.call("POST", "/v1/profiles", R"({"slug":"desk","access":{"people":["bob"]}})");
  CHECK(org.ann.call("DELETE", "/v1/users/bob").status == 204);
  CHECK(org.ann.ask("GET", "/v1/rollout").at("people") == json::array({"ann"}));
  CHECK(org.ann.ask("GET", "/v1/servers/usual").at("rollout").at("people").empty());
  CHECK(org.ann.ask("GET", "/v1/profiles/desk").at("access").at("people").empty());
  CHECK(org.people_out.size() == 1);
}

TEST_CASE("R65: nothing is left of what belonged to a removed person or server", "[http]") {
  Organisation org;
  add_server(org, "crm",
             {{"auth", "headers"}, {"credential_mode", "perMember"}, {"member_headers", {"X-Key"}}});
  Browser bob = org.join("bob");
  bob.call("POST", "/v1/me/servers",
           R"({"slug":"mine","url":"https://m.example/mcp","auth":"apiKey","api_key":"k-123456"})");
  bob.call("PUT", "/v1/me/credentials/crm", R"({"headers":{"X-Key":"v"}})");
  bob.call("PUT", "/v1/selection", R"({"servers":["crm","mine"]})");
  org.ann.call("POST", "/v1/profiles", R"({"slug":"desk","servers":[{"server":"crm"}]})");
  for (const char* person : {"ann", "bob"}) sign_in_at(org, "crm", person);
  sign_in_at(org, "mine", "bob");
  const auto rows = [&](const char* table) {
    return org.store.read([&](Database& db) {
      auto found = db.query(std::string("select count(*) as count from ") + table);
      return found.next()->integer("count");
    });
  };
  CHECK(rows("server_secret") == 1);
  CHECK(rows("member_secret") == 1);
  CHECK(rows("selection") == 1);
  CHECK(rows("oauth_account") == 3);
  CHECK(rows("oauth_flow") == 3);
  CHECK(org.ann.call("DELETE", "/v1/users/bob").status == 204);
  for (const char* table : {"server_secret", "member_secret", "selection"}) CHECK(rows(table) == 0);
  for (const char* table : {"server", "oauth_account", "oauth_client", "oauth_flow"}) CHECK(rows(table) == 1);
  CHECK(org.ann.call("DELETE", "/v1/servers/crm").status == 204);
  for (const char* table : {"oauth_account", "oauth_client", "oauth_flow", "server", "profile_server",
                            "server_test", "tool_definition"})
    CHECK(rows(table) == 0);
  // Whatever table names a server or a person, one of a later step too.
  std::size_t looked_at = 0;
  for (const std::string owner : {"server", "user"})
    for (const auto& table : tables_with(org, owner + "_id")) {
      CAPTURE(table, owner);
      CHECK(rows((table + " where " + owner + "_id not in (select id from " + owner + ")").c_str()) == 0);
      ++looked_at;
    }
  CHECK(looked_at >= 14);
}
