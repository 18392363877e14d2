#include "store/keyring.h"

#include <sys/stat.h>

#include <fstream>

#include "base/crypto.h"
#include "base/files.h"
#include "store/database.h"
#include "support/catch.h"
#include "support/manual_clock.h"
#include "support/test_directory.h"

using namespace patchbay;

namespace {

using Kind = MasterKeySource::Kind;

MasterKeySource hex_key(char digit) {
  return {Kind::environment, {}, Secret(std::string(64, digit))};
}
MasterKeySource phrase(const std::string& text) {
  return {Kind::passphrase, {}, Secret(text)};
}

void write(const std::filesystem::path& path, const std::string& text, unsigned mode) {
  std::ofstream(path, std::ios::binary) << text;
  ::chmod(path.c_str(), mode);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a keyring opens with its key and with no other", "[store]") {
  TestDirectory directory;
  const auto file = directory / "keyring.json";
  const Keyring made = Keyring::generate(hex_key('a'), ManualClock().now());
  made.save_new(file);

  const Keyring opened = Keyring::open(file, hex_key('a'));
  CHECK(opened.install_id() == made.install_id());
  CHECK(opened.key_id() == made.key_id());
  CHECK(opened.key_id().size() == 8);
  CHECK(opened.generation() == 1);
  CHECK(opened.database_key().reveal() == made.database_key().reveal());
  CHECK(opened.field_root(1).reveal() == made.field_root(1).reveal());
  CHECK(opened.database_key().reveal() != opened.field_root(1).reveal());
  CHECK_THROWS_MATCHES(opened.field_root(2), Error, HasId("field_key_missing"));

  CHECK_THROWS_MATCHES(Keyring::open(file, hex_key('b')), Error, HasId("wrong_key"));
  CHECK_THROWS_MATCHES(Keyring::open(file, phrase("a passphrase")), Error, HasId("wrong_key"));
  CHECK_THROWS_MATCHES(Keyring::open(directory / "other.json", hex_key('a')), Error,
                       HasId("keyring_missing"));
  CHECK_THROWS_MATCHES(made.save_new(file), Error, HasId("keyring_exists"));
}

TEST_CASE("the keyring file is private and holds no key in the clear", "[store]") {
  TestDirectory directory;
  const auto file = directory / "keyring.json";
  const Keyring made = Keyring::generate(hex_key('a'), ManualClock().now());
  made.save_new(file);
  struct stat found {};
  REQUIRE(::stat(file.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
  const std::string text = read_file(file, 1 << 16);
  CHECK(text.find(made.database_key().reveal()) == std::string::npos);
  CHECK(text.find(std::string(64, 'a')) == std::string::npos);
  CHECK(text.find("\"store_format\": \"sc3\"") != std::string::npos);
  CHECK(text.find("\"source\": \"environment\"") != std::string::npos);
}

TEST_CASE("a passphrase opens what it closed", "[store]") {
  TestDirectory directory;
  const auto file = directory / "keyring.json";
  Keyring::generate(phrase("correct horse"), ManualClock().now()).save_new(file);
  CHECK_NOTHROW(Keyring::open(file, phrase("correct horse")));
  CHECK_THROWS_MATCHES(Keyring::open(file, phrase("correct house")), Error, HasId("wrong_key"));
  CHECK_THROWS_MATCHES(Keyring::open(file, phrase("")), Error, HasId("key_missing"));
  CHECK_THROWS_MATCHES(Keyring::open(file, hex_key('a')), Error, HasId("wrong_key"));

  const std::string text = read_file(file, 1 << 16);
  write(directory / "greedy.json", replaced(text, "131072", "1073741824"), 0600);
  CHECK_THROWS_MATCHES(Keyring::open(directory / "greedy.json", phrase("correct horse")), Error,
                       HasId("keyring_damaged"));
}

TEST_CASE("a changed keyring does not open", "[store]") {
  TestDirectory directory;
  const auto file = directory / "keyring.json";
  Keyring::generate(hex_key('a'), ManualClock().now()).save_new(file);
  const std::string text = read_file(file, 1 << 16);
  const auto opens_as = [&](const std::string& changed) {
    write(directory / "changed.json", changed, 0600);
    return Keyring::open(directory / "changed.json", hex_key('a'));
  };
  CHECK_THROWS_MATCHES(opens_as(replaced(text, "\"active\"", "\"decrypt_only\"")), Error, HasId("wrong_key"));
  CHECK_THROWS_MATCHES(opens_as(replaced(text, "\"database\"", "\"datebase\"")), Error, HasId("wrong_key"));
  CHECK_THROWS_MATCHES(opens_as(replaced(text, "\"nonce\"", "\"once\"")), Error, HasId("keyring_damaged"));
  CHECK_THROWS_MATCHES(opens_as(replaced(text, "\"sc3\"", "\"sc9\"")), Error, HasId("storage_newer"));
  CHECK_THROWS_MATCHES(opens_as(text.substr(0, text.size() / 2)), Error, HasId("keyring_damaged"));
  CHECK_THROWS_MATCHES(opens_as(""), Error, HasId("keyring_damaged"));
  CHECK_THROWS_MATCHES(opens_as("[1]"), Error, HasId("keyring_damaged"));
}

TEST_CASE("a key file has one of two forms", "[store]") {
  TestDirectory directory;
  const auto file = directory / "key";
  const auto read = [&](const std::string& text) {
    write(file, text, 0600);
    return std::string(read_master_key({Kind::file, file, {}}).reveal());
  };
  const std::string raw(32, '\x07');
  const std::string hex(64, 'b');
  CHECK(read(raw) == raw);
  CHECK(read(hex + "\n") == std::string(32, '\xbb'));
  CHECK(read(hex) == std::string(32, '\xbb'));
  for (const std::string& text :
       {std::string(31, 'x'), std::string(33, 'x'), raw + "\n", hex + "\n\n", hex + "b", " " + hex,
        std::string(63, 'b') + "g", std::string(), std::string(1000, 'b')})
    CHECK_THROWS_MATCHES(read(text), Error, HasId("key_form"));
}

TEST_CASE("a key file that others could read, change or swap is refused", "[store]") {
  TestDirectory directory;
  const auto file = directory / "key";
  const MasterKeySource source{Kind::file, file, {}};
  for (const unsigned mode : {0600U, 0400U}) {
    write(file, std::string(64, 'b'), mode);
    CHECK_NOTHROW(read_master_key(source));
    std::filesystem::remove(file);
  }
  for (const unsigned mode : {0644U, 0640U, 0602U, 0700U}) {
    write(file, std::string(64, 'b'), mode);
    CHECK_THROWS_MATCHES(read_master_key(source), Error, HasId("key_mode"));
  }
  ::chmod(file.c_str(), 0600);
  std::filesystem::create_symlink(file, directory / "link");
  CHECK_THROWS_MATCHES(read_master_key({Kind::file, directory / "link", {}}), Error, HasId("key_mode"));
  CHECK_THROWS_MATCHES(read_master_key({Kind::file, directory.path(), {}}), Error, HasId("key_mode"));
  CHECK_THROWS_MATCHES(read_master_key({Kind::file, directory / "none", {}}), Error, HasId("key_missing"));
  ::chmod(directory.path().c_str(), 0770);
  CHECK_THROWS_MATCHES(read_master_key(source), Error, HasId("key_mode"));
}

TEST_CASE("a new key file is private, usable and never replaces one", "[store]") {
  TestDirectory directory;
  const auto file = directory / "key";
  const SecureBytes key = crypto::random_key();
  create_master_key_file(file, key);
  CHECK(key.size() == 32);
  CHECK(read_master_key({Kind::file, file, {}}).reveal() == key.reveal());
  CHECK_THROWS_MATCHES(create_master_key_file(file, crypto::random_key()), Error, HasId("key_exists"));
  CHECK(read_master_key({Kind::file, file, {}}).reveal() == key.reveal());
}

TEST_CASE("a credential is taken from systemd's folder but not if everybody may read it", "[store]") {
  TestDirectory directory;
  const auto file = directory / "patchbay.key";
  write(file, std::string(64, 'b'), 0440);
  CHECK_NOTHROW(read_master_key({Kind::credential, file, {}}));
  ::chmod(file.c_str(), 0444);
  CHECK_THROWS_MATCHES(read_master_key({Kind::credential, file, {}}), Error, HasId("key_mode"));
}

TEST_CASE("two sources that hold the same key are one, and others are refused by name", "[store]") {
  TestDirectory directory;
  const auto same = directory / "same.key";
  const auto different = directory / "different.key";
  write(same, std::string(64, 'b'), 0600);
  write(different, std::string(64, 'c'), 0600);
  const auto both = [](MasterKeySource first, MasterKeySource second) {
    first.others.push_back(std::move(second));
    return first;
  };
  CHECK_NOTHROW(require_agreement(both(hex_key('b'), {Kind::file, same, {}})));
  CHECK_NOTHROW(require_agreement(both({Kind::file, same, {}}, {Kind::credential, same, {}})));
  CHECK_THROWS_MATCHES(require_agreement(both(hex_key('b'), {Kind::file, directory / "none.key", {}})), Error,
                       HasId("key_missing"));

  const auto says = [](const MasterKeySource& source, const std::string& one, const std::string& other) {
    try {
      require_agreement(source);
      FAIL("two keys were taken for one");
    } catch (const Error& error) {
      CHECK(error.id() == "key_sources");
      CHECK(storage_exit_code(error.id()) == 78);
      CHECK_THAT(error.message(), ContainsSubstring(one));
      CHECK_THAT(error.message(), ContainsSubstring(other));
    }
  };
  says(both(hex_key('b'), {Kind::file, different, {}}), "PATCHBAY_MASTER_KEY", different.string());
  says(both({Kind::file, same, {}}, {Kind::credential, different, {}}), same.string(), different.string());
  says(both(phrase("a passphrase"), {Kind::file, same, {}}), "PATCHBAY_PASSPHRASE_FILE", same.string());
  says(both(hex_key('b'), phrase("a passphrase")), "PATCHBAY_MASTER_KEY", "PATCHBAY_PASSPHRASE_FILE");
}

TEST_CASE("a keyring is neither made nor opened with two keys", "[store]") {
  TestDirectory directory;
  write(directory / "other.key", std::string(64, 'c'), 0600);
  auto source = hex_key('a');
  source.others.push_back({Kind::file, directory / "other.key", {}});
  CHECK_THROWS_MATCHES(Keyring::generate(source, ManualClock().now()), Error, HasId("key_sources"));
  Keyring::generate(hex_key('a'), ManualClock().now()).save_new(directory / "keyring.json");
  CHECK_THROWS_MATCHES(Keyring::open(directory / "keyring.json", source), Error, HasId("key_sources"));
}
