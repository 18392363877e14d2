// Registration, tokens, and how accounts end.

#include "http/oauth_client_topics.h"
#include "support/catch.h"
#include "support/oauth_fixture.h"
#include "support/page_reader.h"

using namespace patchbay;
using namespace std::chrono_literals;
using nlohmann::json;
using test::Provider;
using test::SeenRequest;

namespace {

// Ann's account at "notion", kept in a row of its own.
struct Connected : OAuthFixture {
  Connected() {
    add_server("notion", as1);
    connect_at(ann, "notion", as1);
    account = account_of("notion", "ann").value();
    tokens = keeper.source(account);
  }
  store::Account row() { return account_of("notion", "ann").value(); }
  using OAuthFixture::call;
  std::string call() { return keeper.call(as1.url("/mcp"), tokens); }
  void answer_token(int code, const std::string& body) {
    as1.answer("POST /token", [code, body](Provider::Peer& peer, const SeenRequest&) {
      peer.reply(code, "application/json", body);
    });
  }
  store::Account account;
  std::shared_ptr<mcp::TokenSource> tokens;
};

// A registration whose answer is another than it should be.
std::string refused_registration(const json& answer) {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  it.as1.change([&](auto& documents) { documents.registration = answer; });
  const auto reason = it.start_refused(it.ann, "notion");
  CHECK(it.as1.count("/token") == 0);
  it.check_no_secret_is_out();
  return reason;
}

void dcr_echo_redirect() {
  for (const auto& uris : {json::array({"https://evil.example/cb"}), json::array(),
                           json::array({"https://gate.example/oauth/callback", "https://evil.example/cb"})})
    CHECK(refused_registration({{"redirect_uris", uris}}) == "oauth_registration_refused");
}

void dcr_secret_downgrade() {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  it.as1.change([](auto& documents) {
    documents.registration = {{"token_endpoint_auth_method", "client_secret_basic"},
                              {"client_secret", "planted-client-secret-0123456789"}};
  });
  it.connect_at(it.ann, "notion", it.as1);
  CHECK(json::parse(it.as1.seen("/register").at(0).body).at("token_endpoint_auth_method") == "none");
  const auto request = it.as1.seen("/token").at(0);
  CHECK(request.headers.at("authorization").starts_with("Basic "));
  CHECK(request.body.find("client_secret") == std::string::npos);
  CHECK(it.store.read([](Database& db) {
    auto rows = db.query("select instr(secret_sealed, 'planted') as at from oauth_client");
    return rows.next()->integer("at");
  }) == 0);
  it.check_no_secret_is_out();
}

// Nothing that as1 knows goes to as2, until an admin lets the server go: then all is made anew.
void dcr_issuer_change() {
  Connected it;
  it.as1.change([&](auto& documents) { documents.resource["authorization_servers"] = {it.as2.origin()}; });
  it.store.clock().advance(3600s);
  CHECK(it.call() == "ok");  // the refresh goes where the account was made
  CHECK(it.as2.requests() == 0);
  const auto account = it.row();
  REQUIRE(it.ann.sign_in("ann", password));  // an hour is longer than a browser's session
  const auto before = it.trail().size();
  CHECK(it.start(it.ann, "notion", 502).at("error") == "oauth_issuer_changed");
  CHECK(it.trail().size() == before + 1);
  CHECK(it.row().generation == account.generation);
  for (const char* path : {"/register", "/token"}) CHECK(it.as2.count(path) == 0);

  CHECK(it.call("POST", "/v1/servers/notion/disconnect", it.admin, "{}").status == 204);
  it.connect_at(it.ann, "notion", it.as2);
  CHECK(it.as2.count("/register") == 1);
  CHECK(it.row().issuer == it.as2.origin());
  for (const auto& request : it.as2.seen("/token")) {
    const auto form = oauth::FormFields::parse(request.body);
    CHECK(form.text("client_id").starts_with("client-as2-"));
    CHECK(request.body.find("as1-") == std::string::npos);
  }
  it.check_no_secret_is_out();
}

void dcr_client_id_inject() {
  for (const auto& id : {std::string("a\nb"), std::string("a\r\nX-Y: z"), std::string(10 << 10, 'a'),
                         std::string("a b"), std::string()})
    CHECK(refused_registration({{"client_id", id}}) == "oauth_registration_refused");
}

// A token answer that is refused: the flow is over, nothing is kept, and one row says why.
void refused_tokens(const json& answer) {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  const auto approval = it.approve(it.ann, "notion", it.as1);
  it.as1.change([&](auto& documents) { documents.token = answer; });
  const auto before = it.trail().size();
  const auto reply = it.visit(it.ann, "GET", approval.target());
  CAPTURE(reply.body);
  CHECK(reply.status == 502);  // R52: the exchange failed
  CHECK(it.accounts().empty());
  REQUIRE(it.trail().size() == before + 1);
  CHECK(it.trail().front().event.outcome == "failed");
  CHECK(it.trail().front().event.reason == "oauth_bad_token_answer");
  CHECK(it.flows().at(0).used_at.has_value());
  it.callback_refused(it.ann, approval.target(), 400, "oauth_state_used");
  it.check_no_secret_is_out();
}

void token_type_mac() {
  refused_tokens({{"token_type", "mac"}});
}

void token_no_access() {
  refused_tokens({{"access_token", nullptr},
                  {"token_type", nullptr},
                  {"expires_in", nullptr},
                  {"refresh_token", nullptr}});
}

void token_newline() {
  refused_tokens({{"access_token", "abc\r\nX-Injected: 1"}});
  refused_tokens({{"refresh_token", "abc\ndef"}});
}

void token_expires_odd() {
  using std::chrono::seconds;
  const std::vector<std::pair<json, seconds>> cases = {
      {-1, 0s}, {1e99, seconds(365 * 24 * 3600)}, {"3600", 3600s}, {nullptr, 3600s}};
  for (const auto& [value, lives] : cases) {
    OAuthFixture it;
    it.add_server("notion", it.as1);
    it.as1.change([&, value = value](auto& documents) { documents.token = {{"expires_in", value}}; });
    it.connect_at(it.ann, "notion", it.as1);
    const auto account = it.account_of("notion", "ann").value();
    CAPTURE(value.dump());
    CHECK(account.expires_at == it.store.clock().now() + lives);
    CHECK(account.is_connected(it.store.clock().now()));  // it can be renewed
    it.check_no_secret_is_out();
  }
}

void token_scope_wider() {
  OAuthFixture it;
  it.add_server("notion", it.as1, {{"oauth", {{"scopes", {"mcp.read"}}}}});
  it.as1.change([](auto& documents) { documents.token = {{"scope", "mcp.read admin:*"}}; });
  it.connect_at(it.ann, "notion", it.as1);
  const auto rows = it.trail();
  CHECK(rows.front().event.action == "account.connect");
  CHECK(rows.front().event.outcome == "ok");
  CHECK(rows.front().event.reason == "wider scope: admin:*");
  const json account = it.ask("GET", "/v1/servers/notion/accounts").at("accounts").at(0).at("oauth");
  CHECK(account.at("connected") == true);
  CHECK(account.at("scope") == "mcp.read admin:*");
  CHECK(it.flows().at(0).message == "More was granted than asked for: admin:*");
  it.check_no_secret_is_out();
}

void refresh_race_threads() {
  Connected it;
  it.store.clock().advance(3600s);
  const auto outcomes = it.keeper.calls(50, it.as1.url("/mcp"), it.tokens);
  CHECK(std::count(outcomes.begin(), outcomes.end(), "ok") == 50);
  CHECK(it.as1.refreshes() == 1);
  it.check_no_secret_is_out();
}

// A data directory has one process at a time (its lock refuses the second, see tests/store/store_test.cpp),
// so a CLI or another client asks the running server and two processes cannot race. What is left to prove is
// the guard in the database: whoever comes with a generation that is over changes nothing, and loses no
// token.
void refresh_race_process() {
  Connected it;
  const auto old = it.row();
  it.store.clock().advance(3600s);
  CHECK(it.call() == "ok");
  const auto fresh = it.tokens_of(it.row());
  it.store.transact([&](Database& db) {
    store::Refreshed late;
    late.tokens = {Secret("late-access"), Secret("late-refresh")};
    CHECK_FALSE(store::begin_refresh(db, old.id, old.generation));
    CHECK_FALSE(
        store::put_refreshed(db, it.store->vault(), old.id, old.generation, late, it.store.clock().now()));
    CHECK_FALSE(store::lose_account(db, old.id, old.generation, "ended", it.store.clock().now()));
  });
  CHECK(it.tokens_of(it.row()).refresh.reveal() == fresh.refresh.reveal());
  CHECK(it.row().generation == old.generation + 1);
  CHECK(it.as1.refreshes() == 1);
  it.store.clock().advance(3600s);
  CHECK(it.call() == "ok");
  CHECK(it.as1.refreshes() == 2);
  it.check_no_secret_is_out();
}

// The row of a process that was killed between the provider's answer and its commit: the old refresh token,
// and the mark that it was sent. The next process tries it once.
void refresh_crash_after_send() {
  TestStore store;
  test::Provider provider("as1");
  const auto connected = [&](const std::string& slug) {
    Server server = a_server(slug);
    server.url = provider.url("/mcp");
    return test::put_account_of(store, provider, store.add(server).id);
  };
  const auto dead = connected("notion");
  const auto other = connected("linear");
  store.transact([&](Database& db) {
    REQUIRE(store::begin_refresh(db, dead.id, 1));
    REQUIRE(store::begin_refresh(db, other.id, 1));
  });
  store.reopen();
  store.clock().advance(3600s);
  const auto find = [&](const store::Account& account) {
    return *store.read([&](Database& db) { return store::find_account(db, account.id); });
  };
  CHECK(find(dead).is_refreshing);
  CHECK(find(dead).has_refresh);
  {
    store::AuditWriter writer(*store, {});
    test::AccountKeeper keeper(*store, writer, store.clock());
    provider.answer("POST /token", [](Provider::Peer& peer, const SeenRequest&) {
      peer.reply_json(R"({"error":"invalid_grant"})");
    });
    const auto tokens = keeper.source(dead);
    for (int i = 0; i < 3; ++i) CHECK(keeper.call(provider.url("/mcp"), tokens) == "needs_connection");
    CHECK(provider.count("/token") == 1);
    CHECK(find(dead).reason == "interrupted");
    CHECK_FALSE(find(dead).has_refresh);
    CHECK(find(other).is_connected(store.clock().now()));
    // The other one's provider had not rotated when the process died.
    provider.answer_as_usual("POST /token");
    CHECK(keeper.call(provider.url("/mcp"), keeper.source(other)) == "ok");
    CHECK_FALSE(find(other).is_refreshing);
  }
  const auto rows = store.read([](Database& db) { return store::list_events(db, {}); });
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].event.action == "account.lost");
  CHECK(rows[0].event.reason == "interrupted");
}

