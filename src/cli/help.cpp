#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "cli/command_tree.h"
#include "cli/verb.h"
#include "http/error_table.h"

namespace patchbay::cli {

void add_help(CLI::App& root, VerbContext&) {
  auto* verb = root.add_subcommand("help", "Show this help, or that of a verb.");
  const auto man = std::make_shared<bool>(false);
  const auto words = std::make_shared<std::vector<std::string>>();
  verb->add_option("verb", *words, "The verb.");
  verb->add_flag("--man", *man, "Print the man page instead.");
  const auto errors = std::make_shared<bool>(false);
  verb->add_flag("--errors", *errors, "Print what each error id means instead, as Markdown.");
  verb->callback([&root, man, errors, words] {
    if (*errors) {
      std::cout << http::errors_markdown();
      return;
    }
    if (*man) {
      std::cout << man_page(read_commands(root), PATCHBAY_VERSION);
      return;
    }
    const CLI::App* level = &root;
    std::string name = root.get_name();
    for (const auto& word : *words) {
      const auto below = level->get_subcommands([&](const CLI::App* one) { return one->get_name() == word; });
      if (below.empty())
        throw Error::invalid("no_verb", cat("There is no verb \"", word, "\". See: patchbay help"));
      level = below.front();
      name += cat(" ", word);
    }
    // Not level->help(): that of the root shows the verb that was parsed, which is this one.
    std::cout << level->get_formatter()->make_help(level, name, CLI::AppFormatMode::Normal);
  });
}

}  // namespace patchbay::cli
