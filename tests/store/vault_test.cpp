#include "store/vault.h"

#include <set>

#include "support/catch.h"
#include "support/test_store.h"

using namespace patchbay;

namespace {

const Place here{"server_secret", "value_sealed", "0198b3a2-0000-7000-8000-000000000001", 3};

std::string seal(TestStore& store, const std::string& plain, const Place& place = here) {
  return store.transact([&](Database& db) { return store->vault().seal(db, Secret(plain), place); });
}

}  // namespace

TEST_CASE("R99: a sealed value opens at its own place only", "[store]") {
  TestStore store;
  const Vault& vault = store->vault();
  const std::string sealed = seal(store, "sk-secret");
  CHECK(vault.open(sealed, here).reveal() == "sk-secret");
  CHECK(sealed.find("sk-secret") == std::string::npos);

  for (const Place& elsewhere :
       {Place{"other", here.column, here.row, 3}, Place{here.table, "other_sealed", here.row, 3},
        Place{here.table, here.column, "0198b3a2-0000-7000-8000-000000000002", 3},
        Place{here.table, here.column, here.row, 4}})
    CHECK_THROWS_MATCHES(vault.open(sealed, elsewhere), Error, HasId("unsealable"));

  TestStore other;
  CHECK_THROWS_MATCHES(other->vault().open(sealed, here), Error, HasId("unsealable"));
}

TEST_CASE("a sealed value that was changed anywhere does not open", "[store]") {
  TestStore store;
  const std::string sealed = seal(store, "sk-secret");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CHECK_THROWS_MATCHES(store->vault().open(changed, here), Error, HasId("unsealable"));
  }
  CHECK_THROWS_MATCHES(store->vault().open(sealed.substr(1), here), Error, HasId("unsealable"));
  CHECK_THROWS_MATCHES(store->vault().open("", here), Error, HasId("unsealable"));
}

TEST_CASE("a sealed value hides its length to 64 bytes and never repeats", "[store]") {
  TestStore store;
  std::set<std::size_t> sizes;
  for (const std::size_t size : {0U, 1U, 62U, 63U}) {
    const std::string plain(size, 'x');
    const std::string sealed = seal(store, plain);
    sizes.insert(sealed.size());
    CHECK(store->vault().open(sealed, here).reveal() == plain);
  }
  CHECK(sizes == std::set<std::size_t>{3 + 12 + 64 + 16});
  CHECK(seal(store, std::string(64, 'x')).size() == 3 + 12 + 128 + 16);
  const std::string zeros("a\x80\0\0", 4);
  CHECK(store->vault().open(seal(store, zeros), here).reveal() == zeros);
  CHECK(seal(store, "same") != seal(store, "same"));
}

TEST_CASE("the uses of a field key are counted", "[store]") {
  TestStore store;
  for (int i = 0; i < 3; ++i) seal(store, "x");
  const auto seals = store.read([](Database& db) {
    auto rows = db.query("select seals from key_use where key_version = 1");
    return rows.next()->integer("seals");
  });
  CHECK(seals == 3);
}

TEST_CASE("keys for different uses differ and stay the same over a restart", "[store]") {
  TestStore store;
  const std::string state(store->vault().derive("patchbay/v1/state").reveal());
  CHECK(state.size() == 32);
  CHECK(state != store->vault().derive("patchbay/v1/csrf").reveal());
  store.reopen();
  CHECK(state == store->vault().derive("patchbay/v1/state").reveal());
}
