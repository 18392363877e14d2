#include "store/accounts.h"

#include "store/oauth_flows.h"
#include "store/users.h"
#include "support/builders.h"
#include "support/catch.h"
#include "support/test_store.h"

using namespace patchbay;
using namespace std::chrono_literals;
using store::Account;
using store::OAuthClient;

namespace {

UserId add_person(TestStore& store, const std::string& name) {
  User user;
  user.id = UserId::create(store.clock().now());
  user.name = name;
  user.created_at = user.updated_at = store.clock().now();
  store.transact([&](Database& db) { store::add_user(db, user); });
  return user.id;
}

OAuthClient put_client(TestStore& store, const ServerId& server, const std::string& issuer,
                       const std::string& secret = "client-secret") {
  OAuthClient client;
  client.server = server;
  client.issuer = issuer;
  client.client_id = "client-1";
  client.auth = ClientAuth::basic;
  client.secret = Secret(secret);
  return store.transact(
      [&](Database& db) { return store::put_oauth_client(db, store->vault(), client, store.clock().now()); });
}

Account connect(TestStore& store, const ServerId& server, std::optional<UserId> user = {}) {
  const auto client = put_client(store, server, "https://as1");
  Account account;
  account.server = server;
  account.user = std::move(user);
  account.client = client.id;
  account.issuer = "https://as1";
  account.endpoints = {"https://as1/token", "https://as1/revoke"};
  account.expires_at = store.clock().now() + 1h;
  const store::AccountTokens tokens{Secret("access-1"), Secret("refresh-1")};
  return store.transact([&](Database& db) {
    return store::put_account(db, store->vault(), account, tokens, store.clock().now());
  });
}

std::optional<Account> find(TestStore& store, const Account& account) {
  return store.read([&](Database& db) { return store::find_account(db, account.id); });
}

store::AccountTokens open(TestStore& store, const Account& account) {
  return store.read([&](Database& db) { return store::open_account_tokens(db, store->vault(), account.id); });
}

bool put_refreshed(TestStore& store, const Account& account, std::int64_t generation,
                   const std::string& access, const std::string& refresh = {}) {
  store::Refreshed fresh;
  fresh.tokens.access = Secret(access);
  fresh.tokens.refresh = Secret(refresh);
  fresh.expires_at = store.clock().now() + 1h;
  return store.transact([&](Database& db) {
    return store::put_refreshed(db, store->vault(), account.id, generation, fresh, store.clock().now());
  });
}

struct Begun {
  store::OAuthFlow flow;
  std::string state;
};
Begun begin(TestStore& store, const ServerId& server, const UserId& starter, const SessionId& session) {
  Begun begun;
  begun.flow.server = server;
  begun.flow.user = starter;
  begun.flow.starter = starter;
  begun.flow.session = session;
  begun.flow.client = store::OAuthClientId::create(store.clock().now());
  begun.flow.details = begun.flow.trace = "[]";
  begun.state = store
                    .transact([&](Database& db) {
                      return store::begin_flow(db, store->vault(), begun.flow, Secret("the-verifier"),
                                               store.clock().now());
                    })
                    .reveal();
  return begun;
}

std::optional<Secret> use(TestStore& store, const Begun& begun, const SessionId& session) {
  return store.transact([&](Database& db) {
    return store::use_flow(db, store->vault(), begun.flow.id, session, store.clock().now());
  });
}

std::int64_t count(TestStore& store, const std::string& table) {
  return store.read([&](Database& db) {
    auto rows = db.query("select count(*) as count from " + table);
    return rows.next()->integer("count");
  });
}

}  // namespace

TEST_CASE("R99: an account's tokens open in their own row, column and generation only", "[store]") {
  TestStore store;
  const auto mine = connect(store, store.add(a_server("mine")).id);
  const auto yours = connect(store, store.add(a_server("yours")).id);
  CHECK(open(store, mine).access.reveal() == "access-1");

  SECTION("not in another row") {
    store.transact([&](Database& db) {
      db.run(
          "update oauth_account set access_sealed = (select access_sealed from oauth_account where id = ?)"
          " where id = ?",
          yours.id, mine.id);
    });
    CHECK_THROWS_MATCHES(open(store, mine), Error, HasId("unsealable"));
    CHECK(open(store, yours).access.reveal() == "access-1");
  }
  SECTION("not in another column") {
    store.transact([&](Database& db) {
      db.run("update oauth_account set access_sealed = refresh_sealed where id = ?", mine.id);
    });
    CHECK_THROWS_MATCHES(open(store, mine), Error, HasId("unsealable"));
  }
  SECTION("not in another generation: an old token cannot be put back") {
    std::string old;
    store.read([&](Database& db) {
      auto rows = db.query("select access_sealed from oauth_account where id = ?", mine.id);
      old = rows.next()->view("access_sealed");
    });
    CHECK(put_refreshed(store, mine, 1, "access-2"));
    store.transact([&](Database& db) {
      db.run("update oauth_account set access_sealed = ? where id = ?", Blob{old}, mine.id);
    });
    CHECK_THROWS_MATCHES(open(store, mine), Error, HasId("unsealable"));
  }
  SECTION("nor does a client's secret of another server") {
    store.transact([&](Database& db) {
      db.run(
          "update oauth_client set secret_sealed = (select secret_sealed from oauth_client where id = ?)"
          " where id = ?",
          yours.client, mine.client);
    });
    CHECK_THROWS_MATCHES(
        store.read([&](Database& db) { return store::find_oauth_client(db, store->vault(), mine.client); }),
        Error, HasId("unsealable"));
  }
}

