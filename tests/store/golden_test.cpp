#include <sys/stat.h>

#include "base/text.h"
#include "store/events.h"
#include "store/servers.h"
#include "store/settings.h"
#include "support/builders.h"
#include "support/catch.h"
#include "support/test_store.h"

// Data directories written by each SQLCipher that Patchbay is built with; every build opens all of them. To
// add one: `tests_store '[write-golden]'` on the machine with that library, then commit the folder.

using namespace patchbay;
namespace fs = std::filesystem;

namespace {

const fs::path golden = fs::path(PATCHBAY_SOURCE_DIR) / "tests/store/golden";

void fill(TestStore& store) {
  const Server server = store.add(a_server("golden"));
  store.transact([&](Database& db) {
    store::put_server_headers(db, store->vault(), server.id, {{"Authorization", Secret("Bearer golden")}},
                              {1});
    store::put_setting(db, "golden", "grüße", {1});
    for (int i = 0; i < 40; ++i) store::append_event(db, store->vault().audit_chain_key(), a_call("golden"));
  });
}

// What lies in the repository has other modes, and must not be written to.
void copy_private(const fs::path& from, const fs::path& to) {
  fs::create_directory(to);
  ::chmod(to.c_str(), 0700);
  for (const char* name : {"keyring.json", "store.db"}) {
    fs::copy_file(from / name, to / name);
    ::chmod((to / name).c_str(), 0600);
  }
}

void check_filled(Store& store) {
  const auto server = store.read([](Database& db) { return store::require_server(db, "golden"); });
  const auto headers =
      store.read([&](Database& db) { return store::open_server_headers(db, store.vault(), server.id); });
  REQUIRE(headers.size() == 1);
  CHECK(headers[0].value.reveal() == "Bearer golden");
  const auto report =
      store.read([&](Database& db) { return store::verify_chain(db, store.vault().audit_chain_key()); });
  CHECK(report.intact());
  CHECK(report.rows >= 40);
}

}  // namespace

TEST_CASE("a data directory of this library's version is written", "[.][write-golden]") {
  TestStore store;
  const std::string version(split(store.read([](Database& db) { return db.cipher_version(); }), ' ')[0]);
  fill(store);
  store.close();
  const fs::path folder = golden / cat("sqlcipher-", version);
  fs::create_directories(folder);
  for (const char* name : {"keyring.json", "store.db"})
    fs::copy_file(store.directory() / name, folder / name, fs::copy_options::overwrite_existing);
}

TEST_CASE("every library version's data directory opens, and goes on being written", "[store]") {
  int opened = 0;
  for (const auto& entry : fs::directory_iterator(golden)) {
    if (!entry.is_directory()) continue;
    INFO(entry.path().filename());
    TestDirectory directory;
    ManualClock clock;
    copy_private(entry.path(), directory / "data");
    const StoreOptions options{directory / "data", TestStore::key(), true};
    {
      const auto store = Store::open(options, clock);
      check_filled(*store);
      store->transact(
          [&](Database& db) { store::append_event(db, store->vault().audit_chain_key(), a_call("later")); });
    }
    check_filled(*Store::open(options, clock));
    ++opened;
  }
  CHECK(opened >= 2);
}
