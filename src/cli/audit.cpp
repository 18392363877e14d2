#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>

#include "base/encoding.h"
#include "base/text.h"
#include "cli/appliance.h"
#include "cli/table.h"
#include "cli/verb.h"

namespace patchbay::cli {

namespace {

struct Question {
  std::map<std::string, std::string> filters;  // by parameter
  std::int64_t limit = 50;
  std::string format = "jsonl";  // of an export
};

constexpr std::int64_t most_of_one_answer = 1000;
constexpr std::int64_t export_rows = 10'000;  // of one answer

std::string cell(const Json& event, const char* key) {
  return event.at(key).is_string() ? event.at(key).get<std::string>() : dump(event.at(key));
}

// `url "old" -> "new", headers changed`; of older changes the names of the fields alone.
std::string changes_text(const Json& changes) {
  std::string text;
  for (const auto& [name, values] : changes.items()) {
    text += cat(text.empty() ? "" : ", ", name, " ");
    text += values.is_array() && values.size() == 2 ? cat(dump(values[0]), " -> ", dump(values[1]))
                                                    : std::string("changed");
  }
  return text;
}

std::string outcome_text(const Json& event) {
  const auto why = event.at("changes").is_object() ? one_line(changes_text(event.at("changes")), 160)
                                                   : cell(event, "reason");
  return cat(cell(event, "outcome"), why.empty() ? "" : ": ", why);
}

std::string duration_text(std::int64_t us) {
  return us < 1000 ? cat(us, " µs") : us < 10'000'000 ? cat(us / 1000, " ms") : cat(us / 1'000'000, " s");
}

std::string query_of(const Question& question) {
  std::string query;
  for (const auto& [name, value] : question.filters) query += cat("&", name, "=", percent_encode(value));
  return query;
}

// As many rows as are asked for, newest first, in as many answers as that takes.
Json collect(Appliance& appliance, const Question& question) {
  const std::string query = query_of(question);
  Json events = Json::array();
  std::string cursor;
  while (static_cast<std::int64_t>(events.size()) < question.limit) {
    const auto left = std::min(question.limit - static_cast<std::int64_t>(events.size()), most_of_one_answer);
    Json answer = appliance.request("GET", cat("/v1/audit?limit=", left, query, cursor));
    for (auto& event : answer.at("events")) events.push_back(std::move(event));
    if (answer.at("next_cursor").is_null()) break;
    cursor = cat("&cursor=", answer.at("next_cursor").get<std::string>());
  }
  return events;
}

void list(VerbContext& context, const Question& question) {
  const Config config = context.load();
  Appliance appliance(config);
  const Json events = collect(appliance, question);
  if (context.json) {
    std::cout << dump({{"events", events}}) << "\n";
    return;
  }
  Table table({"TIME", "WHO", "ACTION", "SERVER", "TOOL", "OUTCOME", "TOOK", "CLIENT"});
  for (const auto& event : events) {
    const auto took = event.at("duration_us").get<std::int64_t>();
    table.add({cell(event, "at"), cell(event, "actor_name"), cell(event, "action"), cell(event, "server"),
               cell(event, "tool"), outcome_text(event), took > 0 ? duration_text(took) : "",
               cell(event, "client")});
  }
  table.print(std::cout);
}

// Oldest first, in parts that neither side has to hold whole: by sequence numbers, whatever the filters
// leave.
void write_out(VerbContext& context, const Question& question) {
  const Config config = context.load();
  Appliance appliance(config);
  const Json newest = appliance.request("GET", "/v1/audit?limit=1");
  const auto end = newest.at("events").empty() ? std::int64_t{0}
                                               : newest.at("events").at(0).at("sequence").get<std::int64_t>();
  const std::string query = cat("&format=", question.format, query_of(question));
  std::int64_t after = 0;
  do {
    std::cout << appliance.request_text(
        "GET",
        cat("/v1/audit/export?after=", after, "&before=", std::min(after + export_rows, end) + 1, query));
    after += export_rows;
  } while (after < end);
  std::cout.flush();
  if (!std::cout) throw Error::internal("not_written", "The rows could not all be written.");
}

void verify(VerbContext& context) {
  const Config config = context.load();
  const Json report = Appliance(config).request("GET", "/v1/audit/verify");
  const bool intact = report.at("intact").get<bool>();
  context.exit_code = intact ? 0 : 1;
  if (context.json) {
    std::cout << dump(report) << "\n";
    return;
  }
  if (intact)
    std::cout << "The audit trail is intact: " << report.at("rows") << " rows, " << report.at("first")
              << " to " << report.at("last") << ".\n";
  else if (report.at("broken_at").is_number())
    std::cout << "The audit trail was changed: row " << report.at("broken_at")
              << " does not follow from the one before.\n";
  else
    std::cout << "The audit trail was changed: the record of what retention deleted is not ours.\n";
  if (report.at("head").is_string()) std::cout << "head " << report.at("head").get<std::string>() << "\n";
}

}  // namespace

void add_audit(CLI::App& root, VerbContext& context) {
  auto* verb = root.add_subcommand("audit", "Who did what: every call, refusal and change.");
  verb->fallthrough();
  const auto question = std::make_shared<Question>();
  const auto filter = [&](const char* option, const char* name, const char* help) {
    verb->add_option_function<std::string>(
        option, [question, name](const std::string& value) { question->filters[name] = value; }, help);
  };
  filter("--since", "since", "Only rows from then on: 15m, 24h, 7d or a time.");
  filter("--until", "until", "Only rows before then.");
  filter("--actor", "actor", "Only of this token, by name or id.");
  filter("--server", "server", "Only of this server.");
  filter("--action", "action", "Only this action, like tool.call.");
  filter("--outcome", "outcome", "Only this outcome: ok, tool_error, refused, failed, cancelled or timeout.");
  verb->add_option("--limit", question->limit, "How many rows at most, newest first.")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  auto* exporting =
      verb->add_subcommand("export", "Print the trail, or what the filters leave, oldest first.");
  exporting->add_option("--format", question->format, "One JSON object a line, or CSV for spreadsheets.")
      ->check(CLI::IsMember({"jsonl", "csv"}))
      ->capture_default_str();
  exporting->callback([&context, question] { write_out(context, *question); });
  verb->add_subcommand("verify", "Prove that no row was changed, moved or taken out.")->callback([&context] {
    verify(context);
  });
  verb->callback([&context, question, verb] {
    if (verb->get_subcommands().empty()) list(context, *question);
  });
}

}  // namespace patchbay::cli
