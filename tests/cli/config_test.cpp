#include "cli/config.h"

#include <cstdlib>
#include <fstream>

#include "support/catch.h"
#include "support/test_directory.h"

using namespace patchbay;
using namespace patchbay::cli;

namespace {

using Kind = MasterKeySource::Kind;

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

ConfigInputs inputs_for(const TestDirectory& directory) {
  ConfigInputs inputs;
  inputs.flags["data"] = {(directory / "data").string()};
  return inputs;
}

}  // namespace

TEST_CASE("without any source the key lies beside the data directory", "[cli]") {
  TestDirectory directory;
  const Config config = load_config(inputs_for(directory));
  CHECK(config.key.kind == Kind::file);
  CHECK(config.key.path == directory / "data.key");
  CHECK(config.key.others.empty());
}

TEST_CASE("a key file that is named alone is the source, there or not", "[cli]") {
  TestDirectory directory;
  auto inputs = inputs_for(directory);
  inputs.flags["key_file"] = {(directory / "named.key").string()};
  CHECK(load_config(inputs).key.path == directory / "named.key");
}

TEST_CASE("every source of the key that is given is kept, the strongest first", "[cli]") {
  TestDirectory directory;
  write_text(directory / "phrase", "correct horse\n");
  std::filesystem::create_directory(directory / "credentials");
  write_text(directory / "credentials/patchbay.key", std::string(64, 'b'));

  auto inputs = inputs_for(directory);
  inputs.master_key = Secret(std::string(64, 'a'));
  inputs.environment["PATCHBAY_PASSPHRASE_FILE"] = (directory / "phrase").string();
  inputs.environment["CREDENTIALS_DIRECTORY"] = (directory / "credentials").string();
  inputs.flags["key_file"] = {(directory / "named.key").string()};
  // An image names a key file by default, so one that is not there says nothing.
  CHECK(load_config(inputs).key.others.size() == 2);
  write_text(directory / "named.key", std::string(64, 'a'));
  const Config config = load_config(inputs);
  CHECK(config.key.kind == Kind::environment);
  REQUIRE(config.key.others.size() == 3);
  CHECK(config.key.others[0].kind == Kind::passphrase);
  CHECK(config.key.others[0].value.reveal() == "correct horse");
  CHECK(config.key.others[1].path == directory / "named.key");
  CHECK(config.key.others[2].path == directory / "credentials/patchbay.key");
}

TEST_CASE("the master key is taken out of the environment", "[cli]") {
  ::setenv("PATCHBAY_MASTER_KEY", "0123", 1);
  CHECK(read_environment().count("PATCHBAY_MASTER_KEY") == 0);
  CHECK(take_master_key().reveal() == "0123");
  CHECK(std::getenv("PATCHBAY_MASTER_KEY") == nullptr);
  CHECK(take_master_key().empty());
}

TEST_CASE("57: of every setting it is known who set it, and the strongest counts", "[cli]") {
  TestDirectory directory;
  auto inputs = inputs_for(directory);
  inputs.file = directory / "patchbay.yaml";
  write_text(*inputs.file,
             "network:\n  private: list\n  allow: [10.0.0.0/8, a.example]\nlog:\n  level: warn\n");
  inputs.environment["PATCHBAY_LOG_LEVEL"] = "error";
  inputs.environment["PATCHBAY_LISTEN"] = "127.0.0.1:1";
  inputs.flags["listen"] = {"127.0.0.1:2"};
  const Config config = load_config(inputs);
  CHECK(config.sources.at("network.private").source == "file");
  CHECK(config.sources.at("network.private").place == (directory / "patchbay.yaml").string() + ":2");
  CHECK(config.sources.at("network.allow").values == std::vector<std::string>{"10.0.0.0/8", "a.example"});
  CHECK(config.sources.at("log.level").source == "environment");
  CHECK(config.sources.at("log.level").place == "PATCHBAY_LOG_LEVEL");
  CHECK(config.sources.at("listen").source == "flag");
  CHECK(config.sources.at("listen").place == "--listen");
  CHECK_FALSE(config.sources.contains("public_url"));
}
