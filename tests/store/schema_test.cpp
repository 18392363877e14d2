#include "store/schema.h"

#include <algorithm>
#include <set>

#include "base/embedded.h"
#include "base/text.h"
#include "support/catch.h"
#include "support/test_directory.h"

using namespace patchbay;
using store::apply_schema;
using store::parse_schema;

namespace {

DatabaseOptions making() {
  DatabaseOptions options;
  options.create = true;
  return options;
}

std::set<std::string> sealed_columns() {
  std::set<std::string> columns;
  std::string table;
  for (const auto line : split(*find_embedded("schema.sql"), '\n')) {
    const auto words = split(trim(line), ' ');
    if (words.size() > 2 && words[0] == "create" && words[1] == "table") table = words[2];
    if (words[0].ends_with("_sealed")) columns.insert(cat(table, '.', words[0]));
  }
  return columns;
}

}  // namespace

TEST_CASE("the schema's steps apply to an empty store and to a store of every step", "[store]") {
  const auto steps = parse_schema(*find_embedded("schema.sql"));
  REQUIRE(steps.size() >= 4);
  for (std::size_t have = 0; have <= steps.size(); ++have) {
    TestDirectory directory;
    Database db(directory / "a.db", SecureBytes(std::string(32, 'k')), making());
    apply_schema(db, {steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(have)});
    CHECK(db.user_version() == static_cast<std::int64_t>(have));
    apply_schema(db);
    CHECK(db.user_version() == static_cast<std::int64_t>(steps.size()));
    apply_schema(db);
    CHECK_NOTHROW(db.run("insert into setting (name, value, updated_at) values ('a', 'b', 1)"));
  }
}

TEST_CASE("a step that fails leaves the steps before it", "[store]") {
  TestDirectory directory;
  Database db(directory / "a.db", SecureBytes(std::string(32, 'k')), making());
  const auto steps = parse_schema(
      "-- A comment.\n-- @step 1: one\ncreate table a (n integer);\n"
      "-- @step 2: two\ncreate table b (n integer);\ncreate table a (n integer);\n");
  REQUIRE(steps.size() == 2);
  CHECK(steps[1].name == "two");
  CHECK_THROWS_AS(apply_schema(db, steps), Error);
  CHECK(db.user_version() == 1);
  CHECK_NOTHROW(db.run("insert into a values (1)"));
  CHECK_THROWS_AS(db.run("insert into b values (1)"), Error);
}

TEST_CASE("steps out of order are refused", "[store]") {
  CHECK_THROWS_MATCHES(parse_schema("-- @step 2: two\n"), Error, HasId("schema"));
  CHECK_THROWS_MATCHES(parse_schema("-- @step 1: one\n-- @step 1: one\n"), Error, HasId("schema"));
  CHECK_THROWS_MATCHES(parse_schema("-- @step 1\n"), Error, HasId("schema"));
  CHECK(parse_schema("").empty());
}

// Whoever adds a column here adds its way through the vault, and later its way through key rotation.
TEST_CASE("the columns that hold secrets are the ones the vault is known to write", "[store]") {
  CHECK(sealed_columns() == std::set<std::string>{"member_secret.value_sealed", "oauth_account.access_sealed",
                                                  "oauth_account.refresh_sealed",
                                                  "oauth_client.secret_sealed", "oauth_flow.verifier_sealed",
                                                  "server_secret.value_sealed"});
}
