#include <CLI/CLI.hpp>

#include <iostream>

#include "base/encoding.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/appliance.h"
#include "cli/verb.h"

namespace patchbay::cli {

namespace {

struct Wish {
  std::string name;
  std::vector<std::string> scopes{"mcp:read", "mcp:write"};
  int days = 0;
  std::string audience;
  std::string from_file;
};

void create(VerbContext& context, const Wish& wish) {
  const Config config = context.load();
  Appliance appliance(config);
  Json body = {{"name", wish.name}, {"scopes", wish.scopes}};
  if (wish.days > 0) body["expires_in_days"] = wish.days;
  if (!wish.audience.empty()) body["audience"] = wish.audience;
  if (!wish.from_file.empty()) body["token"] = std::string(trim(read_file(wish.from_file, 4096)));
  const Json made = appliance.request("POST", "/v1/tokens", body);
  if (context.json) {
    std::cout << dump(made) << "\n";
    return;
  }
  if (!wish.from_file.empty()) {
    std::cerr << "The token in " << wish.from_file << " is known now.\n";
    return;
  }
  std::cerr << "This token is shown once. Keep it where secrets are kept.\n";
  std::cout << made.at("token").get<std::string>() << "\n";
}

void list(VerbContext& context) {
  const Config config = context.load();
  const Json answer = Appliance(config).request_all("/v1/tokens", "tokens");
  if (context.json) {
    std::cout << dump(answer) << "\n";
    return;
  }
  for (const auto& token : answer.at("tokens")) {
    const auto state = token.at("state").get<std::string>();
    std::cout << token.at("id").get<std::string>() << "  " << state
              << std::string(state.size() < 8 ? 8 - state.size() : 0, ' ') << "  "
              << token.at("scopes").get<std::string>() << "  "
              << printable(token.at("name").get<std::string>()) << "\n";
  }
}

void revoke(VerbContext& context, const std::string& name) {
  const Config config = context.load();
  Appliance(config).request("DELETE", cat("/v1/tokens/", percent_encode(name)));
  if (!context.json) std::cerr << "The token is revoked.\n";
}

}  // namespace

void add_token(CLI::App& root, VerbContext& context) {
  auto* verb = root.add_subcommand("token", "API tokens for MCP clients.");
  verb->require_subcommand(1);
  verb->fallthrough();
  const auto wish = std::make_shared<Wish>();
  auto* make = verb->add_subcommand("create", "Make a token; it is printed once.");
  make->add_option("name", wish->name, "What the token is for.")->required();
  make->add_option("--scope", wish->scopes,
                   "mcp:read, mcp:write, catalog:read or admin; may be given several times.")
      ->capture_default_str();
  make->add_option("--days", wish->days, "Days until it expires; never where left out.")
      ->check(CLI::Range(1, 36500));
  make->add_option("--audience", wish->audience,
                   "Public URL the token is for; any URL of this appliance where left out.");
  make->add_option("--from-file", wish->from_file,
                   "Take a token made elsewhere: pbk_ and 43 characters of base64url.");
  make->callback([&context, wish] { create(context, *wish); });
  verb->add_subcommand("list", "Show the tokens.")->callback([&context] { list(context); });
  const auto name = std::make_shared<std::string>();
  auto* end = verb->add_subcommand("revoke", "End a token; it is refused from the next call on.");
  end->add_option("token", *name, "Name or id.")->required();
  end->callback([&context, name] { revoke(context, *name); });
}

}  // namespace patchbay::cli
