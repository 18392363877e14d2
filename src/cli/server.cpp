#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "base/encoding.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/appliance.h"
#include "cli/table.h"
#include "cli/verb.h"

namespace patchbay::cli {

namespace {

constexpr std::size_t longest_secret = 8192;

struct NewServer {
  std::string name;
  std::string url;
  std::string title;
  std::string description;
  std::string transport = "http";
  std::string auth;
  std::string api_key_file;
  std::string api_key_variable;
  std::string api_key_header;
  std::vector<std::string> header_files;      // Name=FILE
  std::vector<std::string> header_variables;  // Name=VARIABLE
  std::vector<std::string> allow;
  std::vector<std::string> deny;
  int timeout = 0;
  std::string ca_file;
  bool per_member = false;
  std::string client_id;
  std::string client_secret_file;
  bool pin_tools = false;
  bool disabled = false;
};

std::string path_of(const std::string& name, std::string_view rest = {}) {
  return cat("/v1/servers/", percent_encode(name), rest);
}

// A value that JSON may leave unset.
std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : dump(*found);
}

std::string secret_in_file(const std::string& file) {
  return std::string(trim(read_file(file, longest_secret)));
}

std::string secret_in_variable(const std::string& name) {
  auto value = find_variable(name);
  if (!value) throw Error::invalid("no_variable", cat("The environment variable ", name, " is not set."));
  return *value;
}

// "Name=WHERE" of --header-file and --header-env.
void put_header(Json& headers, const std::string& option, std::string (*read)(const std::string&)) {
  const auto equals = option.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == option.size())
    throw Error::invalid(
        "header",
        "A header is given as Name=FILE or Name=VARIABLE: its value never stands on the command line.");
  headers[option.substr(0, equals)] = read(option.substr(equals + 1));
}

void put_secrets(Json& body, const NewServer& wish) {
  Json headers = Json::object();
  for (const auto& option : wish.header_files) put_header(headers, option, secret_in_file);
  for (const auto& option : wish.header_variables) put_header(headers, option, secret_in_variable);
  const bool has_key = !wish.api_key_file.empty() || !wish.api_key_variable.empty();
  if (has_key)
    body["api_key"] = wish.api_key_file.empty() ? secret_in_variable(wish.api_key_variable)
                                                : secret_in_file(wish.api_key_file);
  if (!wish.api_key_header.empty()) body["api_key_header"] = wish.api_key_header;
  if (!headers.empty()) body["headers"] = headers;
  if (!wish.auth.empty())
    body["auth"] = wish.auth == "api-key" ? "apiKey" : wish.auth;
  else if (has_key || !headers.empty())
    body["auth"] = has_key ? "apiKey" : "headers";
}

void add(VerbContext& context, const NewServer& wish) {
  const Config config = context.load();
  Json body = {{"slug", wish.name},
               {"url", wish.url},
               {"transport", wish.transport},
               {"enabled", !wish.disabled},
               {"pin_tools", wish.pin_tools}};
  if (!wish.title.empty()) body["title"] = wish.title;
  if (!wish.description.empty()) body["description"] = wish.description;
  if (!wish.allow.empty()) body["allow"] = wish.allow;
  if (!wish.deny.empty()) body["deny"] = wish.deny;
  if (wish.timeout > 0) body["timeout_seconds"] = wish.timeout;
  if (!wish.ca_file.empty()) body["ca_file"] = std::filesystem::absolute(wish.ca_file).string();
  put_secrets(body, wish);
  if (wish.per_member) body["credential_mode"] = "perMember";
  if (!wish.client_id.empty()) body["oauth"]["client_id"] = wish.client_id;
  if (!wish.client_secret_file.empty())
    body["oauth"]["client_secret"] = secret_in_file(wish.client_secret_file);
  const Json made = Appliance(config).request("POST", "/v1/servers", body);
  if (context.json)
    std::cout << dump(made) << "\n";
  else
    std::cerr << "The server is added. "
              << (wish.auth == "oauth" ? "Sign in with: patchbay server connect "
                                       : "Try it with: patchbay server test ")
              << one_line(wish.name) << "\n";
}

void list(VerbContext& context) {
  const Config config = context.load();
  const Json answer = Appliance(config).request_all("/v1/servers", "servers");
  if (context.json) {
    std::cout << dump(answer) << "\n";
    return;
  }
  Table table({"NAME", "STATE", "TOOLS", "ORIGIN", "URL", ""});
  for (const auto& server : answer.at("servers"))
    table.add({text_at(server, "slug"), server.value("enabled", true) ? text_at(server, "state") : "disabled",
               text_at(server, "tools"), text_at(server, "origin"), text_at(server, "url"),
               text_at(server, "message")});
  table.print(std::cout);
}

void show(VerbContext& context, const std::string& name) {
  const Config config = context.load();
  const Json server = Appliance(config).request("GET", path_of(name));
  if (context.json) {
    std::cout << dump(server) << "\n";
    return;
  }
  for (const auto& [key, value] : server.items()) {
    if (value.is_null() || (value.is_array() && value.empty())) continue;
    std::cout << key << std::string(key.size() < 20 ? 20 - key.size() : 1, ' ')
              << one_line(text_at(server, key.c_str())) << "\n";
  }
}

