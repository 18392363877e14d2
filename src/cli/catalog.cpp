#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "base/egress.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/appliance.h"
#include "cli/catalog_diff.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "gateway/catalog_file.h"
#include "http/server_body.h"

namespace patchbay::cli {

namespace {

gateway::CatalogText read_catalog(const Config& config, const std::string& file) {
  const auto text = read_file(file, gateway::max_catalog_bytes);
  return gateway::parse_catalog(
      text, [&](std::string_view url) { check_url(url, UrlSource::admin, config.egress); });
}

Json to_json(const gateway::CatalogProblem& problem) {
  return {{"line", problem.line},
          {"column", problem.column},
          {"entry", problem.entry},
          {"field", problem.field},
          {"message", problem.message}};
}

void print_problems(std::ostream& out, const gateway::CatalogText& catalog, const std::string& file) {
  for (const auto& problem : catalog.problems) out << printable(gateway::to_text(problem, file)) << "\n";
}

// Needs neither a store nor a running appliance.
void check(VerbContext& context, const std::string& file) {
  const auto catalog = read_catalog(context.load(), file);
  context.exit_code = catalog.problems.empty() ? 0 : 1;
  if (context.json) {
    Json problems = Json::array();
    for (const auto& problem : catalog.problems) problems.push_back(to_json(problem));
    std::cout << dump({{"usable", catalog.usable},
                       {"entries", catalog.entries.size()},
                       {"dropped", catalog.dropped},
                       {"problems", problems}})
              << "\n";
    return;
  }
  print_problems(std::cout, catalog, file);
  if (catalog.problems.empty())
    std::cerr << "The catalog is good: " << catalog.entries.size()
              << (catalog.entries.size() == 1 ? " server.\n" : " servers.\n");
  else if (catalog.usable)
    std::cerr << catalog.dropped << (catalog.dropped == 1 ? " entry is" : " entries are") << " left out; "
              << catalog.entries.size() << " would be served.\n";
  else
    std::cerr << "Nothing of this file would be served.\n";
}

// Who would gain or lose which tools: of each entry that is there already, by POST /v1/access/plan.
Json plan_access(Appliance& appliance, const CatalogDiff& diff, const std::vector<CatalogEntry>& entries) {
  Json plans = Json::array();
  const auto plan = [&](const std::string& name, const Json& change) {
    plans.push_back(appliance.request("POST", "/v1/access/plan", {{"server", name}, {"change", change}}));
  };
  for (const auto& one : diff.changed)
    for (const auto& entry : entries) {
      if (!equal_ignoring_case(entry.server.slug, one.name)) continue;
      const Json whole = http::server_json(entry.server, {});
      Json change;
      for (const char* field : {"access", "allow", "deny", "enabled", "availability"})
        change[field] = whole.at(field);
      plan(one.name, change);
    }
  for (const auto& name : diff.removed) plan(name, {{"enabled", false}});
  return plans;
}

void print_plans(const Json& plans) {
  for (const auto& plan : plans)
    for (const char* side : {"gained", "lost"})
      for (const auto& one : plan.at(side))
        std::cout << (std::string_view(side) == "gained" ? "  gains " : "  loses ")
                  << one_line(one.at("user").get<std::string>()) << " "
                  << one_line(cat("mcp:", plan.at("server").get<std::string>(), ":",
                                  one.at("tool").get<std::string>()))
                  << "\n";
}

void print_diff(const VerbContext& context, const CatalogDiff& diff, const Json& plans) {
  if (context.json) {
    Json changed = Json::array();
    for (const auto& one : diff.changed) changed.push_back({{"name", one.name}, {"fields", one.fields}});
    std::cout << dump({{"added", diff.added},
                       {"changed", changed},
                       {"removed", diff.removed},
                       {"clashing", diff.clashing},
                       {"access", plans}})
              << "\n";
    return;
  }
  for (const auto& name : diff.added) std::cout << "+ " << one_line(name) << "\n";
  for (const auto& one : diff.changed) {
    std::cout << "~ " << one_line(one.name) << ":";
    for (const auto& field : one.fields) std::cout << ' ' << field;
    std::cout << "\n";
  }
  for (const auto& name : diff.removed) std::cout << "- " << one_line(name) << "\n";
  for (const auto& name : diff.clashing)
    std::cout << "! " << one_line(name) << ": an admin's server has this name\n";
  print_plans(plans);
  if (!diff.any()) std::cerr << "Nothing would change.\n";
}

void compare(VerbContext& context, std::string file) {
  const Config config = context.load();
  if (file.empty()) file = config.catalog.string();
  if (file.empty())
    throw Error::invalid("no_catalog",
                         "Say which file: patchbay catalog diff FILE. No catalog is configured.");
  const auto catalog = read_catalog(config, file);
  print_problems(std::cerr, catalog, file);
  if (!catalog.usable)
    throw Error::invalid("catalog_unusable",
                         "Nothing of this file would be served, so what is served would stay.");
  Appliance appliance(config);
  const Json served = appliance.request_all("/v1/servers", "servers");
  const auto diff = compare_catalog(catalog.entries, served.at("servers"));
  print_diff(context, diff, plan_access(appliance, diff, catalog.entries));
}

void print_state(const VerbContext& context, const Json& state) {
  if (context.json) {
    std::cout << dump(state) << "\n";
    return;
  }
  std::cout << "state    " << state.at("state").get<std::string>() << "\nservers  " << state.at("entries")
            << "\n";
  if (state.at("version").is_string())
    std::cout << "version  " << state.at("version").get<std::string>() << "\nread     "
              << state.at("loaded_at").get<std::string>() << "\n";
  if (state.at("state") == "stale")
    std::cout << "serving  the last good version, of " << state.at("loaded_at").get<std::string>()
              << ": the file as it is now cannot be used\n";
  for (const auto& problem : state.at("problems")) {
    const auto text = [&](const char* key) {
      return problem.at(key).is_string() ? problem.at(key).get<std::string>() : std::string();
    };
    std::cout << "problem  line " << problem.at("line") << ", column " << problem.at("column") << ": "
              << one_line(cat(text("entry"), text("entry").empty() ? "" : ": ", text("field"),
                              text("field").empty() ? "" : ": ", text("message")))
              << "\n";
  }
}

void state(VerbContext& context, const char* method, const char* path) {
  const Config config = context.load();
  const Json answer = Appliance(config).request(method, path);
  print_state(context, answer);
  const auto word = answer.at("state").get<std::string>();
  if (word == "stale" || word == "unavailable") context.exit_code = 1;
}

}  // namespace

void add_catalog(CLI::App& root, VerbContext& context) {
  auto* verb = root.add_subcommand("catalog", "The catalog file of managed servers.");
  verb->require_subcommand(1);
  verb->fallthrough();
  const auto file = std::make_shared<std::string>();
  auto* validate = verb->add_subcommand("validate", "Check a catalog file; needs no running appliance.");
  validate->add_option("file", *file, "The YAML file.")->required()->type_name("FILE");
  validate->callback([&context, file] { check(context, *file); });
  auto* diff = verb->add_subcommand("diff", "Show what a catalog file would change.");
  diff->add_option("file", *file, "The YAML file; the configured one where left out.")->type_name("FILE");
  diff->callback([&context, file] { compare(context, *file); });
  verb->add_subcommand("show", "Show which catalog is served, and what is wrong with it.")
      ->callback([&context] { state(context, "GET", "/v1/catalog"); });
  verb->add_subcommand("reload", "Read the catalog file now.")->callback([&context] {
    state(context, "POST", "/v1/catalog/reload");
  });
}

}  // namespace patchbay::cli