void refresh_invalid_grant() {
  Connected it;
  it.store.clock().advance(3600s);
  it.answer_token(400, R"({"error":"invalid_grant","error_description":"gone"})");
  const auto before = it.as1.count("/token");
  for (int i = 0; i < 5; ++i) CHECK(it.call() == "needs_connection");
  it.store.clock().advance(60s);
  CHECK(it.call() == "needs_connection");
  CHECK(it.as1.count("/token") == before + 1);
  CHECK(it.row().reason == "ended");
  CHECK(it.store.read([](Database& db) {
    auto rows = db.query(
        "select count(*) as count from oauth_account"
        " where access_sealed is not null or refresh_sealed is not null");
    return rows.next()->integer("count");
  }) == 0);
  CHECK(it.trail().front().event.action == "account.lost");
  it.check_no_secret_is_out();
}

void refresh_5xx() {
  Connected it;
  it.store.clock().advance(3600s);
  it.answer_token(503, "{}");
  const auto before = it.as1.count("/token");
  for (int asked = 1; asked <= 3; ++asked) {
    for (int i = 0; i < 3; ++i) CHECK(it.call() == "upstream_auth_unavailable");
    CHECK(it.as1.count("/token") == before + static_cast<std::size_t>(asked));
    it.store.clock().advance(std::chrono::seconds(1 << (asked - 1)));
  }
  CHECK(it.row().has_refresh);
  CHECK(it.row().is_connected(it.store.clock().now()));
  it.as1.answer_as_usual("POST /token");
  CHECK(it.call() == "ok");
  it.check_no_secret_is_out();
}

