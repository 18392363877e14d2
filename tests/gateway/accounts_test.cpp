#include "gateway/accounts.h"

#include <algorithm>
#include <future>

#include "store/events.h"
#include "store/users.h"
#include "support/account_keeper.h"
#include "support/builders.h"
#include "support/catch.h"

using namespace patchbay;
using namespace std::chrono_literals;
using test::cat;

namespace {

// One account at a provider, kept fresh.
struct Kept {
  Kept() {
    account = test::put_account_of(store, provider, server.id);
    tokens = keeper.source(account);
  }
  std::string call() { return keeper.call(provider.url("/mcp"), tokens); }
  std::vector<std::string> calls(int many) { return keeper.calls(many, provider.url("/mcp"), tokens); }
  // The token that a request would go with; an error's id in brackets where there is none.
  std::string token() { return all_tokens(1).at(0); }
  std::vector<std::string> all_tokens(int many, Until until = Until::in(20s)) {
    std::vector<std::string> found;
    keeper.web.on_loop([&] {
      for (int i = 0; i < many; ++i) keeper.web.loop().spawn("token", take(*tokens, found, until));
    });
    keeper.settle();
    return found;
  }
  static Task<void> take(mcp::TokenSource& source, std::vector<std::string>& into, Until until) {
    std::string got;
    try {
      auto token = co_await source.token(until);
      got = token->reveal();
    } catch (const Error& error) {
      got = cat("[", error.id(), "]");
    }
    into.push_back(std::move(got));
  }
  store::Account row() {
    return *store.read([&](Database& db) { return store::find_account(db, account.id); });
  }
  store::AccountTokens sealed() {
    return store.read(
        [&](Database& db) { return store::open_account_tokens(db, store->vault(), account.id); });
  }
  std::vector<std::string> lost_rows() {
    std::vector<std::string> reasons;
    const auto events = store.read([](Database& db) { return store::list_events(db, {}); });
    for (const auto& one : events)
      if (one.event.action == "account.lost") reasons.push_back(one.event.reason);
    return reasons;
  }
  static Server at(const test::Provider& provider, const std::string& slug) {
    Server server = a_server(slug);
    server.url = provider.url("/mcp");
    return server;
  }
  // What the token endpoint says from now on.
  void answer(int status, const std::string& body) {
    provider.answer("POST /token", [status, body](test::Provider::Peer& peer, const test::SeenRequest&) {
      peer.reply(status, "application/json", body);
    });
  }

  test::Provider provider{"as1"};
  TestStore store;
  Server server = store.add(at(provider, "fake"));
  store::AuditWriter writer{*store, {}};
  test::AccountKeeper keeper{*store, writer, store.clock()};
  store::Account account;
  std::shared_ptr<mcp::TokenSource> tokens;
};

// A token endpoint that says what it will only when it is let.
class Gate {
 public:
  Gate(test::Provider& provider, int status, std::string body) {
    provider.answer("POST /token",
                    [this, status, body](test::Provider::Peer& peer, const test::SeenRequest&) {
                      asked_.set_value();
                      opened_.wait_for(10s);
                      peer.reply(status, "application/json", body);
                    });
  }
  void wait_until_asked() { REQUIRE(asked_.get_future().wait_for(10s) == std::future_status::ready); }
  void open() { open_.set_value(); }

 private:
  std::promise<void> asked_, open_;
  std::shared_future<void> opened_ = open_.get_future().share();
};

}  // namespace

TEST_CASE("R61: 50 who wait for a token cause one refresh, 200 times over", "[gateway]") {
  Kept kept;
  std::string before = kept.token();
  for (int round = 1; round <= 200; ++round) {
    kept.store.clock().advance(3600s);
    const auto tokens = kept.all_tokens(50);
    REQUIRE(tokens.size() == 50);
    REQUIRE(std::count(tokens.begin(), tokens.end(), tokens.front()) == 50);
    REQUIRE(tokens.front() != before);
    REQUIRE(tokens.front().starts_with("access-"));
    before = tokens.front();
    REQUIRE(kept.provider.refreshes() == round);
  }
  CHECK(kept.row().generation == 201);
  const auto outcomes = kept.calls(50);
  CHECK(std::count(outcomes.begin(), outcomes.end(), "ok") == 50);
  CHECK(kept.provider.refreshes() == 200);
}

