#include "store/tokens.h"

#include "support/catch.h"
#include "support/test_store.h"

using namespace patchbay;
using namespace patchbay::store;

namespace {

NewToken create(TestStore& store, const TokenWish& wish) {
  return store.transact([&](Database& db) { return create_token(db, wish, store.clock().now()); });
}
std::optional<Token> find(TestStore& store, const Secret& secret) {
  return store.read([&](Database& db) { return find_token_by_hash(db, hash_token(secret.reveal())); });
}
std::size_t count_live(TestStore& store) {
  return store.read([&](Database& db) { return list_live_tokens(db, store.clock().now()); }).size();
}

}  // namespace

TEST_CASE("a new token is found by its hash and by nothing else", "[store]") {
  TestStore store;
  const auto now = store.clock().now();
  const auto made = create(store, {"ci", Scope::mcp_read | Scope::mcp_write, "https://patchbay.example",
                                   now + std::chrono::hours(1)});
  CHECK(is_token(made.secret.reveal()));
  CHECK(made.secret.reveal().size() == 4 + 43);
  const auto found = find(store, made.secret);
  REQUIRE(found.has_value());
  CHECK(found->id == made.token.id);
  CHECK(found->name == "ci");
  CHECK(found->scopes == (Scope::mcp_read | Scope::mcp_write));
  CHECK(found->audience == "https://patchbay.example");
  CHECK(found->created_at == now);
  CHECK(found->expires_at == now + std::chrono::hours(1));
  CHECK_FALSE(found->revoked_at.has_value());
  CHECK_FALSE(found->last_used_at.has_value());
  CHECK_FALSE(find(store, Secret(made.secret.reveal() + "A")).has_value());
  CHECK_FALSE(
      store.read([&](Database& db) { return find_token_by_hash(db, made.secret.reveal()); }).has_value());
}

TEST_CASE("only text of our own form is a token", "[store]") {
  const std::string body(43, 'A');
  CHECK(is_token("pbk_" + body));
  for (const std::string& text :
       {std::string(), body, "pbk_" + body + "A", "pbk_" + body.substr(1), "pbk-" + body,
        "pbk_" + body.substr(1) + "=", "pbk_" + body.substr(1) + "+"})
    CHECK_FALSE(is_token(text));
}

TEST_CASE("a token wish is checked", "[store]") {
  TestStore store;
  const auto now = store.clock().now();
  CHECK_NOTHROW(create(store, {std::string(100, 'n'), Scope::admin, "", {}}));
  CHECK_THROWS_MATCHES(create(store, {std::string(101, 'n'), Scope::admin, "", {}}), Error,
                       HasId("token_name"));
  CHECK_THROWS_MATCHES(create(store, {"", Scope::admin, "", {}}), Error, HasId("token_name"));
  CHECK_THROWS_MATCHES(create(store, {"a\x1b[31m", Scope::admin, "", {}}), Error, HasId("token_name"));
  CHECK_THROWS_MATCHES(create(store, {"a", Scope::none, "", {}}), Error, HasId("token_scope"));
  CHECK_THROWS_MATCHES(create(store, {"a", Scope::admin, "", now}), Error, HasId("token_expiry"));
  CHECK_NOTHROW(create(store, {"a", Scope::admin, "", now + std::chrono::milliseconds(1)}));
  CHECK_THROWS_MATCHES(create(store, {"a", Scope::admin, "", {}}), Error, HasId("token_name_taken"));
  store.clock().advance(std::chrono::milliseconds(1));
  CHECK_NOTHROW(create(store, {"a", Scope::admin, "", {}}));
}

TEST_CASE("a revoked token is no live token and keeps its first revocation", "[store]") {
  TestStore store;
  const auto made = create(store, {"ci", Scope::mcp_read, "", {}});
  create(store, {"other", Scope::mcp_read, "", {}});
  CHECK(count_live(store) == 2);
  const auto revoke = [&] {
    store.transact([&](Database& db) { revoke_token(db, made.token.id, store.clock().now()); });
  };
  const auto first = store.clock().now();
  revoke();
  store.clock().advance(std::chrono::hours(1));
  revoke();
  CHECK(find(store, made.secret)->revoked_at == first);
  CHECK(count_live(store) == 1);
  CHECK_NOTHROW(create(store, {"ci", Scope::mcp_read, "", {}}));
  CHECK_THROWS_MATCHES(
      store.transact([&](Database& db) { revoke_token(db, TokenId("none"), store.clock().now()); }), Error,
      HasId("no_token"));
}

TEST_CASE("a token is required by the name of a live one or by any id", "[store]") {
  TestStore store;
  const auto old = create(store, {"ci", Scope::mcp_read, "", {}}).token;
  const auto require = [&](const std::string& text) {
    return store.read([&](Database& db) { return require_token(db, text); }).id;
  };
  CHECK(require("ci") == old.id);
  store.transact([&](Database& db) { revoke_token(db, old.id, store.clock().now()); });
  CHECK_THROWS_MATCHES(require("ci"), Error, HasId("no_token"));
  CHECK(require(old.id.text()) == old.id);
  store.clock().advance(std::chrono::seconds(1));
  const auto fresh = create(store, {"ci", Scope::mcp_read, "", {}}).token;
  CHECK(require("ci") == fresh.id);
  CHECK(store.read([](Database& db) { return list_tokens(db); }).size() == 2);
}

TEST_CASE("expired and revoked tokens are deleted after a while", "[store]") {
  TestStore store;
  const auto now = store.clock().now();
  create(store, {"forever", Scope::mcp_read, "", {}});
  create(store, {"short", Scope::mcp_read, "", now + std::chrono::hours(1)});
  const auto revoked = create(store, {"revoked", Scope::mcp_read, "", {}}).token;
  store.transact([&](Database& db) { revoke_token(db, revoked.id, now); });
  const auto purge = [&](Instant before) {
    return store.transact([&](Database& db) { return purge_tokens(db, before); });
  };
  CHECK(purge(now) == 0);
  CHECK(purge(now + std::chrono::milliseconds(1)) == 1);
  CHECK(purge(now + std::chrono::hours(2)) == 1);
  CHECK(count_live(store) == 1);
}

TEST_CASE("uses of a token are collected and written at once", "[store]") {
  TestStore store;
  const auto made = create(store, {"ci", Scope::mcp_read, "", {}});
  TokenUses uses;
  uses.note(made.token.id, {10}, "inspector 1.0");
  uses.note(made.token.id, {20}, "");
  const auto taken = uses.take();
  CHECK(taken.size() == 1);
  CHECK(uses.take().empty());
  store.transact([&](Database& db) { touch_tokens(db, taken); });
  CHECK(find(store, made.secret)->last_used_at == Instant{20});
  CHECK(find(store, made.secret)->last_client == "inspector 1.0");
  uses.note(made.token.id, {30}, "");
  store.transact([&](Database& db) { touch_tokens(db, uses.take()); });
  CHECK(find(store, made.secret)->last_client == "inspector 1.0");
}
