#include "store/database.h"

#include <fcntl.h>
#include <unistd.h>

#include "support/catch.h"
#include "support/test_directory.h"

using namespace patchbay;

namespace {

SecureBytes a_key(char byte) {
  return SecureBytes(std::string(32, byte));
}

DatabaseOptions making() {
  DatabaseOptions options;
  options.create = true;
  return options;
}

}  // namespace

TEST_CASE("values come back as they were bound", "[store]") {
  TestDirectory directory;
  Database db(directory / "a.db", a_key('k'), making());
  db.run_script("create table t (number integer, text text, bytes blob, maybe integer, at integer)");
  const std::string bytes("\0\x01\xff", 3);
  db.run("insert into t values (?, ?, ?, ?, ?)", INT64_MIN, "grüße", Blob{bytes}, std::optional<int>(),
         Instant{42});
  db.run("insert into t values (?, ?, ?, ?, ?)", true, "", Blob{""}, std::optional<int>(7),
         std::optional<Instant>());

  auto rows = db.query("select * from t order by rowid");
  const Row* row = rows.next();
  REQUIRE(row != nullptr);
  CHECK(row->integer("number") == INT64_MIN);
  CHECK(row->text("text") == "grüße");
  CHECK(row->text("bytes") == bytes);
  CHECK(row->is_null("maybe"));
  CHECK(row->optional_integer("maybe") == std::nullopt);
  CHECK(row->instant("at") == Instant{42});
  CHECK_THROWS_MATCHES(row->integer("none"), Error, HasId("storage_column"));
  row = rows.next();
  REQUIRE(row != nullptr);
  CHECK(row->flag("number"));
  CHECK(row->text("text").empty());
  CHECK_FALSE(row->is_null("text"));
  CHECK(row->optional_integer("maybe") == 7);
  CHECK(row->optional_instant("at") == std::nullopt);
  CHECK(rows.next() == nullptr);
  CHECK(rows.next() == nullptr);
}

TEST_CASE("the same query can run inside itself", "[store]") {
  TestDirectory directory;
  Database db(directory / "a.db", a_key('k'), making());
  db.run_script("create table t (n integer)");
  for (int i = 0; i < 3; ++i) db.run("insert into t values (?)", i);
  int pairs = 0;
  for (const Row& outer : db.query("select n from t"))
    for (const Row& inner : db.query("select n from t"))
      pairs += outer.integer("n") != inner.integer("n") ? 1 : 0;
  CHECK(pairs == 6);
}

TEST_CASE("another key does not open a database and changes no byte of it", "[store]") {
  TestDirectory directory;
  { Database(directory / "a.db", a_key('k'), making()).run_script("create table t (n integer)"); }
  const auto written = std::filesystem::last_write_time(directory / "a.db");
  CHECK_THROWS_MATCHES(Database(directory / "a.db", a_key('x'), {}), Error, HasId("storage_key"));
  CHECK(std::filesystem::last_write_time(directory / "a.db") == written);
  CHECK_FALSE(std::filesystem::exists(directory / "a.db-wal"));
  CHECK_NOTHROW(Database(directory / "a.db", a_key('k'), {}));
}

TEST_CASE("the library writes no lines of its own to stderr", "[store]") {
  TestDirectory directory;
  { Database(directory / "a.db", a_key('k'), making()).run_script("create table t (n integer)"); }
  const int stderr_before = ::dup(2);
  const int file = ::open((directory / "said").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  ::dup2(file, 2);
  CHECK_THROWS_MATCHES(Database(directory / "a.db", a_key('x'), {}), Error, HasId("storage_key"));
  ::dup2(stderr_before, 2);
  ::close(stderr_before);
  ::close(file);
  CHECK(std::filesystem::file_size(directory / "said") == 0);
}

TEST_CASE("a key of another length is refused", "[store]") {
  TestDirectory directory;
  CHECK_THROWS_MATCHES(Database(directory / "a.db", SecureBytes(std::string(31, 'k')), making()), Error,
                       HasId("storage_key_size"));
}

TEST_CASE("an absent database is not made by opening it", "[store]") {
  TestDirectory directory;
  CHECK_THROWS_MATCHES(Database(directory / "a.db", a_key('k'), {}), Error, HasId("storage_unreadable"));
  CHECK_FALSE(std::filesystem::exists(directory / "a.db"));
}

TEST_CASE("a locked-down connection reads and writes but neither attaches nor changes the schema",
          "[store]") {
  TestDirectory directory;
  Database db(directory / "a.db", a_key('k'), making());
  db.run_script("create table t (n integer)");
  db.lock_down();
  CHECK(db.run("insert into t values (1)") == 1);
  CHECK(db.run("update t set n = 2") == 1);
  CHECK_THROWS_AS(db.run("attach database ':memory:' as other"), Error);
  CHECK_THROWS_AS(db.run("drop table t"), Error);
  CHECK_THROWS_AS(db.run("pragma synchronous = off"), Error);
  CHECK_THROWS_AS(db.run("create table u (n integer)"), Error);
  CHECK(db.run("delete from t") == 1);
}

TEST_CASE("a value is taken up to its limit and refused beyond", "[store]") {
  TestDirectory directory;
  Database db(directory / "a.db", a_key('k'), making());
  db.run_script("create table t (n text)");
  const std::string text((16 << 20) - 64, 'x');
  CHECK(db.run("insert into t values (?)", text) == 1);
  CHECK_THROWS_MATCHES(db.run("insert into t values (?)", text + std::string(65, 'x')), Error,
                       HasId("storage_too_big"));
}

TEST_CASE("a failure names the whole path to the operator only", "[store]") {
  TestDirectory directory;
  try {
    Database(directory / "none" / "a.db", a_key('k'), {});
    FAIL("a file that is not there was opened");
  } catch (const Error& error) {
    CHECK(error.id() == "storage_unreadable");
    CHECK_THAT(error.detail(), ContainsSubstring((directory / "none" / "a.db").string()));
    CHECK_THAT(error.message(), !ContainsSubstring(directory.path().string()));
  }
}

TEST_CASE("every error a start can end with has an exit code", "[store]") {
  CHECK(storage_exit_code("wrong_key") == 78);
  CHECK(storage_exit_code("store_locked") == 75);
  CHECK(storage_exit_code("storage_full") == 74);
  CHECK(storage_exit_code("storage_unwritable") == 74);
  CHECK(storage_exit_code("directory_unusable") == 78);
  CHECK(storage_exit_code("no_grant") == std::nullopt);
}
