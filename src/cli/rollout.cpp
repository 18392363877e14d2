#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "base/encoding.h"
#include "base/text.h"
#include "cli/appliance.h"
#include "cli/verb.h"

namespace patchbay::cli {

namespace {

struct Wish {
  std::string state;
  std::string server;
  std::vector<std::string> people;
  std::vector<std::string> teams;
};

void print(const VerbContext& context, const Json& rollout) {
  if (context.json) {
    std::cout << dump(rollout) << "\n";
    return;
  }
  std::cout << "state  " << rollout.at("state").get<std::string>() << "\n";
  for (const char* key : {"people", "teams"}) {
    if (rollout.at(key).empty()) continue;
    std::cout << key << (std::string_view(key) == "teams" ? " " : "");
    for (const auto& name : rollout.at(key)) std::cout << " " << printable(name.get<std::string>());
    std::cout << "\n";
  }
}

void roll_out(const VerbContext& context, const Wish& wish) {
  const Config config = context.load();
  Appliance appliance(config);
  const auto server = cat("/v1/servers/", percent_encode(wish.server));
  if (wish.state.empty()) {
    if (!wish.people.empty() || !wish.teams.empty())
      throw Error::invalid("no_state", "Say the state, too: patchbay rollout pilot --person NAME");
    print(context, wish.server.empty() ? appliance.request("GET", "/v1/rollout")
                                       : appliance.request("GET", server).at("rollout"));
    return;
  }
  const Json body = {{"state", wish.state}, {"people", wish.people}, {"teams", wish.teams}};
  const auto target = wish.server.empty() ? std::string("/v1/rollout") : cat(server, "/rollout");
  print(context, appliance.request("PUT", target, body));
  if (!context.json) std::cerr << "It counts from the next call on.\n";
}

}  // namespace

void add_rollout(CLI::App& root, VerbContext& context) {
  const auto wish = std::make_shared<Wish>();
  auto* verb = root.add_subcommand(
      "rollout",
      "How far Patchbay, or one server, is given to people: on, pilot, off (admins alone) or dark.");
  verb->add_option("state", wish->state, "The new state; what it is now where left out.")
      ->check(CLI::IsMember({"on", "pilot", "off", "dark"}));
  verb->add_option("--server", wish->server, "One server instead of the whole appliance.")->type_name("NAME");
  verb->add_option("--person", wish->people, "Somebody in the pilot; may be given several times.");
  verb->add_option("--team", wish->teams, "A team in the pilot; may be given several times.");
  verb->callback([&context, wish] { roll_out(context, *wish); });
}

}  // namespace patchbay::cli
