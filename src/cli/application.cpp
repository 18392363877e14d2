#include <CLI/CLI.hpp>

#include <iostream>

#include "base/encoding.h"
#include "base/text.h"
#include "cli/appliance.h"
#include "cli/verb.h"

namespace patchbay::cli {

namespace {

std::string text_of(const Json& json) {
  return json.is_string() ? printable(json.get<std::string>()) : std::string("-");
}

void list(VerbContext& context) {
  const Config config = context.load();
  const Json answer = Appliance(config).request_all("/v1/apps", "apps");
  if (context.json) {
    std::cout << dump(answer) << "\n";
    return;
  }
  for (const auto& app : answer.at("apps"))
    std::cout << app.at("id").get<std::string>() << "  " << text_of(app.at("user")) << "  "
              << text_of(app.at("redirect_host")) << "  " << app.at("scopes").get<std::string>() << "  "
              << text_of(app.at("last_used_at")) << "  " << text_of(app.at("name")) << "\n";
}

void revoke(VerbContext& context, const std::string& id) {
  const Config config = context.load();
  Appliance(config).request("DELETE", cat("/v1/apps/", percent_encode(id)));
  if (!context.json) std::cerr << "The application is out: its tokens are refused from the next call on.\n";
}

}  // namespace

void add_app(CLI::App& root, VerbContext& context) {
  auto* verb = root.add_subcommand("app", "Applications that people have signed in with here.");
  verb->require_subcommand(1);
  verb->fallthrough();
  verb->add_subcommand("list", "Show them: id, person, where codes go, scopes, last use, name.")
      ->callback([&context] { list(context); });
  const auto id = std::make_shared<std::string>();
  auto* end = verb->add_subcommand("revoke", "Take back what a person let an application do.");
  end->add_option("app", *id, "Its id, as app list shows it.")->required();
  end->callback([&context, id] { revoke(context, *id); });
}

}  // namespace patchbay::cli
