#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "base/text.h"
#include "cli/appliance.h"
#include "cli/table.h"
#include "cli/verb.h"

namespace patchbay::cli {

namespace {

std::string text_at(const Json& json, const char* key) {
  return json.at(key).is_string() ? json.at(key).get<std::string>() : std::string();
}

std::string age(std::int64_t seconds) {
  if (seconds < 120) return cat(seconds, " s");
  if (seconds < 7200) return cat(seconds / 60, " min");
  return seconds < 172'800 ? cat(seconds / 3600, " h") : cat(seconds / 86'400, " days");
}

// What is served while the file cannot be used.
std::string last_good(const Json& catalog) {
  if (text_at(catalog, "state") != "stale") return {};
  return cat(", the last good version, of ", text_at(catalog, "loaded_at"), ", is served");
}

void print(const Json& status) {
  const Json& connections = status.at("connections");
  std::cout << "patchbay " << text_at(status, "version") << ", up "
            << age(status.at("uptime_seconds").get<std::int64_t>()) << ", "
            << status.at("process").at("resident_bytes").get<std::uint64_t>() / (1024 * 1024) << " MiB\n"
            << "catalog  " << text_at(status.at("catalog"), "state") << last_good(status.at("catalog"))
            << "\n"
            << "clients  " << status.at("sessions") << " sessions, " << connections.at("open")
            << " connections, " << connections.at("streams") << " streams\n"
            << "audit    " << status.at("audit").at("rows") << " rows since the start, "
            << status.at("audit").at("waiting") << " waiting\n"
            << "tools    " << status.at("tools") << "\n";
  if (const auto problem = text_at(status.at("catalog"), "problem"); !problem.empty())
    std::cout << "         " << one_line(problem) << "\n";
  Table table({"SERVER", "STATE", "TOOLS", "SINCE", ""});
  for (const auto& server : status.at("servers"))
    table.add({text_at(server, "slug"), text_at(server, "state"), dump(server.at("tools")),
               text_at(server, "since"), text_at(server, "message")});
  if (table.empty()) return;
  std::cout << "\n";
  table.print(std::cout);
}

// Whether it is worth asking: without the socket nobody listens, and Appliance would open the store itself.
bool may_be_running(const Config& config) {
  return std::filesystem::exists(control_socket(config));
}

// For container health checks: quiet, and never the one that opens the store.
void probe(VerbContext& context) {
  context.exit_code = 1;
  const Config config = context.load();
  if (!may_be_running(config)) return;
  try {
    Appliance appliance(config);
    if (!appliance.is_running()) return;
    appliance.request("GET", "/readyz");
    context.exit_code = 0;
  } catch (const Error&) {
  }
}

void show(VerbContext& context) {
  const Config config = context.load();
  const auto appliance = may_be_running(config) ? std::make_unique<Appliance>(config) : nullptr;
  if (!appliance || !appliance->is_running())
    throw Error::invalid("not_running", cat("No Patchbay runs on ", config.data.string(),
                                            ". Start it with: patchbay serve --data ", config.data.string()));
  const Json status = appliance->request("GET", "/v1/status");
  if (context.json)
    std::cout << dump(status) << "\n";
  else
    print(status);
}

}  // namespace

void add_status(CLI::App& root, VerbContext& context) {
  auto* verb = root.add_subcommand("status", "Show how the running appliance is.");
  const auto health = std::make_shared<bool>(false);
  verb->add_flag("--health", *health, "Print nothing; exit 0 where it is ready for calls, 1 where not.");
  verb->callback([&context, health] { *health ? probe(context) : show(context); });
}

}  // namespace patchbay::cli
