#include "store/store.h"

#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "base/files.h"
#include "base/text.h"
#include "store/events.h"
#include "store/servers.h"
#include "store/settings.h"
#include "store/tokens.h"
#include "support/builders.h"
#include "support/catch.h"
#include "support/test_store.h"

using namespace patchbay;
namespace fs = std::filesystem;

namespace {

// Every file of a folder with its bytes, to show that nothing was touched. The lock's file is not data.
std::map<std::string, std::string> contents(const fs::path& directory) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().filename() != "lock") all[entry.path().filename()] = read_file(entry.path(), 64 << 20);
  return all;
}

void count_up(Store& store, int times) {
  for (int i = 0; i < times; ++i)
    store.transact([&](Database& db) {
      const auto old = store::find_setting(db, "count");
      const int next = old ? *parse_number<int>(old->value) + 1 : 1;
      store::put_setting(db, "count", cat(next), {1});
    });
}

}  // namespace

TEST_CASE("what was stored is there after a restart", "[store]") {
  TestStore store;
  const std::string id = store->keyring().install_id();
  store.transact([](Database& db) { store::put_setting(db, "a", "b", {1}); });
  store.reopen();
  CHECK(store->keyring().install_id() == id);
  CHECK(store.read([](Database& db) { return store::find_setting(db, "a"); })->value == "b");
}

TEST_CASE("no file of the data directory holds a secret in the clear", "[store]") {
  TestStore store;
  const std::string planted = "planted-secret-0123456789";
  const Server server = store.add(a_server("notion"));
  const auto made = store.transact([&](Database& db) {
    store::put_server_headers(db, store->vault(), server.id, {{"Authorization", Secret(planted)}}, {1});
    store::put_setting(db, "marker", "planted-plain-text", {1});
    return store::create_token(db, {"ci", Scope::mcp_read, "", {}}, {1});
  });
  const auto look = [&] {
    const auto files = contents(store.directory());
    for (const auto& [name, bytes] : files) {
      INFO(name);
      CHECK(bytes.find(planted) == std::string::npos);
      CHECK(bytes.find("planted-plain-text") == std::string::npos);
      CHECK(bytes.find(made.secret.reveal()) == std::string::npos);
      CHECK(bytes.find(made.secret.reveal().substr(4)) == std::string::npos);
      CHECK(bytes.find("SQLite format 3") == std::string::npos);
    }
    return files.size();
  };
  CHECK(look() == 4);  // with the WAL and its index
  store.close();
  CHECK(look() == 2);
}

