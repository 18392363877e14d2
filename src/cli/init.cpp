#include <CLI/CLI.hpp>

#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/verb.h"
#include "store/recovery_kit.h"
#include "store/store.h"

namespace patchbay::cli {

namespace {

// The key is made only where there is neither a key nor a store: never beside data that another key sealed.
void make_key_where_absent(const Config& config) {
  const auto& key = config.key;
  if (key.kind != MasterKeySource::Kind::file || std::filesystem::exists(key.path)) return;
  if (!std::filesystem::exists(key.path.parent_path())) make_private_directory(key.path.parent_path());
  create_master_key_file(key.path, crypto::random_key());
}

// Shown once, on a terminal, or kept in a new file: never in a log that nobody thinks of.
void give_kit(const VerbContext& context, const Config& config, const Store& store, const std::string& file) {
  if (config.key.kind == MasterKeySource::Kind::passphrase) {
    if (!context.json)
      std::cout << "Without its passphrase nobody can read the store, and there is no way around that.\n";
    return;
  }
  const bool shown = file.empty() && !context.json && ::isatty(STDOUT_FILENO) == 1;
  if (!file.empty() || shown) {
    const Secret kit = make_recovery_kit(read_master_key(config.key), store.keyring(), store.clock().now());
    if (shown)
      std::cout << "\n" << kit.reveal() << "\n";
    else
      replace_file(file, kit.reveal(), 0600);
  }
  if (context.json || shown) return;
  std::cout << "Without the master key or its recovery kit nobody can read the store, and there is no other "
               "way back. ";
  if (file.empty())
    std::cout << "Print the kit on a terminal with: patchbay keys kit --data " << config.data.string()
              << "\n";
  else
    std::cout << "The kit is in " << file << ": print it, and keep it away from this machine.\n";
}

void refuse_kit_file(const Config& config, const std::string& file) {
  if (file.empty()) return;
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored)))
    throw Error::conflict("kit_exists",
                          cat("The file ", file, " exists already. Name a new one for the recovery kit."));
  if (config.key.kind == MasterKeySource::Kind::passphrase)
    throw Error::invalid("no_kit", "A passphrase has no recovery kit. Leave --recovery-kit out.");
}

void initialize(const VerbContext& context, bool if_needed, const std::string& kit_file) {
  const Config config = context.load();
  if (Store::exists(config.data)) {
    if (if_needed) return;
    throw Error::conflict("store_exists",
                          cat("There is a store in ", config.data.string(),
                              " already. Start it with: patchbay serve --data ", config.data.string()));
  }
  refuse_kit_file(config, kit_file);
  make_private_directory(config.data);
  make_key_where_absent(config);
  const SystemClock clock;
  const auto store = Store::create({config.data, config.key, false}, clock);
  if (context.json) {
    give_kit(context, config, *store, kit_file);
    std::cout << "{\"data\":\"" << config.data.string() << "\"}\n";
    return;
  }
  std::cout << "A new store is in " << config.data.string() << ".\n";
  if (config.key.kind == MasterKeySource::Kind::file)
    std::cout << "Its master key is in " << config.key.path.string()
              << ". Keep a copy of this file somewhere else.\n";
  give_kit(context, config, *store, kit_file);
  std::cout << "Next: patchbay serve --data " << config.data.string() << "\n";
}

}  // namespace

void add_init(CLI::App& root, VerbContext& context) {
  auto* verb = root.add_subcommand("init", "Make a new store and its key.");
  const auto if_needed = std::make_shared<bool>(false);
  verb->add_flag("--if-needed", *if_needed, "Do nothing where there is a store already.");
  const auto kit = std::make_shared<std::string>();
  verb->add_option("--recovery-kit", *kit, "Write the recovery kit into this new file.")->type_name("FILE");
  verb->callback([&context, if_needed, kit] { initialize(context, *if_needed, *kit); });
}

}  // namespace patchbay::cli
