#include <CLI/CLI.hpp>

#include <unistd.h>

#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/table.h"
#include "cli/tool_call.h"
#include "cli/verb.h"

namespace patchbay::cli {

namespace {

struct Wish {
  std::string url;
  std::string words;  // of search, or the capability's name
  std::string arguments = "{}";
  int limit = 5;
};

ToolCall call_of(const VerbContext& context, const Wish& wish, std::string tool, std::string arguments) {
  ToolCall call;
  call.url = wish.url;
  if (!call.url.empty()) {
    const auto token = context.environment.find("PATCHBAY_TOKEN");
    if (token == context.environment.end() || token->second.empty())
      throw Error::invalid("no_token",
                           "Put a token for that appliance into the environment variable PATCHBAY_TOKEN.");
    call.token = token->second;
  }
  call.tool = std::move(tool);
  call.arguments = std::move(arguments);
  if (::isatty(STDERR_FILENO) == 1)
    call.progress = [](std::string_view params) {
      std::cerr << "\r\x1b[K" << progress_line(params) << std::flush;
    };
  return call;
}

ToolAnswer run(const VerbContext& context, ToolCall call) {
  const bool shows_progress = static_cast<bool>(call.progress);
  auto answer = call_tool(context.load(), std::move(call));
  if (shows_progress) std::cerr << "\r\x1b[K";
  return answer;
}

// Whether the answer is the result that was wanted; says why where it is not.
bool is_good(const ToolAnswer& answer, bool quiet) {
  const Json json = parse_json(answer.result);
  if (answer.is_rpc_error) {
    if (!quiet)
      std::cerr << "patchbay: "
                << one_line(json.is_object() ? json.value("message", "The call was refused.")
                                             : "The call was refused.")
                << "\n";
    return false;
  }
  return !(json.is_object() && json.contains("isError") && json["isError"] == true);
}

void print_matches(const std::string& result) {
  const Json json = parse_json(result);
  const Json body = json.value("structuredContent", Json::object());
  Table table({"NAME", "SUMMARY"});
  for (const auto& match : body.value("matches", Json::array()))
    table.add({match.value("name", ""),
               cat(one_line(match.value("summary", ""), 120),
                   match.contains("hint") ? cat(" (", match.value("hint", ""), ")") : "")});
  if (!table.empty()) table.print(std::cout);
  if (body.contains("hint")) std::cerr << one_line(body.value("hint", "")) << "\n";
}

void search(VerbContext& context, const Wish& wish) {
  const auto answer = run(context, call_of(context, wish, "search_capabilities",
                                           dump({{"query", wish.words}, {"limit", wish.limit}})));
  context.exit_code = is_good(answer, context.json) ? 0 : 1;
  if (context.json)
    std::cout << answer.result << "\n";
  else if (context.exit_code == 0)
    print_matches(answer.result);
  else if (!answer.is_rpc_error)
    std::cerr << result_text(answer.result);
}

void call(VerbContext& context, const Wish& wish) {
  const Json arguments = parse_json(wish.arguments);
  if (!arguments.is_object())
    throw Error::invalid("bad_arguments",
                         "The arguments must be one JSON object, like '{\"message\": \"hello\"}'.");
  // As it was written: numbers too long for us are not ours to round.
  const auto whole = cat("{\"name\":", dump(wish.words), ",\"arguments\":", wish.arguments, "}");
  const auto answer = run(context, call_of(context, wish, "execute_capability", whole));
  context.exit_code = is_good(answer, context.json) ? 0 : 1;
  if (context.json)
    std::cout << answer.result << "\n";
  else if (!answer.is_rpc_error)
    (context.exit_code == 0 ? std::cout : std::cerr) << result_text(answer.result);
}

}  // namespace

void add_search(CLI::App& root, VerbContext& context) {
  const auto wish = std::make_shared<Wish>();
  const auto add_url = [&](CLI::App& verb) {
    verb.add_option(
        "--url", wish->url,
        "Another appliance, with a token in PATCHBAY_TOKEN; the one on the data directory where left out.");
  };
  auto* find = root.add_subcommand("search", "Find tools by what they do.");
  find->add_option("words", wish->words, "What you want to do, in plain words.")->required();
  find->add_option("--limit", wish->limit, "How many matches at most.")
      ->check(CLI::Range(1, 20))
      ->capture_default_str();
  add_url(*find);
  find->callback([&context, wish] { search(context, *wish); });

  auto* execute = root.add_subcommand("call", "Call a tool that search found.");
  execute->add_option("name", wish->words, "The capability, like mcp:server:tool.")->required();
  execute->add_option("arguments", wish->arguments, "Its arguments, a JSON object.")->type_name("JSON");
  add_url(*execute);
  execute->callback([&context, wish] { call(context, *wish); });
}

}  // namespace patchbay::cli