void set_enabled(VerbContext& context, const std::string& name, bool enabled) {
  const Config config = context.load();
  const Json server = Appliance(config).request("PATCH", path_of(name), {{"enabled", enabled}});
  if (context.json) std::cout << dump(server) << "\n";
}

void remove(VerbContext& context, const std::string& name) {
  const Config config = context.load();
  Appliance(config).request("DELETE", path_of(name));
  if (!context.json) std::cerr << "The server is removed, with its secrets.\n";
}

void test(VerbContext& context, const std::string& name) {
  const Config config = context.load();
  const Json answer = Appliance(config).request("POST", path_of(name, "/test"));
  const bool good = answer.at("ok").get<bool>();
  context.exit_code = good ? 0 : 1;
  if (context.json)
    std::cout << dump(answer) << "\n";
  else if (good)
    std::cout << "It works: " << one_line(text_at(answer.at("server"), "name")) << ", protocol "
              << one_line(text_at(answer.at("server"), "protocol")) << ", " << answer.at("tools").size()
              << " tools.\n";
  else
    std::cerr << "patchbay: " << one_line(text_at(answer, "message")) << "\n";
}

// As the appliance that runs has it: admins may have chosen it at the settings page.
std::string public_url_of(Appliance&& appliance) {
  const Json answer = appliance.request("GET", "/v1/settings");
  for (const Json& one : answer.at("settings"))
    if (one.at("name") == "public_url") return text_at(one, "value");
  throw Error::internal("internal", "The appliance does not say its public address.");
}

// The page where a person signs in; a terminal cannot do that for them.
void connect(VerbContext& context, const std::string& name) {
  const Config config = context.load();
  const Json server = Appliance(config).request("GET", path_of(name));
  if (text_at(server, "auth") != "oauth")
    throw Error::conflict("no_sign_in", cat("\"", one_line(name), "\" is not one that people sign in at."));
  const std::string link =
      cat(public_url_of(Appliance(config)), "/connect/", percent_encode(text_at(server, "slug")));
  if (context.json) {
    std::cout << dump({{"connect_url", link}, {"credential_mode", server.at("credential_mode")}}) << "\n";
    return;
  }
  std::cout << (text_at(server, "credential_mode") == "perMember"
                    ? "Everybody connects their own account at: "
                    : "An admin connects the account of all at: ")
            << link << "\n";
}

void disconnect(VerbContext& context, const std::string& name) {
  const Config config = context.load();
  Appliance(config).request("POST", path_of(name, "/disconnect"));
  if (!context.json) std::cerr << "Every account and secret for it is forgotten.\n";
}

void accounts(VerbContext& context, const std::string& name) {
  const Config config = context.load();
  const Json answer = Appliance(config).request_all(path_of(name, "/accounts"), "accounts");
  if (context.json) {
    std::cout << dump(answer) << "\n";
    return;
  }
  Table table({"USER", "STATE", "SCOPE", "EXPIRES", "SINCE"});
  for (const auto& one : answer.at("accounts")) {
    const auto& oauth = one.at("oauth");
    const bool signs_in = !oauth.is_null();
    table.add({one.at("user").is_null() ? "(everybody's)" : text_at(one, "user"),
               !signs_in                           ? "values given"
               : oauth.at("connected").get<bool>() ? "connected"
                                                   : "sign in again",
               signs_in ? text_at(oauth, "scope") : "", signs_in ? text_at(oauth, "expires_at") : "",
               text_at(one, "updated_at")});
  }
  table.print(std::cout);
}

void print_tools(const VerbContext& context, const Json& answer) {
  if (context.json) {
    std::cout << dump(answer) << "\n";
    return;
  }
  if (!answer.at("listed").get<bool>())
    std::cerr << "The server has not been asked since the start; this is what is remembered of it.\n";
  Table table({"TOOL", "STATE", "DIGEST", "DESCRIPTION"});
  for (const auto& tool : answer.at("tools"))
    table.add({text_at(tool, "name"), tool.value("held", false) ? "held" : "ok",
               text_at(tool, "digest").substr(0, 12), one_line(text_at(tool, "description"), 100)});
  table.print(std::cout);
}

void tools(VerbContext& context, const std::string& name, bool refresh) {
  const Config config = context.load();
  Appliance appliance(config);
  if (refresh) appliance.request("POST", path_of(name, "/refresh"));
  print_tools(context, appliance.request_all(path_of(name, "/tools"), "tools"));
}

// The digest is what the admin looked at; its first 8 digits are enough to say which.
void accept(VerbContext& context, const std::string& name, const std::string& tool,
            const std::string& digest) {
  const Config config = context.load();
  Appliance appliance(config);
  std::string whole = digest;
  const Json answer = appliance.request_all(path_of(name, "/tools"), "tools");
  for (const auto& one : answer.at("tools"))
    if (text_at(one, "name") == tool && digest.size() >= 8 && text_at(one, "digest").starts_with(digest))
      whole = text_at(one, "digest");
  appliance.request("POST", path_of(name, cat("/tools/", percent_encode(tool), "/accept")),
                    {{"digest", whole}});
  if (!context.json) std::cerr << "The tool is accepted as it is now.\n";
}