void token_to_wrong_upstream() {
  Connected it;
  // "linear" is another server whose accounts as1 keeps too.
  it.as2.change([&](auto& documents) { documents.resource["authorization_servers"] = {it.as1.origin()}; });
  it.add_server("linear", it.as2);
  it.connect_at(it.ann, "linear", it.as1);
  const auto first = it.row();
  const auto second = it.account_of("linear", "ann").value();
  CHECK(first.resource == it.as1.url("/mcp"));
  CHECK(second.resource == it.as2.url("/mcp"));
  const auto token = [&](const store::Account& account) { return it.tokens_of(account).access.reveal(); };
  it.call_with(second, it.as2);
  const auto seen = it.as2.seen("/mcp");
  CHECK(seen.back().headers.at("authorization") == cat("Bearer ", token(second)));
  for (const auto& request : seen)
    CHECK((!request.headers.contains("authorization") ||
           request.headers.at("authorization").find(token(first)) == std::string::npos));
  it.check_no_secret_is_out();
}

// What is deleted is overwritten in its page: a store that held tokens, read with its own key.
void check_pages() {
  TestStore store;
  test::Provider provider("as1");
  const auto server = store.add(a_server("notion")).id;
  const auto account = test::put_account_of(store, provider, server);
  const std::vector<std::string> sealed = store.read([&](Database& db) {
    auto rows = db.query("select access_sealed, refresh_sealed from oauth_account where id = ?", account.id);
    const auto* row = rows.next();
    return std::vector<std::string>{row->text("access_sealed"), row->text("refresh_sealed")};
  });
  store.close();
  for (const auto& one : sealed) CHECK(decrypted_pages(store).find(one) != std::string::npos);
  store.reopen();
  store.transact([&](Database& db) { store::remove_server(db, server); });
  store.close();
  for (const auto& one : sealed) CHECK(decrypted_pages(store).find(one) == std::string::npos);
  for (const auto& secret : provider.secrets())
    CHECK(decrypted_pages(store).find(secret) == std::string::npos);
}

