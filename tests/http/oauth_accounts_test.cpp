// What people and admins do with accounts: what is refused, shown, taken back.

#include "support/catch.h"
#include "support/oauth_fixture.h"

using namespace patchbay;
using namespace std::chrono_literals;
using nlohmann::json;
using test::Provider;
using test::SeenRequest;

// The status is 502 as for all that goes wrong at a provider (the API's document says so); R56 has 400.
TEST_CASE("R56: a registration that is refused leaves nothing behind and says what to type in", "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  SECTION("the provider says no") {
    it.as1.answer("POST /register", [](Provider::Peer& peer, const SeenRequest&) {
      peer.reply(400, "application/json",
                 R"({"error":"invalid_client_metadata","error_description":"planted words"})");
    });
    const json answer = it.start(it.ann, "notion", 502);
    CHECK(answer.at("error") == "oauth_registration_refused");
    CHECK_THAT(answer.at("message").get<std::string>(), ContainsSubstring("by hand"));
    CHECK(answer.dump().find("planted") == std::string::npos);
    CHECK(answer.at("details").at("trace").back().at("leg") == "registration");
    CHECK(answer.at("details").at("trace").back().at("status") == 400);
  }
  SECTION("the provider takes none") {
    it.as1.change([](auto& documents) { documents.metadata.erase("registration_endpoint"); });
    const json answer = it.start(it.ann, "notion", 502);
    CHECK(answer.at("error") == "oauth_client_needed");
    CHECK_THAT(answer.at("message").get<std::string>(),
               ContainsSubstring("https://gate.example/oauth/callback"));
    CHECK_THAT(answer.at("message").get<std::string>(), ContainsSubstring("client_id"));
  }
  CHECK(it.clients() == 0);
  CHECK(it.flows().empty());
  CHECK(it.accounts().empty());
  it.check_no_secret_is_out();
}

TEST_CASE("R57: a client that an admin types in is whole or refused, and its secret can be put right",
          "[http]") {
  OAuthFixture it;
  const auto status_of = [&](const json& oauth) {
    return it
        .call("POST", "/v1/servers", it.admin,
              json({{"slug", "x"}, {"url", it.as1.url("/mcp")}, {"auth", "oauth"}, {"oauth", oauth}}).dump())
        .status;
  };
  CHECK(status_of({{"client_secret", "s-123456"}}) == 400);
  CHECK(status_of({{"authorization_endpoint", "https://as.example/a"}}) == 400);
  CHECK(status_of({{"client_id", "c"}, {"token_endpoint", "https://as.example/t"}}) == 400);
  CHECK(status_of({{"client_id", "c"}, {"token_endpoint_auth_method", "client_secret_basic"}}) == 400);
  CHECK(it.clients() == 0);

  it.add_server("notion", it.as1, {{"oauth", {{"client_id", "typed"}, {"client_secret", "wrong-1234"}}}});
  const auto refuse_secret = [](Provider::Peer& peer, const SeenRequest&) {
    peer.reply(401, "application/json", R"({"error":"invalid_client"})");
  };
  it.as1.answer("POST /token", refuse_secret);
  CHECK(it.visit(it.ann, "GET", it.approve(it.ann, "notion", it.as1).target()).status == 502);
  it.as1.answer_as_usual("POST /token");
  CHECK(it.call("PATCH", "/v1/servers/notion", it.admin, R"({"oauth":{"client_secret":"right-5678"}})")
            .status == 200);
  CHECK(it.clients() == 1);
  it.connect_at(it.ann, "notion", it.as1);
  CHECK(it.as1.count("/register") == 0);
  CHECK(it.as1.seen("/token").back().headers.at("authorization") == "Basic dHlwZWQ6cmlnaHQtNTY3OA==");
  // Another way to prove it keeps the secret, and a disconnected server its client.
  CHECK(it.call("PATCH", "/v1/servers/notion", it.admin,
                R"({"oauth":{"token_endpoint_auth_method":"client_secret_post"}})")
            .status == 200);
  CHECK(it.call("POST", "/v1/servers/notion/disconnect", it.admin, "{}").status == 204);
  it.connect_at(it.ann, "notion", it.as1);
  CHECK_THAT(it.as1.seen("/token").back().body, ContainsSubstring("client_secret=right-5678"));
  CHECK(it.clients() == 1);
  it.check_no_secret_is_out();
}