TEST_CASE("R61: what comes late changes nothing: one refresh for each generation", "[store]") {
  TestStore store;
  const auto account = connect(store, store.add(a_server("notion")).id);
  const auto begin_refresh = [&](std::int64_t generation) {
    return store.transact([&](Database& db) { return store::begin_refresh(db, account.id, generation); });
  };
  const auto lose = [&](std::int64_t generation) {
    return store.transact([&](Database& db) {
      return store::lose_account(db, account.id, generation, "ended", store.clock().now());
    });
  };
  CHECK_FALSE(begin_refresh(0));
  CHECK(begin_refresh(1));
  CHECK(find(store, account)->is_refreshing);
  CHECK(put_refreshed(store, account, 1, "access-2", "refresh-2"));
  CHECK_FALSE(find(store, account)->is_refreshing);
  CHECK(find(store, account)->generation == 2);

  CHECK_FALSE(begin_refresh(1));
  CHECK_FALSE(put_refreshed(store, account, 1, "late", "late"));
  CHECK_FALSE(lose(1));
  CHECK(open(store, account).access.reveal() == "access-2");
  CHECK(open(store, account).refresh.reveal() == "refresh-2");
  CHECK(find(store, account)->reason.empty());

  CHECK(lose(2));
  CHECK(open(store, account).access.empty());
  CHECK(open(store, account).refresh.empty());
  CHECK(find(store, account)->reason == "ended");
  CHECK_FALSE(begin_refresh(3));  // of an account that is lost
}

TEST_CASE("R59: an answer without a refresh token keeps the one there is", "[store]") {
  TestStore store;
  const auto account = connect(store, store.add(a_server("notion")).id);
  CHECK(put_refreshed(store, account, 1, "access-2"));
  CHECK(open(store, account).access.reveal() == "access-2");
  CHECK(open(store, account).refresh.reveal() == "refresh-1");
}

TEST_CASE("R62: an account is connected only if a call can be made with it", "[store]") {
  const Instant now{1'000'000};
  for (const bool has_access : {false, true})
    for (const bool has_refresh : {false, true})
      for (const bool is_lost : {false, true})
        for (const int ends : {-1, 0, 1, 2}) {  // before, now, after; 2: nobody knows
          Account account;
          account.has_access = has_access;
          account.has_refresh = has_refresh;
          if (is_lost) account.reason = "ended";
          if (ends < 2) account.expires_at = now + std::chrono::milliseconds(ends);
          const bool still_good = ends > 0;
          CAPTURE(has_access, has_refresh, is_lost, ends);
          CHECK(account.is_connected(now) == (!is_lost && has_access && (has_refresh || still_good)));
        }
}

TEST_CASE("R48: a sign-in is used once, by the session that began it, within ten minutes", "[store]") {
  TestStore store;
  const auto server = store.add(a_server("notion")).id;
  const auto ann = add_person(store, "ann");
  const auto session = SessionId::create(store.clock().now());
  const auto other = SessionId::create(store.clock().now());
  const auto begun = begin(store, server, ann, session);
  CHECK(begun.state.size() == 43);

  SECTION("once") {
    CHECK_FALSE(use(store, begun, other).has_value());
    CHECK(use(store, begun, session)->reveal() == "the-verifier");
    CHECK_FALSE(use(store, begun, session).has_value());
    CHECK(count(store, "oauth_flow where verifier_sealed is not null") == 0);
  }
  SECTION("to the last moment of the ten minutes") {
    store.clock().advance(10min - 1ms);
    CHECK(use(store, begun, session).has_value());
  }
  SECTION("not at the end of them") {
    store.clock().advance(10min);
    CHECK_FALSE(use(store, begun, session).has_value());
  }
  SECTION("not once it was burned, and a flow that was used cannot be burned") {
    store.transact([&](Database& db) {
      store::burn_flow(db, begun.flow.id, "oauth_denied", "No.", store.clock().now());
    });
    CHECK_FALSE(use(store, begun, session).has_value());
    CHECK(store.read([&](Database& db) { return store::find_flow(db, begun.flow.id); })->outcome ==
          "oauth_denied");
  }
  SECTION("a later sign-in for the same account ends those that wait, not those of others") {
    const auto bob = add_person(store, "bob");
    const auto bobs = begin(store, server, bob, other);
    const auto later = begin(store, server, ann, session);
    CHECK_FALSE(use(store, begun, session).has_value());
    CHECK(use(store, later, session).has_value());
    CHECK(use(store, bobs, other).has_value());
  }
  SECTION("its state is found by its hash, byte for byte") {
    const auto by = [&](const std::string& state) {
      return store.read([&](Database& db) { return store::find_flow_by_state(db, state); }).has_value();
    };
    CHECK(by(begun.state));
    CHECK_FALSE(by(begun.state + "A"));
    CHECK_FALSE(by(begun.state.substr(1)));
    CHECK_FALSE(by(""));
    CHECK(count(store, "oauth_flow where instr(state_hash, '" + begun.state + "') > 0") == 0);
  }
}