void disconnect_purges() {
  Connected it;
  Browser bob = it.join("bob");
  it.start(bob, "notion");  // a sign-in under way
  it.call("PUT", "/v1/servers/notion/access", it.admin, R"({"people":["ann","bob"]})");
  it.call("POST", "/v1/profiles", it.admin, R"({"slug":"desk","servers":[{"server":"notion"}]})");
  const auto rows = [&](const std::string& table) {
    return it.store.read([&](Database& db) {
      auto found = db.query(cat("select count(*) as count from ", table));
      return found.next()->integer("count");
    });
  };
  CHECK(rows("oauth_flow where used_at is null") == 1);
  for (const char* table : {"oauth_account", "oauth_client"}) CHECK(rows(table) == 1);
  CHECK(it.call("DELETE", "/v1/servers/notion", it.admin).status == 204);
  for (const char* table : {"oauth_account", "oauth_client", "oauth_flow", "profile_server", "server"})
    CHECK(rows(table) == 0);
  CHECK(it.as1.wait_for("/revoke", 1) == 1);  // the provider is told, best effort
  it.store.clock().advance(3600s);
  CHECK(it.call() == "needs_connection");
  it.check_no_secret_is_out();
  check_pages();
}

}  // namespace

Topics token_topics() {
  return {{"dcr_echo_redirect", dcr_echo_redirect},
          {"dcr_secret_downgrade", dcr_secret_downgrade},
          {"dcr_issuer_change", dcr_issuer_change},
          {"dcr_client_id_inject", dcr_client_id_inject},
          {"token_type_mac", token_type_mac},
          {"token_no_access", token_no_access},
          {"token_newline", token_newline},
          {"token_expires_odd", token_expires_odd},
          {"token_scope_wider", token_scope_wider},
          {"refresh_race_threads", refresh_race_threads},
          {"refresh_race_process", refresh_race_process},
          {"refresh_crash_after_send", refresh_crash_after_send},
          {"refresh_invalid_grant", refresh_invalid_grant},
          {"refresh_5xx", refresh_5xx},
          {"token_to_wrong_upstream", token_to_wrong_upstream},
          {"disconnect_purges", disconnect_purges}};
}
