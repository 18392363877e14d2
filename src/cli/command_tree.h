#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace patchbay::cli {

// The verbs and their options as plain values: what the completions and the man page are made of, so that
// neither is stale.
struct Command {
  struct Option {
    std::vector<std::string> names;  // "--json"; empty for an operand
    std::string label;               // of the operand, or of the option's value
    std::string help;
    bool takes_value = false;
    bool required = false;
  };
  std::string name;
  std::string help;
  std::vector<Option> options;
  std::vector<Command> commands;
};
Command read_commands(const CLI::App& app);

// The script of one shell: "bash", "zsh" or "fish". Throws Error::invalid for another.
std::string completion_script(const Command& root, std::string_view shell);
// The man page in roff.
std::string man_page(const Command& root, std::string_view version);

}  // namespace patchbay::cli
