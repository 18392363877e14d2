#include <CLI/CLI.hpp>

#include <filesystem>
#include <iostream>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/verb.h"
#include "store/store.h"

namespace patchbay::cli {

namespace {

// The key is made only where there is neither a key nor a store: never beside data that another key sealed.
void make_key_where_absent(const Config& config) {
  const auto& key = config.key;
  if (key.kind != MasterKeySource::Kind::file || std::filesystem::exists(key.path)) return;
  if (!std::filesystem::exists(key.path.parent_path())) make_private_directory(key.path.parent_path());
  create_master_key_file(key.path);
}

void initialize(const VerbContext& context, bool if_needed) {
  const Config config = context.load();
  if (Store::exists(config.data)) {
    if (if_needed) return;
    throw Error::conflict("store_exists",
                          cat("There is a store in ", config.data.string(),
                              " already. Start it with: patchbay serve --data ", config.data.string()));
  }
  make_private_directory(config.data);
  make_key_where_absent(config);
  const SystemClock clock;
  Store::create({config.data, config.key, false}, clock);
  if (context.json) {
    std::cout << "{\"data\":\"" << config.data.string() << "\"}\n";
    return;
  }
  std::cout << "A new store is in " << config.data.string() << ".\n";
  if (config.key.kind == MasterKeySource::Kind::file)
    std::cout << "Its master key is in " << config.key.path.string()
              << ". Keep a copy of this file somewhere else: without it nobody can read the store, and we "
                 "cannot help.\n";
  std::cout << "Next: patchbay serve --data " << config.data.string() << "\n";
}

}  // namespace

void add_init(CLI::App& root, VerbContext& context) {
  auto* verb = root.add_subcommand("init", "Make a new store and its key.");
  const auto if_needed = std::make_shared<bool>(false);
  verb->add_flag("--if-needed", *if_needed, "Do nothing where there is a store already.");
  verb->callback([&context, if_needed] { initialize(context, *if_needed); });
}

}  // namespace patchbay::cli
