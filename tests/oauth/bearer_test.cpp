#include "oauth/bearer.h"

#include <atomic>
#include <thread>

#include "support/catch.h"
#include "support/test_store.h"

using namespace patchbay;

namespace {

std::string header_of(const store::NewToken& made) {
  return "Bearer " + made.secret.reveal();
}

store::NewToken make(TestStore& store, const std::string& name) {
  store::TokenWish wish;
  wish.name = name;
  wish.scopes = Scope::mcp_read;
  return store.transact([&](Database& db) { return store::create_token(db, wish, store.clock().now()); });
}

}  // namespace

TEST_CASE("a token counts from the reload after it was made to the one after it was revoked", "[oauth]") {
  TestStore store;
  oauth::Bearer bearer(*store, store.clock(), "https://gate.example");
  const auto made = make(store, "ci");
  CHECK(bearer.check(header_of(made)).refusal == "unknown_token");
  bearer.reload();
  CHECK(bearer.check(header_of(made)).caller.has_value());
  store.transact([&](Database& db) { store::revoke_token(db, made.token.id, store.clock().now()); });
  bearer.reload();
  CHECK(bearer.check(header_of(made)).refusal == "unknown_token");
}

TEST_CASE("a revoked token stays refused while others reload at the same time", "[oauth]") {
  TestStore store;
  oauth::Bearer bearer(*store, store.clock(), "https://gate.example");
  std::atomic<bool> done = false;
  std::vector<std::jthread> others;
  for (int i = 0; i < 2; ++i)
    others.emplace_back([&] {
      while (!done) bearer.reload();
    });
  int wrong = 0;
  for (int i = 0; i < 150; ++i) {
    const auto made = make(store, "ci");
    bearer.reload();
    if (!bearer.check(header_of(made)).caller) ++wrong;  // made, reloaded, and yet unknown
    store.transact([&](Database& db) { store::revoke_token(db, made.token.id, store.clock().now()); });
    bearer.reload();
    for (int look = 0; look < 20; ++look) wrong += bearer.check(header_of(made)).caller ? 1 : 0;
  }
  done = true;
  CHECK(wrong == 0);
}
