#include "store/settings.h"

#include "support/catch.h"
#include "support/test_store.h"

using namespace patchbay;

TEST_CASE("the last good catalog is there after a restart, whatever its size", "[store]") {
  TestStore store;
  const std::string catalog(1 << 20, 'y');
  const auto put = [&](const std::string& text, Instant at) {
    store.transact(
        [&](Database& db) { store::put_setting(db, store::setting::last_good_catalog, text, at); });
  };
  const auto find = [&] {
    return store.read(
        [](Database& db) { return store::find_setting(db, store::setting::last_good_catalog); });
  };
  CHECK_FALSE(find().has_value());
  put("first", {1});
  put(catalog, {2});
  store.reopen();
  REQUIRE(find().has_value());
  CHECK(find()->value == catalog);
  CHECK(find()->updated_at == Instant{2});
  store.transact([](Database& db) { store::remove_setting(db, store::setting::last_good_catalog); });
  CHECK_FALSE(find().has_value());
}