TEST_CASE("flows are forgotten a day after their end", "[store]") {
  TestStore store;
  const auto server = store.add(a_server("notion")).id;
  begin(store, server, add_person(store, "ann"), SessionId::create(store.clock().now()));
  const auto purge = [&] {
    return store.transact([&](Database& db) { return store::purge_flows(db, store.clock().now()); });
  };
  store.clock().advance(24h + 10min);
  CHECK(purge() == 0);
  store.clock().advance(1ms);
  CHECK(purge() == 1);
}

TEST_CASE("R65: accounts, clients and sign-ins go with their server and their person", "[store]") {
  TestStore store;
  const auto notion = store.add(a_server("notion")).id;
  const auto linear = store.add(a_server("linear")).id;
  const auto ann = add_person(store, "ann");
  const auto bob = add_person(store, "bob");
  for (const auto& server : {notion, linear})
    for (const auto& person : {ann, bob}) {
      connect(store, server, person);
      begin(store, server, person, SessionId::create(store.clock().now()));
    }
  CHECK(count(store, "oauth_account") == 4);
  store.transact([&](Database& db) { store::remove_user(db, bob); });
  CHECK(count(store, "oauth_account") == 2);
  CHECK(count(store, "oauth_flow") == 2);
  CHECK(count(store, "oauth_client") == 2);
  store.transact([&](Database& db) { store::remove_server(db, notion); });
  CHECK(count(store, "oauth_account") == 1);
  CHECK(count(store, "oauth_flow") == 1);
  CHECK(count(store, "oauth_client") == 1);
  CHECK(count(store, "oauth_account where client not in (select id from oauth_client)") == 0);
}

TEST_CASE("R64: all accounts of a server go at once, and what an admin typed may stay", "[store]") {
  TestStore store;
  const auto server = store.add(a_server("notion")).id;
  const auto other = connect(store, store.add(a_server("linear")).id);
  connect(store, server);
  connect(store, server, add_person(store, "ann"));
  OAuthClient typed;
  typed.server = server;
  typed.issuer = "https://as2";
  typed.origin = OAuthClient::Origin::typed;
  typed.client_id = "typed";
  store.transact([&](Database& db) {
    store::put_oauth_client(db, store->vault(), typed, store.clock().now());
    store::accept_issuer(db, server, "https://as1");
  });
  const bool keep = GENERATE(true, false);
  CHECK(store.transact([&](Database& db) { return store::remove_accounts(db, server, keep); }) == 2);
  CHECK(store.read([&](Database& db) {
    return store::find_typed_client(db, store->vault(), server).has_value();
  }) == keep);
  CHECK(store.read([&](Database& db) { return store::accepted_issuer(db, server); }).empty());
  CHECK(count(store, "oauth_client") == (keep ? 2 : 1));
  CHECK(find(store, other).has_value());
}

TEST_CASE("a client is kept by its issuer, and one that was typed in goes before all", "[store]") {
  TestStore store;
  const auto server = store.add(a_server("notion")).id;
  const auto found = [&](const std::string& issuer) {
    return store.read([&](Database& db) {
      const auto client = store::find_oauth_client(db, store->vault(), server, issuer);
      return client ? client->client_id : std::string();
    });
  };
  put_client(store, server, "https://as1");
  CHECK(found("https://as1") == "client-1");
  CHECK(found("https://as1/").empty());
  CHECK(found("https://as2").empty());
  OAuthClient typed;
  typed.server = server;
  typed.origin = OAuthClient::Origin::typed;
  typed.client_id = "typed";
  store.transact(
      [&](Database& db) { store::put_oauth_client(db, store->vault(), typed, store.clock().now()); });
  CHECK(found("https://as1") == "typed");
  CHECK(found("https://as2") == "typed");
}
