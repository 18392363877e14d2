#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/http_message.h"
#include "cli/config.h"

namespace CLI {
class App;
}

namespace patchbay::cli {

// What every verb shares: the options before or after it, and what it came to.
struct VerbContext {
  std::string config_file;
  std::map<std::string, std::vector<std::string>, std::less<>> flags;  // settings given on the command line
  bool json = false;
  Environment environment;
  Secret master_key;  // of the environment
  int exit_code = 0;

  Config load() const;
};

// One verb each: adds its subcommand, whose callback does the work and sets context.exit_code. A verb parses,
// calls one use case, prints: results to stdout, everything else to stderr.
void add_init(CLI::App& root, VerbContext& context);
void add_keys(CLI::App& root, VerbContext& context);
void add_serve(CLI::App& root, VerbContext& context);
void add_token(CLI::App& root, VerbContext& context);
void add_app(CLI::App& root, VerbContext& context);
void add_people(CLI::App& root, VerbContext& context);  // user, team, why and admin
void add_rollout(CLI::App& root, VerbContext& context);
void add_server(CLI::App& root, VerbContext& context);
void add_catalog(CLI::App& root, VerbContext& context);
void add_search(CLI::App& root, VerbContext& context);  // search and call
void add_audit(CLI::App& root, VerbContext& context);
void add_status(CLI::App& root, VerbContext& context);
void add_version(CLI::App& root, VerbContext& context);
void add_completion(CLI::App& root, VerbContext& context);
void add_help(CLI::App& root, VerbContext& context);

// A setting as an option of a verb: "--listen", kept in context.flags.
void add_setting(CLI::App& verb, VerbContext& context, const std::string& option, const std::string& setting);

// Text of others on a terminal: control characters and escapes are shown, not obeyed.
std::string printable(std::string_view foreign);

}  // namespace patchbay::cli