TEST_CASE("R62: who is shown as connected can make calls, and nobody else is", "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1, {{"credential_mode", "shared"}});
  const auto is_connected = [&] {
    return it.ask("GET", "/v1/servers/notion").at("oauth").at("auth_connected").get<bool>();
  };
  CHECK_FALSE(is_connected());
  it.start(it.ann, "notion");
  CHECK_FALSE(is_connected());
  it.as1.change([](auto& documents) { documents.token = {{"refresh_token", nullptr}}; });
  it.connect_at(it.ann, "notion", it.as1);
  CHECK(is_connected());
  it.store.clock().advance(3600s - 1ms);
  CHECK(is_connected());
  it.store.clock().advance(1ms);
  CHECK_FALSE(is_connected());
  CHECK(it.call_with(*it.account_of("notion"), it.as1) == "needs_connection");
}

TEST_CASE("R63: disconnecting tells the provider, and deletes whatever that says; twice is no fault",
          "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  it.connect_at(it.ann, "notion", it.as1);
  const bool is_down = GENERATE(false, true);
  if (is_down)
    it.as1.answer("POST /revoke", [](Provider::Peer& peer, const SeenRequest&) { peer.reply(503, "", ""); });
  CHECK(it.visit(it.ann, "DELETE", "/v1/servers/notion/oauth").status == 204);
  CHECK(it.accounts().empty());
  CHECK(it.trail().front().event.action == "account.disconnect");
  const auto rows = it.trail().size();
  CHECK(it.visit(it.ann, "DELETE", "/v1/servers/notion/oauth").status == 204);
  CHECK(it.trail().size() == rows);
  it.keeper.settle();
  const auto revoked = it.as1.seen("/revoke");
  REQUIRE(revoked.size() == (is_down ? 2 : 1));
  const auto form = oauth::FormFields::parse(revoked[0].body);
  CHECK(form.text("token_type_hint") == "refresh_token");
  CHECK(form.text("token").starts_with("refresh-as1-"));
  it.check_no_secret_is_out();
}

TEST_CASE("R64: an admin's disconnect ends everybody's account at a server", "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  Browser bob = it.join("bob");
  it.connect_at(it.ann, "notion", it.as1);
  it.connect_at(bob, "notion", it.as1);
  CHECK(it.visit(bob, "POST", "/v1/servers/notion/disconnect", "{}").status == 403);
  CHECK(it.accounts().size() == 2);
  CHECK(it.call("POST", "/v1/servers/notion/disconnect", it.admin, "{}").status == 204);
  CHECK(it.accounts().empty());
  CHECK(it.clients() == 0);
  CHECK(it.as1.wait_for("/revoke", 2) == 2);
  it.check_no_secret_is_out();
}

TEST_CASE("R71: nobody signs in for another, and the organisation's account is an admin's", "[http]") {
  OAuthFixture it;
  it.add_server("ours", it.as1, {{"credential_mode", "shared"}});
  it.add_server("each", it.as2);
  it.add_server("anns", it.as2, {{"access", {{"people", {"ann"}}}}});
  Browser bob = it.join("bob");
  CHECK(it.start(bob, "ours", 403).at("error") == "admin_account");
  CHECK(it.start(bob, "anns", 404).at("error") == "no_server");
  CHECK(it.visit(bob, "DELETE", "/v1/servers/ours/oauth").status == 403);
  it.connect_at(it.ann, "ours", it.as1);
  it.connect_at(it.ann, "each", it.as2);
  it.connect_at(bob, "each", it.as2);
  CHECK(it.account_of("each", "ann")->id != it.account_of("each", "bob")->id);
  CHECK(it.visit(bob, "DELETE", "/v1/servers/each/oauth").status == 204);
  CHECK(it.account_of("each", "ann").has_value());
  const json started = it.start(it.ann, "each");
  CHECK(it.visit(bob, "GET", cat("/v1/me/oauth/flows/", started.at("flow").get<std::string>())).status ==
        404);
}
