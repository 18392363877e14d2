#include "cli/verbs.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>

#include "base/encoding.h"
#include "base/error.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/text.h"
#include "cli/verb.h"
#include "store/database.h"

namespace patchbay::cli {

namespace {

using AddVerb = void (*)(CLI::App&, VerbContext&);
constexpr AddVerb the_verbs[] = {add_init,   add_serve,   add_people,  add_token,      add_app,
                                 add_server, add_catalog, add_rollout, add_search,     add_audit,
                                 add_status, add_keys,    add_version, add_completion, add_help};

void add_common(CLI::App& root, VerbContext& context) {
  root.description("Patchbay: one endpoint for all your MCP servers.");
  root.require_subcommand(1);
  root.fallthrough();
  root.get_formatter()->column_width(34);
  root.add_option("--config", context.config_file, "Configuration file.")->type_name("FILE");
  add_setting(root, context, "--data", "data");
  add_setting(root, context, "--key-file", "key_file");
  root.add_flag("--json", context.json, "Print JSON for programs.");
}

// Names of all subcommands, for a hint after a slip.
std::vector<std::string> names_below(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(verb->get_name());
  return names;
}

int report_usage(const CLI::App& root, const CLI::ParseError& error, int argc, char** argv) {
  if (error.get_exit_code() == 0) return root.exit(error);
  std::cerr << "patchbay: " << printable(error.what()) << "\n";
  const CLI::App* level = &root;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("-")) continue;
    const auto names = names_below(*level);
    if (names.empty()) break;
    if (std::find(names.begin(), names.end(), word) != names.end()) {
      level = level->get_subcommand(word);
      continue;
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    if (const auto near = find_nearest(word, known)) std::cerr << "Did you mean \"" << *near << "\"?\n";
    break;
  }
  std::cerr << "See: patchbay help\n";
  return 2;
}

}  // namespace

Config VerbContext::load() const {
  ConfigInputs inputs;
  if (!config_file.empty()) inputs.file = config_file;
  inputs.environment = environment;
  inputs.flags = flags;
  inputs.master_key = master_key;
  return load_config(inputs);
}

void add_setting(CLI::App& verb, VerbContext& context, const std::string& option,
                 const std::string& setting) {
  const auto found = std::find_if(settings().begin(), settings().end(),
                                  [&](const Setting& one) { return one.name == setting; });
  verb.add_option_function<std::vector<std::string>>(
          option,
          [&context, setting](const std::vector<std::string>& values) { context.flags[setting] = values; },
          found == settings().end() ? "" : std::string(found->help))
      ->type_name("VALUE")
      ->expected(1);
}

std::string printable(std::string_view foreign) {
  std::string out;
  for (const char c : clean_text(foreign, 1 << 20, true)) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') continue;
    out += c;
  }
  return out;
}

int run(int argc, char** argv) {
  VerbContext context;
  context.environment = read_environment();
  context.master_key = take_master_key();
  CLI::App root;
  root.name("patchbay");
  add_common(root, context);
  for (const auto add : the_verbs) add(root, context);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_usage(root, error, argc, argv);
  } catch (const Error& error) {
    std::cerr << "patchbay: " << printable(error.message()) << "\n";
    if (!error.detail().empty()) std::cerr << "  (" << printable(error.detail()) << ")\n";
    return storage_exit_code(error.id()).value_or(1);
  } catch (const std::exception& error) {
    std::cerr << "patchbay: something went wrong: " << printable(error.what()) << "\n";
    return 1;
  }
  return context.exit_code;
}

}  // namespace patchbay::cli
