#include "cli/command_tree.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/text.h"

namespace patchbay::cli {

namespace {

Command::Option read_option(const CLI::Option& option) {
  Command::Option out;
  for (const auto& name : option.get_snames()) out.names.push_back(cat("-", name));
  for (const auto& name : option.get_lnames()) out.names.push_back(cat("--", name));
  out.takes_value = option.get_items_expected_max() > 0;
  out.label = option.nonpositional() ? option.get_type_name() : option.get_name(true);
  if (out.label.find('{') != std::string::npos || out.label.find(' ') != std::string::npos)
    out.label = "VALUE";
  out.help = option.get_description();
  out.required = option.get_required();
  return out;
}

// What follows a path of verbs: their names and their options.
std::string words_after(const Command& command) {
  std::string words;
  for (const auto& sub : command.commands) words += cat(words.empty() ? "" : " ", sub.name);
  for (const auto& option : command.options)
    for (const auto& name : option.names) words += cat(words.empty() ? "" : " ", name);
  return words;
}

void add_cases(std::string& out, const Command& command, const std::string& path) {
  out += cat("    \"", path, "\") words=\"", words_after(command), "\" ;;\n");
  for (const auto& sub : command.commands)
    add_cases(out, sub, path.empty() ? sub.name : cat(path, " ", sub.name));
}

void add_verbs(std::string& out, const Command& command) {
  for (const auto& sub : command.commands) {
    out += cat(out.empty() ? "" : "|", sub.name);
    add_verbs(out, sub);
  }
}

// Text in single quotes, for a shell.
std::string shell_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string bash_script(const Command& root) {
  std::string verbs;
  add_verbs(verbs, root);
  std::string cases;
  add_cases(cases, root, "");
  return cat(
      "# bash completion for patchbay\n_patchbay() {\n  local current=\"${COMP_WORDS[COMP_CWORD]}\" "
      "path=\"\" word words=\"\"\n",
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    case \"$word\" in\n      ", verbs,
      ") path=\"${path:+$path }$word\" ;;\n    esac\n  done\n  case \"$path\" in\n", cases,
      "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\ncomplete -o default -F _patchbay "
      "patchbay\n");
}

void add_zsh_cases(std::string& out, const Command& command, const std::string& path) {
  out += cat("    ", shell_text(path), ") known=(");
  for (const auto& sub : command.commands) out += cat(" ", shell_text(cat(sub.name, ":", sub.help)));
  for (const auto& option : command.options)
    for (const auto& name : option.names) out += cat(" ", shell_text(cat(name, ":", option.help)));
  out += " ) ;;\n";
  for (const auto& sub : command.commands)
    add_zsh_cases(out, sub, path.empty() ? sub.name : cat(path, " ", sub.name));
}

std::string zsh_script(const Command& root) {
  std::string verbs;
  add_verbs(verbs, root);
  std::string cases;
  add_zsh_cases(cases, root, "");
  return cat(
      "#compdef patchbay\n_patchbay() {\n  local verbs=\"\" word\n  local -a "
      "given=(\"${(@)words[2,CURRENT-1]}\")\n  local -a known\n",
      "  for word in \"${given[@]}\"; do\n    case \"$word\" in\n      ", verbs,
      ") verbs=\"${verbs:+$verbs }$word\" ;;\n    esac\n  done\n", "  case \"$verbs\" in\n", cases,
      "  esac\n  _describe patchbay known || _files\n}\n",
      "if [[ \"$funcstack[1]\" == _patchbay ]]; then _patchbay \"$@\"; else compdef _patchbay patchbay; "
      "fi\n");
}

void add_fish_lines(std::string& out, const Command& command, const std::string& condition) {
  std::string names;
  for (const auto& sub : command.commands) names += cat(names.empty() ? "" : " ", sub.name);
  const std::string here = condition.empty() ? (names.empty() ? "" : "__fish_use_subcommand") : condition;
  const std::string not_below =
      names.empty() || condition.empty() ? here : cat(here, "; and not __fish_seen_subcommand_from ", names);
  for (const auto& sub : command.commands)
    out += cat("complete -c patchbay -f -n ", shell_text(not_below), " -a ", sub.name, " -d ",
               shell_text(sub.help), "\n");
  for (const auto& option : command.options)
    for (const auto& name : option.names)
      out += cat("complete -c patchbay", condition.empty() ? "" : cat(" -n ", shell_text(condition)),
                 name.starts_with("--") ? " -l " : " -s ", name.substr(name.starts_with("--") ? 2 : 1),
                 option.takes_value ? " -r" : "", " -d ", shell_text(option.help), "\n");
  for (const auto& sub : command.commands) {
    const auto below = cat("__fish_seen_subcommand_from ", sub.name);
    add_fish_lines(out, sub, condition.empty() ? below : cat(condition, "; and ", below));
  }
}

// Text of a roff paragraph: no backslash, and no control line.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  if (!out.empty() && (out.front() == '.' || out.front() == '\'')) out.insert(0, "\\&");
  return out;
}

void add_roff_options(std::string& out, const Command& command) {
  for (const auto& option : command.options) {
    std::string names;
    for (const auto& name : option.names) names += cat(names.empty() ? "" : ", ", "\\fB", roff(name), "\\fR");
    if (option.names.empty())
      names = cat("\\fI", roff(option.label), "\\fR");
    else if (option.takes_value)
      names += cat(" \\fI", roff(option.label), "\\fR");
    out += cat(".TP\n", names, "\n", roff(option.help), "\n");
  }
}

void add_roff_command(std::string& out, const Command& command, const std::string& path) {
  out += cat(".SS ", roff(path), "\n", roff(command.help), "\n");
  add_roff_options(out, command);
  for (const auto& sub : command.commands) add_roff_command(out, sub, cat(path, " ", sub.name));
}

}  // namespace

