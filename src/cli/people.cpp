#include <CLI/CLI.hpp>

#include <iostream>

#include "base/encoding.h"
#include "base/text.h"
#include "cli/appliance.h"
#include "cli/table.h"
#include "cli/verb.h"

namespace patchbay::cli {

namespace {

struct Wish {
  std::string name;
  std::string title;
  std::string role;
  std::vector<std::string> names;  // of teams or members
  std::vector<std::string> scopes{"mcp:read", "mcp:write"};
  std::string token;
  int days = 0;
  bool is_service = false;
  bool flag = false;
};

Json ask(const VerbContext& context, const std::string& method, const std::string& target,
         const Json& body = {}) {
  const Config config = context.load();
  Appliance appliance(config);
  return body.is_null() ? appliance.request(method, target) : appliance.request(method, target, body);
}

Json ask_all(const VerbContext& context, const std::string& target, const char* things) {
  const Config config = context.load();
  return Appliance(config).request_all(target, things);
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() || !found->is_string() ? std::string() : printable(found->get<std::string>());
}

std::string path(std::string_view list, const std::string& name, std::string_view rest = {}) {
  return cat("/v1/", list, "/", percent_encode(name), rest);
}

void print_link(const VerbContext& context, const Json& answer, const char* key, std::string_view words) {
  if (context.json) {
    std::cout << dump(answer) << "\n";
    return;
  }
  std::cerr << words << "\n";
  std::cout << answer.at(key).get<std::string>() << "\n";
}

void print_done(const VerbContext& context, const Json& answer, std::string_view words) {
  if (context.json)
    std::cout << dump(answer) << "\n";
  else
    std::cerr << words << "\n";
}

void add_user_now(const VerbContext& context, const Wish& wish) {
  Json body = {{"name", wish.name}, {"title", wish.title}, {"kind", wish.is_service ? "service" : "person"}};
  if (!wish.role.empty()) body["role"] = wish.role;
  if (!wish.names.empty()) body["teams"] = wish.names;
  const Json made = ask(context, "POST", "/v1/users", body);
  if (wish.is_service)
    return print_done(context, made,
                      cat("The service account is there. Next: patchbay user token ", wish.name));
  print_link(context, made, "invite_link",
             "Give this link to them. It lets them set a password, works once and for seven days.");
}

std::string words_of(const Json& names) {
  std::string text;
  for (const auto& name : names) text += cat(text.empty() ? "" : " ", printable(name.get<std::string>()));
  return text;
}

void list_users(const VerbContext& context) {
  const Json answer = ask_all(context, "/v1/users", "users");
  if (context.json) {
    std::cout << dump(answer) << "\n";
    return;
  }
  Table table({"NAME", "ROLE", "STATE", "KIND", "TEAMS", "TITLE"});
  for (const auto& user : answer.at("users"))
    table.add({text_of(user, "name"), text_of(user, "role"), text_of(user, "state"), text_of(user, "kind"),
               words_of(user.at("teams")), text_of(user, "title")});
  table.print(std::cout);
}

void change_user(const VerbContext& context, const std::string& name, const Json& change,
                 std::string_view words) {
  print_done(context, ask(context, "PATCH", path("users", name), change), words);
}

void add_user_token(const VerbContext& context, const Wish& wish) {
  Json body = {{"name", wish.token.empty() ? wish.name : wish.token}, {"scopes", wish.scopes}};
  if (wish.days > 0) body["expires_in_days"] = wish.days;
  const Json made = ask(context, "POST", path("users", wish.name, "/tokens"), body);
  print_link(context, made, "token", "This token is shown once. Keep it where secrets are kept.");
}

CLI::App* verb_below(CLI::App& verb, const char* name, const char* help, Wish& wish, const char* what) {
  auto* below = verb.add_subcommand(name, help);
  below->add_option("name", wish.name, what)->required();
  return below;
}

void add_user_verbs(CLI::App& verb, VerbContext& context, const std::shared_ptr<Wish>& wish) {
  auto* add =
      verb_below(verb, "add", "Add a person, or a service account.", *wish, "E-mail address or a word.");
  add->add_option("--title", wish->title, "How they are shown.");
  add->add_option("--role", wish->role, "member, auditor or admin.")
      ->check(CLI::IsMember({"member", "auditor", "admin"}));
  add->add_option("--team", wish->names, "A team they belong to; may be given several times.");
  add->add_flag("--service", wish->is_service, "An account for a machine: tokens and no password.");
  add->callback([&context, wish] { add_user_now(context, *wish); });
  verb.add_subcommand("list", "Show everybody.")->callback([&context] { list_users(context); });
  auto* role = verb_below(verb, "role", "Change what somebody may administer.", *wish, "Whose.");
  role->add_option("role", wish->role, "member, auditor or admin.")
      ->required()
      ->check(CLI::IsMember({"member", "auditor", "admin"}));
  role->callback([&context, wish] {
    change_user(context, wish->name, {{"role", wish->role}}, "It counts from the next request on.");
  });
  verb_below(verb, "disable", "Shut somebody out, sessions and tokens too.", *wish, "Whom.")
      ->callback([&context, wish] {
        change_user(context, wish->name, {{"disabled", true}}, "They are shut out from the next request on.");
      });
  verb_below(verb, "enable", "Let somebody in again.", *wish, "Whom.")->callback([&context, wish] {
    change_user(context, wish->name, {{"disabled", false}}, "They are let in again.");
  });
  verb_below(verb, "remove", "Remove somebody with all that is theirs.", *wish, "Whom.")
      ->callback([&context, wish] {
        ask(context, "DELETE", path("users", wish->name));
        print_done(context, Json::object(), "They are removed.");
      });
  verb_below(verb, "invite", "A new link to set a password with.", *wish, "For whom.")
      ->callback([&context, wish] {
        print_link(context, ask(context, "POST", path("users", wish->name, "/invite"), Json::object()),
                   "invite_link", "Give this link to them. It works once and for seven days.");
      });
  auto* token =
      verb_below(verb, "token", "A token for a service account; it is printed once.", *wish, "Which.");
  token->add_option("--label", wish->token, "What the token is for.");
  token->add_option("--scope", wish->scopes,
                    "mcp:read, mcp:write or catalog:read; may be given several times.");
  token->add_option("--days", wish->days, "Days until it expires; never where left out.")
      ->check(CLI::Range(1, 36500));
  token->callback([&context, wish] { add_user_token(context, *wish); });
}

void list_teams(const VerbContext& context) {
  const Json answer = ask_all(context, "/v1/teams", "teams");
  if (context.json) {
    std::cout << dump(answer) << "\n";
    return;
  }
  Table table({"NAME", "MEMBERS", "TITLE"});
  for (const auto& team : answer.at("teams")) {
    Json names = Json::array();
    for (const auto& member : team.at("members")) names.push_back(member.at("name"));
    table.add({text_of(team, "name"), words_of(names), text_of(team, "title")});
  }
  table.print(std::cout);
}

void add_team_verbs(CLI::App& verb, VerbContext& context, const std::shared_ptr<Wish>& wish) {
  auto* add = verb_below(verb, "add", "Add a team.", *wish, "Lower-case letters, digits, - and _.");
  add->add_option("--title", wish->title, "How it is shown.");
  add->add_option("--member", wish->names, "Somebody in it; may be given several times.");
  add->callback([&context, wish] {
    const Json body = {{"name", wish->name}, {"title", wish->title}, {"members", wish->names}};
    print_done(context, ask(context, "POST", "/v1/teams", body), "The team is there.");
  });
  verb.add_subcommand("list", "Show the teams and who is in them.")->callback([&context] {
    list_teams(context);
  });
  auto* members = verb_below(verb, "members", "Say who is in a team, all of them.", *wish, "Which team.");
  members->add_option("members", wish->names, "Names.");
  members->callback([&context, wish] {
    print_done(context, ask(context, "PATCH", path("teams", wish->name), {{"members", wish->names}}),
               "It counts from the next request on.");
  });
  verb_below(verb, "remove", "Remove a team.", *wish, "Which.")->callback([&context, wish] {
    ask(context, "DELETE", path("teams", wish->name));
    print_done(context, Json::object(), "The team is removed.");
  });
}

void why(const VerbContext& context, const std::string& user, const std::string& server,
         const std::string& tool) {
  std::string target =
      cat("/v1/access/explain?user=", percent_encode(user), "&server=", percent_encode(server));
  if (!tool.empty()) target += cat("&tool=", percent_encode(tool));
  const Json answer = ask(context, "GET", target);
  if (context.json) {
    std::cout << dump(answer) << "\n";
    return;
  }
  for (const auto& [key, words] : {std::pair("see", "find"), std::pair("call", "call")}) {
    const Json& decision = answer.at(key);
    std::cout << printable(user) << (decision.at("allowed").get<bool>() ? " may " : " may not ") << words
              << " it: " << decision.at("message").get<std::string>() << "\n";
  }
}

}  // namespace

void add_people(CLI::App& root, VerbContext& context) {
  const auto wish = std::make_shared<Wish>();
  auto* user = root.add_subcommand("user", "People and service accounts.");
  user->require_subcommand(1);
  user->fallthrough();
  add_user_verbs(*user, context, wish);
  auto* team = root.add_subcommand("team", "Teams: people who are granted things together.");
  team->require_subcommand(1);
  team->fallthrough();
  add_team_verbs(*team, context, wish);
  const auto subject = std::make_shared<std::array<std::string, 3>>();
  auto* reason = root.add_subcommand("why", "Say why somebody may use a tool, or may not.");
  reason->add_option("user", (*subject)[0], "Who.")->required();
  reason->add_option("server", (*subject)[1], "The server's name.")->required();
  reason->add_option("tool", (*subject)[2], "The tool's own name; the server as a whole where left out.");
  reason->callback([&context, subject] { why(context, (*subject)[0], (*subject)[1], (*subject)[2]); });
  auto* admin = root.add_subcommand("admin", "For whoever owns the data directory.");
  admin->require_subcommand(1);
  admin->fallthrough();
  auto* reset = admin->add_subcommand("reset", "A link that makes an admin, or gives one a new password.");
  reset->add_option("name", wish->name, "An admin who is locked out; a new one where left out.");
  reset->callback([&context, wish] {
    if (!wish->name.empty())
      return print_link(context, ask(context, "POST", path("users", wish->name, "/invite"), Json::object()),
                        "invite_link", "This link sets a new password. It works once and for seven days.");
    print_link(context, ask(context, "POST", "/v1/setup", Json::object()), "setup_link",
               "This link makes whoever opens it an admin. It works once.");
  });
}

}  // namespace patchbay::cli
