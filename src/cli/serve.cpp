#include <CLI/CLI.hpp>

#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/log.h"
#include "cli/app.h"
#include "cli/verb.h"

namespace patchbay::cli {

namespace {

// Keys and tokens are in this process's memory: no core dumps, and nobody else of the same user may read it.
void close_memory() {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

// As many open files as connections may need, where the system lets us.
void raise_file_limit(std::size_t connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = static_cast<rlim_t>(connections) * 2 + 256;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted) log::warn("files.limit_low", {{"limit", limit.rlim_cur}, {"wanted", wanted}});
}

}  // namespace

void add_serve(CLI::App& root, VerbContext& context) {
  auto* verb = root.add_subcommand("serve", "Run the appliance.");
  add_setting(*verb, context, "--listen", "listen");
  add_setting(*verb, context, "--public-url", "public_url");
  add_setting(*verb, context, "--catalog", "catalog");
  add_setting(*verb, context, "--web-dir", "web_dir");
  add_setting(*verb, context, "--tls-certificate", "tls.certificate");
  add_setting(*verb, context, "--tls-key", "tls.key");
  add_setting(*verb, context, "--log-level", "log.level");
  verb->callback([&context] {
    Config config = context.load();
    context.master_key = {};  // the store keeps what it needs
    log::set_level(config.log_level);
    close_memory();
    App::block_signals();
    raise_file_limit(config.connections);
    App app(std::move(config));
    context.exit_code = app.serve();
  });
}

}  // namespace patchbay::cli