Command read_commands(const CLI::App& app) {
  Command command;
  command.name = app.get_name();
  command.help = app.get_description();
  for (const auto* option : app.get_options([](const CLI::Option* one) { return !one->get_group().empty(); }))
    command.options.push_back(read_option(*option));
  for (const auto* sub : app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); }))
    command.commands.push_back(read_commands(*sub));
  return command;
}

std::string completion_script(const Command& root, std::string_view shell) {
  if (shell == "bash") return bash_script(root);
  if (shell == "zsh") return zsh_script(root);
  if (shell != "fish") throw Error::invalid("shell", "There are completions for bash, zsh and fish.");
  std::string out = "# fish completion for patchbay\n";
  add_fish_lines(out, root, "");
  return out;
}

std::string man_page(const Command& root, std::string_view version) {
  std::string out =
      cat(".TH PATCHBAY 1 \"\" \"Patchbay ", version,
          "\" \"User Commands\"\n.SH NAME\npatchbay \\- one endpoint for all your MCP servers\n",
          ".SH SYNOPSIS\n.B patchbay\n.I verb\n[\\fIoperand\\fR] [\\fB\\-\\-option\\fR]\n.SH DESCRIPTION\n",
          roff(root.help), "\n.SH OPTIONS\n");
  add_roff_options(out, root);
  out += ".SH VERBS\n";
  for (const auto& sub : root.commands) add_roff_command(out, sub, sub.name);
  out +=
      ".SH EXIT STATUS\n0 done, 1 could not, 2 wrong usage; of the store's own faults: 74 input or output, "
      "75 try again, 78 configuration.\n"
      ".SH ENVIRONMENT\n.TP\n\\fBPATCHBAY_DATA\\fR, \\fBPATCHBAY_LISTEN\\fR, \\fBPATCHBAY_CATALOG\\fR ...\n"
      "Each setting of the configuration file, in capitals, with _ for each dot.\n"
      ".TP\n\\fBPATCHBAY_MASTER_KEY\\fR\nThe master key itself, in place of its file.\n"
      ".TP\n\\fBPATCHBAY_TOKEN\\fR\nThe token of search and call with \\-\\-url.\n";
  return out;
}

}  // namespace patchbay::cli
