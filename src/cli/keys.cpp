#include <CLI/CLI.hpp>

#include <iostream>
#include <iterator>
#include <memory>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/verb.h"
#include "store/recovery_kit.h"

namespace patchbay::cli {

namespace {

constexpr std::size_t longest_kit = 64 * 1024;

void show_kit(const VerbContext& context) {
  const Config config = context.load();
  if (config.key.kind == MasterKeySource::Kind::passphrase)
    throw Error::invalid("no_kit",
                         "This store is locked with a passphrase, and that has no kit. Keep it well.");
  const Keyring keyring = Keyring::open(config.data / "keyring.json", config.key);
  std::cout << make_recovery_kit(read_master_key(config.key), keyring, SystemClock().now()).reveal();
}

Secret read_kit(const std::string& file) {
  if (file != "-") return Secret(read_file(file, longest_kit));
  return Secret(std::string(std::istreambuf_iterator<char>(std::cin), {}));
}

// Only a key that opens the store becomes its key file.
void recover(const VerbContext& context, const std::string& file) {
  const Config config = context.load();
  const auto path = config.key_file.empty() ? config.key.path : config.key_file;
  if (path.empty())
    throw Error::invalid("no_key_file", "Say where the key file is to be made, with --key-file FILE.");
  const SecureBytes key = read_recovery_kit(read_kit(file).reveal());
  MasterKeySource source;
  source.kind = MasterKeySource::Kind::environment;
  source.value = Secret(to_hex(key.reveal()));
  Keyring::open(config.data / "keyring.json", source);
  create_master_key_file(path, key);
  std::cout << "The key file " << path.string() << " was made again; it opens the store.\n";
}

}  // namespace

void add_keys(CLI::App& root, VerbContext& context) {
  auto* verb = root.add_subcommand("keys", "The master key on paper, and back.");
  verb->require_subcommand(1);
  verb->fallthrough();
  verb->add_subcommand("kit", "Print the recovery kit: the master key in a form for paper.")
      ->callback([&context] { show_kit(context); });
  const auto file = std::make_shared<std::string>();
  auto* back = verb->add_subcommand("recover", "Make the lost key file again from a recovery kit.");
  back->add_option("file", *file, "The kit as it was typed; - reads it from standard input.")
      ->required()
      ->type_name("FILE");
  back->callback([&context, file] { recover(context, *file); });
}

}  // namespace patchbay::cli
