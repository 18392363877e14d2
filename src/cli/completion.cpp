#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "cli/command_tree.h"
#include "cli/verb.h"

namespace patchbay::cli {

void add_completion(CLI::App& root, VerbContext&) {
  auto* verb = root.add_subcommand(
      "completion", "Print the completions of a shell: source them, or let the package install them.");
  const auto shell = std::make_shared<std::string>();
  verb->add_option("shell", *shell, "bash, zsh or fish.")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verb->callback([&root, shell] { std::cout << completion_script(read_commands(root), *shell); });
}

}  // namespace patchbay::cli