void add_add(CLI::App& verb, VerbContext& context) {
  const auto wish = std::make_shared<NewServer>();
  auto* make = verb.add_subcommand(
      "add", "Add a server. Secrets come from files or variables, never from the command line.");
  make->add_option("name", wish->name, "Its name in tool names: letters, digits, \"_\" and \"-\".")
      ->required();
  make->add_option("url", wish->url, "Where it answers.")->required();
  make->add_option("--title", wish->title, "How people see it.");
  make->add_option("--description", wish->description, "What it is for; search looks here too.");
  make->add_option("--transport", wish->transport, "http, or sse for servers of 2024.")
      ->check(CLI::IsMember({"http", "sse"}));
  make->add_option("--auth", wish->auth,
                   "none, api-key, headers or oauth; follows from the secrets where left out.")
      ->check(CLI::IsMember({"none", "api-key", "headers", "oauth"}));
  make->add_flag("--per-member", wish->per_member,
                 "Each person connects their own account; with --auth oauth. Else one account serves all.");
  make->add_option("--client-id", wish->client_id, "With --auth oauth: a client registered there by hand.");
  make->add_option("--client-secret-file", wish->client_secret_file, "File that holds that client's secret.")
      ->type_name("FILE");
  auto* key = make->add_option("--api-key-file", wish->api_key_file, "File that holds the API key.")
                  ->type_name("FILE");
  make->add_option("--api-key-env", wish->api_key_variable, "Variable that holds the API key.")
      ->type_name("NAME")
      ->excludes(key);
  make->add_option("--api-key-header", wish->api_key_header,
                   "Header of the API key; Authorization with Bearer where left out.");
  make->add_option("--header-file", wish->header_files,
                   "A header whose value is in a file; may be given several times.")
      ->type_name("NAME=FILE");
  make->add_option("--header-env", wish->header_variables, "A header whose value is in a variable.")
      ->type_name("NAME=VARIABLE");
  make->add_option("--allow", wish->allow, "Only these tools.")->type_name("TOOL");
  make->add_option("--deny", wish->deny, "Never these tools.")->type_name("TOOL");
  make->add_option("--timeout", wish->timeout, "Seconds that one call may take.")->check(CLI::Range(1, 600));
  make->add_option("--ca", wish->ca_file, "PEM file of the authority that signed its certificate.")
      ->type_name("FILE");
  make->add_flag("--pin-tools", wish->pin_tools,
                 "Hold a tool whose definition changes until it is accepted.");
  make->add_flag("--disabled", wish->disabled, "Add it switched off.");
  make->callback([&context, wish] { add(context, *wish); });
}

}  // namespace

void add_server(CLI::App& root, VerbContext& context) {
  auto* verb = root.add_subcommand("server", "The servers that people reach through Patchbay.");
  verb->require_subcommand(1);
  verb->fallthrough();
  add_add(*verb, context);
  verb->add_subcommand("list", "Show all servers and how they are.")->callback([&context] { list(context); });
  const auto name = std::make_shared<std::string>();
  const auto one = [&](const char* word, const char* help, void (*run)(VerbContext&, const std::string&)) {
    auto* sub = verb->add_subcommand(word, help);
    sub->add_option("name", *name, "The server's name.")->required();
    sub->callback([&context, name, run] { run(context, *name); });
    return sub;
  };
  one("show", "Show one server.", show);
  one("enable", "Switch a server on.", [](VerbContext& c, const std::string& n) { set_enabled(c, n, true); });
  one("disable", "Switch a server off; its calls are refused from now on.",
      [](VerbContext& c, const std::string& n) { set_enabled(c, n, false); });
  one("remove", "Remove a server and its secrets.", remove);
  one("test", "Connect to a server and list its tools, calling none.", test);
  one("connect", "Show where people sign in at a server.", connect);
  one("disconnect", "Forget every account and secret for a server.", disconnect);
  one("accounts", "Show who has connected an account.", accounts);
  one("tools", "Show what a server offers.",
      [](VerbContext& c, const std::string& n) { tools(c, n, false); });
  one("refresh", "Ask a server for its tools now.",
      [](VerbContext& c, const std::string& n) { tools(c, n, true); });
  const auto tool = std::make_shared<std::string>();
  const auto digest = std::make_shared<std::string>();
  auto* take =
      one("accept", "Accept a tool whose definition changed.", [](VerbContext&, const std::string&) {});
  take->add_option("tool", *tool, "The tool's name.")->required();
  take->add_option("digest", *digest, "Of the definition you looked at, as \"server tools\" shows it.")
      ->required();
  take->callback([&context, name, tool, digest] { accept(context, *name, *tool, *digest); });
}

}  // namespace patchbay::cli
