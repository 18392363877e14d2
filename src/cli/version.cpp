#include <CLI/CLI.hpp>

#include <iostream>

#include "cli/verb.h"

namespace patchbay::cli {

void add_version(CLI::App& root, VerbContext& context) {
  root.add_subcommand("version", "Show the version.")->callback([&context] {
    if (context.json)
      std::cout << "{\"version\":\"" << PATCHBAY_VERSION << "\"}\n";
    else
      std::cout << "patchbay " << PATCHBAY_VERSION << "\n";
  });
}

}  // namespace patchbay::cli
