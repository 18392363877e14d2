// Accounts and sign-ins while the world around them changes: servers, people, catalogs, clients.

#include "store/servers.h"
#include "support/catch.h"
#include "support/oauth_fixture.h"

using namespace patchbay;
using namespace std::chrono_literals;
using nlohmann::json;
using test::Provider;
using test::SeenRequest;

namespace {

// Answers the exchange as usual, after `meanwhile` has happened.
void during_exchange(Provider& provider, std::function<void()> meanwhile) {
  provider.answer("POST /token", [meanwhile](Provider::Peer& peer, const SeenRequest&) {
    meanwhile();
    peer.reply(200, "application/json",
               R"({"access_token":"late-access-s3cr3t","token_type":"Bearer","expires_in":900})");
  });
}

Server catalog_server(const std::string& url) {
  Server server = a_server("notion");
  server.url = url;
  server.auth = AuthType::oauth;
  server.credential_mode = CredentialMode::per_member;
  server.enabled = true;
  return server;
}

void sync(OAuthFixture& it, const Server& server) {
  it.store.transact([&](Database& db) { store::sync_catalog_servers(db, {server}, it.store.clock().now()); });
}

}  // namespace

TEST_CASE("a catalog entry that moves its server takes the accounts there with it", "[http]") {
  OAuthFixture it;
  const Server before = catalog_server(it.as1.url("/mcp"));
  sync(it, before);
  it.connect_at(it.ann, "notion", it.as1);
  REQUIRE(it.accounts().size() == 1);
  SECTION("another title leaves them") {
    Server after = before;
    after.title = "Notion of all";
    sync(it, after);
    CHECK(it.accounts().size() == 1);
    CHECK(it.clients() == 1);
  }
  SECTION("another address takes them, and a sign-in that was begun") {
    it.start(it.ann, "notion");
    sync(it, catalog_server(it.as2.url("/mcp")));
    CHECK(it.accounts().empty());
    CHECK(it.clients() == 0);
    const auto flows = it.flows();
    CHECK(std::all_of(flows.begin(), flows.end(), [](const auto& flow) { return !flow.outcome.empty(); }));
  }
  it.check_no_secret_is_out();
}

TEST_CASE("a sign-in whose account is disconnected during the exchange keeps nothing", "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  const auto approval = it.approve(it.ann, "notion", it.as1);
  SECTION("by an admin, for everybody") {
    during_exchange(it.as1, [&] {
      CHECK(it.call("POST", "/v1/servers/notion/disconnect", it.admin, "{}").status == 204);
    });
  }
  SECTION("by a change of the address") {
    during_exchange(it.as1, [&] {
      const json body = {{"url", it.as2.url("/mcp")}};
      CHECK(it.call("PATCH", "/v1/servers/notion", it.admin, body.dump()).status == 200);
    });
  }
  SECTION("by removing the server") {
    during_exchange(it.as1, [&] { CHECK(it.call("DELETE", "/v1/servers/notion", it.admin).status == 204); });
  }
  const auto reply = it.visit(it.ann, "GET", approval.target());
  CHECK(reply.status == 502);
  CHECK_THAT(reply.body, !ContainsSubstring("late-access"));
  CHECK(it.accounts().empty());
  const auto rows = it.trail();
  CHECK(std::any_of(rows.begin(), rows.end(), [](const auto& row) {
    return row.event.action == "account.connect" && row.event.outcome == "failed";
  }));
  it.check_no_secret_is_out();
}

TEST_CASE("who is an admin no more cannot end the sign-in for all that they began", "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1, {{"credential_mode", "shared"}});
  Browser bob = it.join("bob");
  REQUIRE(it.ann.call("PATCH", "/v1/users/bob", R"({"role":"admin"})").status == 200);
  REQUIRE(bob.sign_in("bob", password));
  const auto approval = it.approve(bob, "notion", it.as1);
  REQUIRE(it.ann.call("PATCH", "/v1/users/bob", R"({"role":"member"})").status == 200);
  const auto reply = it.visit(bob, "GET", approval.target());
  CHECK(reply.status == 403);
  CHECK(it.accounts().empty());
  CHECK(it.as1.count("/token") == 0);
  it.check_no_secret_is_out();
}

TEST_CASE("one sign-in at a time for each person, and few for all", "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  // While Ann's registration is under way, another of hers is told to wait.
  std::string second;
  int status = 0;
  Browser again = it.ann;
  it.as1.answer("POST /register", [&](Provider::Peer& peer, const SeenRequest&) {
    const auto reply = again.call("POST", "/v1/servers/notion/oauth/start", "{}");
    status = reply.status;
    second = reply.body;
    peer.reply(400, "application/json", R"({"error":"invalid_client_metadata"})");
  });
  it.start(it.ann, "notion", 502);
  CHECK(status == 429);
  CHECK(json::parse(second).at("error") == "sign_ins_busy");
  // And afterwards not.
  it.as1.answer_as_usual("POST /register");
  it.connect_at(it.ann, "notion", it.as1);
  it.check_no_secret_is_out();
}

TEST_CASE("an account whose client is gone says that it must be connected again", "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  it.connect_at(it.ann, "notion", it.as1);
  const auto account = it.account_of("notion", "ann");
  REQUIRE(account.has_value());
  it.as1.forget_access();
  it.store.transact([&](Database& db) { db.run("delete from oauth_client"); });
  it.store.clock().advance(2h);
  const auto outcome = it.call_with(*account, it.as1);
  CHECK(outcome == "needs_connection");
  it.check_no_secret_is_out();
}

TEST_CASE("providers hear of every token that goes, whatever took it", "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  Browser bob = it.join("bob");
  it.connect_at(bob, "notion", it.as1);
  SECTION("with its person") {
    CHECK(it.ann.call("DELETE", "/v1/users/bob").status == 204);
  }
  SECTION("with the address that it was for") {
    const json body = {{"url", it.as2.url("/mcp")}};
    CHECK(it.call("PATCH", "/v1/servers/notion", it.admin, body.dump()).status == 200);
  }
  SECTION("with the server") {
    CHECK(it.call("DELETE", "/v1/servers/notion", it.admin).status == 204);
  }
  SECTION("with all accounts of the server") {
    CHECK(it.call("POST", "/v1/servers/notion/disconnect", it.admin, "{}").status == 204);
  }
  CHECK(it.accounts().empty());
  CHECK(it.as1.wait_for("/revoke", 1) == 1);
  it.check_no_secret_is_out();
}