TEST_CASE("R59: a token is renewed half a minute before its end, and not sooner", "[gateway]") {
  Kept kept;
  const std::string first = kept.token();
  kept.store.clock().advance(3600s - 30'001ms);
  CHECK(kept.token() == first);
  CHECK(kept.provider.refreshes() == 0);
  kept.store.clock().advance(1ms);
  CHECK(kept.token() != first);
  CHECK(kept.provider.refreshes() == 1);
}

TEST_CASE("R59: a rotated refresh token is kept, and the old one where the answer has none", "[gateway]") {
  Kept kept;
  const auto first = kept.sealed().refresh.reveal();
  kept.store.clock().advance(3600s);
  CHECK(kept.call() == "ok");
  const auto second = kept.sealed().refresh.reveal();
  CHECK(second != first);
  kept.provider.change([](auto& documents) { documents.token = {{"refresh_token", nullptr}}; });
  for (int i = 0; i < 2; ++i) {
    kept.store.clock().advance(3600s);
    CHECK(kept.call() == "ok");
    CHECK(kept.sealed().refresh.reveal() == second);
  }
  CHECK(kept.provider.refreshes() == 3);
  // "bearer", as this provider writes it, is "Bearer" in a header.
  for (const auto& request : kept.provider.seen("/mcp"))
    CHECK(request.headers.at("authorization").starts_with("Bearer access-"));
  // RFC 8707: each refresh names the resource.
  for (const auto& request : kept.provider.seen("/token"))
    CHECK(oauth::FormFields::parse(request.body).text("resource") == kept.provider.url("/mcp"));
}

TEST_CASE("who gives up waiting does not end the refresh", "[gateway]") {
  Kept kept;
  Gate gate(kept.provider, 200, R"({"access_token":"late","token_type":"Bearer","expires_in":3600})");
  kept.store.clock().advance(3600s);
  CancelSource cancel;
  std::vector<std::string> found;
  kept.keeper.web.on_loop([&] {
    kept.keeper.web.loop().spawn(
        "token", Kept::take(*kept.tokens, found, Until::by(Deadline::in(20s), cancel.token())));
  });
  gate.wait_until_asked();
  kept.keeper.web.on_loop([&] { cancel.cancel(); });
  gate.open();
  kept.keeper.settle();
  REQUIRE(found.size() == 1);
  CHECK(found[0].front() == '[');
  CHECK(kept.row().generation == 2);
  CHECK(kept.token() == "late");
  CHECK(kept.provider.count("/token") == 1);
}

TEST_CASE("R61: a failure that comes late leaves the fresh token alone", "[gateway]") {
  Kept kept;
  Gate gate(kept.provider, 400, R"({"error":"invalid_grant"})");
  kept.store.clock().advance(3600s);
  std::vector<std::string> found;
  kept.keeper.web.on_loop(
      [&] { kept.keeper.web.loop().spawn("token", Kept::take(*kept.tokens, found, Until::in(20s))); });
  gate.wait_until_asked();
  kept.store.transact([&](Database& db) {
    store::Refreshed fresh;
    fresh.tokens = {Secret("fresh-access"), Secret("fresh-refresh")};
    fresh.expires_at = kept.store.clock().now() + 3600s;
    CHECK(store::put_refreshed(db, kept.store->vault(), kept.account.id, 1, fresh, kept.store.clock().now()));
  });
  gate.open();
  kept.keeper.settle();
  CHECK(kept.row().generation == 2);
  CHECK(kept.row().is_connected(kept.store.clock().now()));
  CHECK(kept.sealed().access.reveal() == "fresh-access");
  CHECK(found == std::vector<std::string>{"fresh-access"});
  CHECK(kept.token() == "fresh-access");
  CHECK(kept.lost_rows().empty());
  CHECK(kept.keeper.lost == 0);
}

TEST_CASE("R60: a provider that is away costs a pause that grows, and no tokens", "[gateway]") {
  Kept kept;
  kept.answer(503, "{}");
  const std::string first = kept.token();

  SECTION("while the token still holds, it is used") {
    kept.store.clock().advance(3600s - 20s);
    CHECK(kept.token() == first);
    CHECK(kept.provider.count("/token") == 1);
    CHECK(kept.call() == "ok");
    kept.store.clock().advance(1s);
    CHECK(kept.call() == "ok");
    CHECK(kept.provider.count("/token") == 2);
  }
  SECTION("after its end calls fail, and the provider is asked after 1, 2 and 4 seconds") {
    kept.store.clock().advance(3600s);
    std::size_t asked = 0;
    for (const auto pause : {1000ms, 2000ms, 4000ms}) {
      CHECK(kept.call() == "upstream_auth_unavailable");
      CHECK(kept.provider.count("/token") == ++asked);
      kept.store.clock().advance(pause - 1ms);
      const auto outcomes = kept.calls(5);
      CHECK(std::count(outcomes.begin(), outcomes.end(), "upstream_auth_unavailable") == 5);
      CHECK(kept.provider.count("/token") == asked);
      kept.store.clock().advance(1ms);
    }
    CHECK(kept.row().generation == 1);
    CHECK(kept.row().is_connected(kept.store.clock().now()));
    CHECK_FALSE(kept.row().is_refreshing);
    kept.provider.answer_as_usual("POST /token");
    CHECK(kept.call() == "ok");
  }
  CHECK(kept.lost_rows().empty());
}

TEST_CASE("R60: only a dead grant ends an account; a refused client does not", "[gateway]") {
  Kept kept;
  kept.store.clock().advance(3600s);

  SECTION("invalid_grant, or GitHub's word for it with status 200") {
    const bool is_github = GENERATE(false, true);
    kept.answer(is_github ? 200 : 400,
                is_github ? R"({"error":"bad_refresh_token"})" : R"({"error":"invalid_grant"})");
    CHECK(kept.call() == "needs_connection");
    CHECK_FALSE(kept.row().has_access);
    CHECK_FALSE(kept.row().has_refresh);
    CHECK(kept.row().reason == "ended");
    CHECK(kept.lost_rows() == std::vector<std::string>{"ended"});
    CHECK(kept.keeper.lost == 1);
    for (int i = 0; i < 3; ++i) CHECK(kept.call() == "needs_connection");
    kept.store.clock().advance(3600s);
    CHECK(kept.call() == "needs_connection");
    CHECK(kept.provider.count("/token") == 1);
  }
  SECTION("invalid_client keeps the tokens") {
    kept.answer(401, R"({"error":"invalid_client"})");
    CHECK(kept.call() == "upstream_auth_unavailable");
    CHECK(kept.row().has_refresh);
    CHECK(kept.row().reason.empty());
    CHECK(kept.lost_rows().empty());
  }
}

TEST_CASE("a token that is refused before its end is renewed once and the call made again", "[gateway]") {
  Kept kept;
  CHECK(kept.call() == "ok");
  kept.provider.forget_access();
  CHECK(kept.call() == "ok");
  CHECK(kept.provider.refreshes() == 1);
  CHECK(kept.provider.count("/mcp") == 3);

  SECTION("a server that refuses the renewed one too is believed for a minute, and nobody storms") {
    kept.provider.answer(
        "POST /mcp", [](test::Provider::Peer& peer, const test::SeenRequest&) { peer.reply(401, "", ""); });
    kept.store.clock().advance(60s);
    CHECK(kept.call() == "upstream_unauthorized");
    const int spent = kept.provider.refreshes();
    CHECK(spent <= 4);
    for (int i = 0; i < 5; ++i) CHECK(kept.call() == "upstream_unauthorized");
    kept.store.clock().advance(60s - 1ms);
    CHECK(kept.call() == "upstream_unauthorized");
    CHECK(kept.provider.refreshes() == spent);
    kept.store.clock().advance(1ms);
    kept.provider.answer_as_usual("POST /mcp");
    kept.provider.forget_access();
    CHECK(kept.call() == "ok");
    CHECK(kept.provider.refreshes() == spent + 1);
  }
  SECTION("one that was taken in between may be renewed again at once") {
    kept.provider.forget_access();
    CHECK(kept.call() == "ok");
    CHECK(kept.provider.refreshes() == 2);
  }
  SECTION("fifty who are refused together share the renewal") {
    kept.store.clock().advance(60s);
    kept.provider.forget_access();
    const auto outcomes = kept.calls(50);
    CHECK(std::count(outcomes.begin(), outcomes.end(), "ok") == 50);
    CHECK(kept.provider.refreshes() == 2);
  }
}

TEST_CASE("R62: a token that is refused and cannot be renewed is an account that is not connected",
          "[gateway]") {
  Kept kept;
  kept.store.transact([&](Database& db) {
    db.run("update oauth_account set refresh_sealed = null, expires_at = null where id = ?", kept.account.id);
  });
  kept.store.clock().advance(24h * 30);
  CHECK(kept.call() == "ok");  // of which nobody said when it ends
  kept.provider.forget_access();
  const auto outcomes = kept.calls(5);
  CHECK(std::count(outcomes.begin(), outcomes.end(), "needs_connection") == 5);
  CHECK_FALSE(kept.row().is_connected(kept.store.clock().now()));
  CHECK(kept.lost_rows() == std::vector<std::string>{"refused"});
}

TEST_CASE("a server that wants more rights is remembered, and the token is kept", "[gateway]") {
  Kept kept;
  kept.provider.answer("POST /mcp", [](test::Provider::Peer& peer, const test::SeenRequest&) {
    peer.reply(403, "", "",
               "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"files:write\"\r\n");
  });
  CHECK(kept.call() == "needs_connection");
  CHECK(kept.row().wanted_scope == "files:write");
  CHECK(kept.row().is_connected(kept.store.clock().now()));
  CHECK(kept.provider.count("/token") == 0);
  kept.provider.answer(
      "POST /mcp", [](test::Provider::Peer& peer, const test::SeenRequest&) { peer.reply(403, "", "", ""); });
  CHECK(kept.call() == "upstream_unauthorized");
}

TEST_CASE("an account whose row cannot be read for a moment is not taken for lost", "[gateway]") {
  Kept kept;
  std::string sealed;
  kept.store.transact([&](Database& db) {
    {
      auto rows = db.query("select access_sealed from oauth_account");
      sealed = rows.next()->view("access_sealed");
    }
    db.run("update oauth_account set access_sealed = x'00'");
  });
  CHECK(kept.call() == "upstream_auth_unavailable");
  kept.store.transact(
      [&](Database& db) { db.run("update oauth_account set access_sealed = ?", Blob{sealed}); });
  kept.store.clock().advance(2s);
  CHECK(kept.call() == "ok");
  CHECK(kept.lost_rows().empty());
}

TEST_CASE("R63: tokens of an account that was disconnected are not used again", "[gateway]") {
  Kept kept;
  CHECK(kept.call() == "ok");
  kept.store.transact([&](Database& db) { store::remove_account(db, kept.account.id); });
  kept.store.clock().advance(3600s);
  CHECK(kept.call() == "needs_connection");
  CHECK(kept.provider.count("/token") == 0);
  CHECK(kept.lost_rows().empty());
}