TEST_CASE("the files of a store are private", "[store]") {
  TestStore store;
  store.transact([](Database& db) { store::put_setting(db, "a", "b", {1}); });
  for (const auto& entry : fs::directory_iterator(store.directory())) {
    INFO(entry.path());
    struct stat found {};
    REQUIRE(::stat(entry.path().c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
  }
  store.close();

  SECTION("an open directory is refused") {
    ::chmod(store.directory().c_str(), 0750);
    CHECK_THROWS_MATCHES(store.reopen(), Error, HasId("store_mode"));
  }
  SECTION("an open database is refused") {
    ::chmod((store.directory() / "store.db").c_str(), 0640);
    CHECK_THROWS_MATCHES(store.reopen(), Error, HasId("store_mode"));
  }
  SECTION("a linked keyring is refused") {
    fs::rename(store.directory() / "keyring.json", store.directory() / "other.json");
    fs::create_symlink("other.json", store.directory() / "keyring.json");
    CHECK_THROWS_MATCHES(store.reopen(), Error, HasId("store_mode"));
  }
}

TEST_CASE("a store that cannot be opened is told clearly and left alone", "[store]") {
  TestStore store;
  store.add(a_server("notion"));
  store.close();
  const auto directory = store.directory();
  const auto refused_as = [&](const std::string& id, StoreOptions options) {
    const auto before = contents(directory);
    CHECK_THROWS_MATCHES(Store::open(options, store.clock()), Error, HasId(id));
    CHECK(contents(directory) == before);
  };

  SECTION("another key") {
    auto options = store.options();
    options.key.value = Secret(std::string(64, 'b'));
    refused_as("wrong_key", options);
  }
  SECTION("a lost key file") {
    auto options = store.options();
    options.key = {MasterKeySource::Kind::file, directory / "key", {}};
    refused_as("key_missing", options);
  }
  SECTION("a lost keyring") {
    fs::remove(directory / "keyring.json");
    refused_as("keyring_missing", store.options());
    CHECK_THROWS_MATCHES(Store::create(store.options(), store.clock()), Error, HasId("store_exists"));
  }
  SECTION("a lost database") {
    fs::remove(directory / "store.db");
    refused_as("store_missing", store.options());
    CHECK_THROWS_MATCHES(Store::create(store.options(), store.clock()), Error, HasId("store_exists"));
  }
  SECTION("a database cut to nothing") {
    fs::resize_file(directory / "store.db", 0);
    refused_as("storage_corrupt", store.options());
  }
  SECTION("a database cut to 100 bytes") {
    fs::resize_file(directory / "store.db", 100);
    refused_as("storage_corrupt", store.options());
  }
  SECTION("a database cut in half") {
    fs::resize_file(directory / "store.db", fs::file_size(directory / "store.db") / 8192 * 4096);
    refused_as("storage_corrupt", store.options());
  }
  SECTION("the database of another installation") {
    TestStore other;
    other.close();
    fs::copy_file(other.directory() / "store.db", directory / "store.db",
                  fs::copy_options::overwrite_existing);
    refused_as("storage_key", store.options());
  }
  SECTION("a flipped bit in the first page") {
    std::fstream file(directory / "store.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100).put('\x5a');
    file.close();
    refused_as("storage_key", store.options());
  }
}

namespace {

constexpr std::size_t page_size = 4096;
const std::string large_value(150'000, 'v');

void flip(const fs::path& file, std::size_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(stream.get() ^ 1);
  stream.seekp(static_cast<std::streamoff>(at)).put(byte);
}

template <class Act>
std::string outcome(Act&& act) {
  try {
    act();
    return "ok";
  } catch (const Error& error) {
    return error.id();
  }
}

// A store of some pages: a server, rows of the trail, and a value that fills pages in the middle.
void fill(TestStore& store) {
  store.add(a_server("notion"));
  store.transact([&](Database& db) {
    store::put_setting(db, "large", large_value, {1});
    for (int i = 0; i < 60; ++i) store::append_event(db, store->vault().audit_chain_key(), a_call("x"));
  });
}

}  // namespace

TEST_CASE("a flipped bit in any page is told by file and path, and never served as a value", "[store]") {
  TestStore store;
  fill(store);
  store.close();
  const auto file = store.directory() / "store.db";
  const auto pages = fs::file_size(file) / page_size;
  REQUIRE(pages > 40);
  std::size_t told = 0;
  for (std::size_t page = 0; page < pages; ++page) {
    flip(file, page * page_size + 1'000);
    CAPTURE(page);
    try {
      const auto opened = Store::open(store.options(), store.clock());
      const auto servers = opened->read([](Database& db) { return store::list_servers(db); });
      const auto large = opened->read([](Database& db) { return store::find_setting(db, "large"); });
      const auto rows = opened->read([](Database& db) { return store::list_events(db, {}); });
      CHECK(servers.size() == 1);
      const bool is_whole = large && large->value == large_value;
      CHECK(is_whole);
      CHECK(rows.size() == 60);
    } catch (const Error& error) {
      ++told;
      CHECK((error.id() == "storage_corrupt" || error.id() == "storage_key"));
      CHECK(storage_exit_code(error.id()) == 78);
      CHECK_THAT(error.message(), ContainsSubstring("store.db") && ContainsSubstring("restore a backup"));
      CHECK_THAT(error.detail(), ContainsSubstring(file.string()));
    }
    flip(file, page * page_size + 1'000);
  }
  CHECK(told > 40);  // the others belong to tables that nobody asked for
  store.reopen();
  CHECK(store.read([](Database& db) { return store::list_servers(db); }).size() == 1);
}

TEST_CASE("once a damaged page was met nothing is written any more and the rest is still read", "[store]") {
  TestStore store;
  fill(store);
  store.close();
  const auto file = store.directory() / "store.db";
  const auto is_met = [&](std::size_t page) {
    flip(file, page * page_size + 1'000);
    bool met = false;
    try {
      store.reopen();
      CHECK_FALSE(store->is_damaged());
      met = outcome([&] { store.read([](Database& db) { store::find_setting(db, "large"); }); }) != "ok" &&
            store->is_damaged();
    } catch (const Error&) {  // met while opening
    }
    if (met) return true;
    store.close();
    flip(file, page * page_size + 1'000);
    return false;
  };
  // From the end: the value's own pages come last.
  std::size_t page = fs::file_size(file) / page_size - 1;
  while (page > 0 && !is_met(page)) --page;
  REQUIRE(page > 0);

  CHECK(store->is_damaged());
  const auto before = read_file(file, 64 << 20);
  CHECK(outcome([&] { store.transact([](Database& db) { store::put_setting(db, "small", "1", {1}); }); }) ==
        "storage_corrupt");
  CHECK(store.read([](Database& db) { return store::list_servers(db); }).size() == 1);
  CHECK(read_file(file, 64 << 20) == before);
  CHECK_FALSE(store.read([](Database& db) { return store::find_setting(db, "small"); }).has_value());
}

TEST_CASE("a newer schema is refused", "[store]") {
  TestStore store;
  const auto key = store->keyring().database_key().copy();
  store.close();
  { Database(store.directory() / "store.db", key, {}).set_user_version(9999); }
  CHECK_THROWS_MATCHES(store.reopen(), Error, HasId("storage_newer"));
}

TEST_CASE("a copy of the main file without its log is seen to be empty", "[store]") {
  TestStore store;
  const auto key = store->keyring().database_key().copy();
  store.close();
  fs::remove(store.directory() / "store.db");
  std::ofstream(store.directory() / "store.db").close();
  ::chmod((store.directory() / "store.db").c_str(), 0600);
  { Database(store.directory() / "store.db", key, {}).run_script("create table t (n); drop table t"); }
  REQUIRE(fs::file_size(store.directory() / "store.db") >= 4096);
  CHECK_THROWS_MATCHES(store.reopen(), Error, HasId("storage_corrupt"));
}

TEST_CASE("one data directory has one store at a time", "[store]") {
  TestStore store;
  CHECK_THROWS_MATCHES(Store::open(store.options(), store.clock()), Error, HasId("store_locked"));
  CHECK_THROWS_MATCHES(Store::create(store.options(), store.clock()), Error, HasId("store_exists"));
  store.close();
  CHECK_NOTHROW(Store::open(store.options(), store.clock()));
}

TEST_CASE("a store is not looked for where there is none", "[store]") {
  TestDirectory directory;
  ManualClock clock;
  CHECK_THROWS_MATCHES(Store::open({directory / "none", TestStore::key(), true}, clock), Error,
                       HasId("store_missing"));
  CHECK_FALSE(fs::exists(directory / "none"));
  CHECK_THROWS_MATCHES(Store::open({directory.path(), TestStore::key(), true}, clock), Error,
                       HasId("store_missing"));
}

TEST_CASE("a creation that was cut off is finished or begun anew", "[store]") {
  TestStore store;
  const std::string id = store->keyring().install_id();
  store.close();
  SECTION("before the database got its name") {
    fs::rename(store.directory() / "store.db", store.directory() / "store.db.new");
    store.reopen();
    CHECK(store->keyring().install_id() == id);
  }
  SECTION("before the keyring was saved") {
    fs::rename(store.directory() / "store.db", store.directory() / "store.db.new");
    fs::remove(store.directory() / "keyring.json");
    const auto made = Store::create(store.options(), store.clock());
    CHECK(made->keyring().install_id() != id);
    CHECK_FALSE(fs::exists(store.directory() / "store.db.new"));
  }
}

TEST_CASE("what a use case throws undoes all of it", "[store]") {
  TestStore store;
  const auto before = store->changes();
  CHECK_THROWS_MATCHES(store.transact([](Database& db) {
    store::put_setting(db, "a", "b", {1});
    throw Error::invalid("no", "No.");
  }),
                       Error, HasId("no"));
  CHECK_FALSE(store.read([](Database& db) { return store::find_setting(db, "a"); }));
  CHECK(store->changes() == before);
  store.transact([](Database& db) { store::put_setting(db, "a", "b", {1}); });
  CHECK(store->changes() == before + 1);
  store.transact([](Database& db) { store::remove_setting(db, "none"); });
  CHECK(store->changes() == before + 1);
}

TEST_CASE("several threads write and read without losing a change", "[store]") {
  TestStore store;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { count_up(*store, 50); });
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) store.read([](Database& db) { return store::find_setting(db, "count"); });
    });
  }
  CHECK(store.read([](Database& db) { return store::find_setting(db, "count"); })->value == "200");
}

TEST_CASE("a reader cannot write", "[store]") {
  TestStore store;
  CHECK_THROWS_MATCHES(store.read([](Database& db) { store::put_setting(db, "a", "b", {1}); }), Error,
                       HasId("storage_read_only"));
}
