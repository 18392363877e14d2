#include "gateway/tool_result.h"

#include "base/json.h"
#include "base/text.h"
#include "support/catch.h"

using namespace patchbay;
using gateway::joined_text;

namespace {

gateway::Outcome outcome_of(std::string result, std::string_view outcome = "ok",
                            std::string_view reason = {}) {
  gateway::Outcome made;
  made.own = std::move(result);
  made.event = std::make_unique<Event>();
  made.event->outcome = outcome;
  made.event->reason = reason;
  return made;
}

Json answer(const gateway::Outcome& outcome) {
  gateway::ToolResult result;
  gateway::read_tool_result(outcome, result);
  return parse_json(gateway::tool_result_json(result));
}

Json event(const gateway::Outcome& outcome, std::string_view arguments = "{}") {
  gateway::ToolResult result;
  gateway::read_tool_result(outcome, result);
  return parse_json(gateway::tool_result_event({"mcp__a__b", "a", "b", arguments, 12}, result));
}

}  // namespace

TEST_CASE("R45: the text of a result is its text blocks, each on lines of its own", "[gateway]") {
  CHECK(joined_text(
            R"({"content":[{"type":"text","text":"one"},{"type":"image","data":"x","mimeType":"image/png"},
      {"type":"text","text":"two\n\u00e9"}]})") == "one\ntwo\né");
  CHECK(joined_text(R"({"content":[]})").empty());
  CHECK(joined_text("{}").empty());
  CHECK(joined_text("[]").empty());
  CHECK(joined_text(R"({"content":[{"type":"text"},{"type":"text","text":7},5]})") == "\n");
}

TEST_CASE("R45: structured content is the text where there is no other", "[gateway]") {
  CHECK(joined_text(R"({"content":[],"structuredContent": {"a":1} })") == R"({"a":1})");
  CHECK(joined_text(R"({"content":[{"type":"text","text":"said"}],"structuredContent":{"a":1}})") == "said");
}

TEST_CASE("R45: images, links, embedded resources and unknown blocks stay in the result as they came",
          "[gateway]") {
  const std::string raw =
      R"({"content":[{"type":"image","data":"aGk=","mimeType":"image/png"},{"type":"resource_link","uri":"file:///x","name":"x"},{"type":"resource","resource":{"uri":"file:///y","text":"y"}},{"type":"hologram","z":[1]}],"structuredContent":{"n":1},"_meta":{"k":"v"}})";
  const Json out = answer(outcome_of(raw));
  CHECK(out["result"] == parse_json(raw));
  CHECK(out["text"] == R"({"n":1})");
  CHECK(out["is_error"] == false);
  CHECK(out["error"].is_null());
}

TEST_CASE("a tool's own error is a result without an id of ours", "[gateway]") {
  const Json out =
      answer(outcome_of(R"({"content":[{"type":"text","text":"no"}],"isError":true})", "tool_error"));
  CHECK(out["is_error"] == true);
  CHECK(out["text"] == "no");
  CHECK(out["error"].is_null());
}

TEST_CASE("a JSON-RPC error of the server becomes a result that a model can read", "[gateway]") {
  auto outcome =
      outcome_of(R"({"code":-32603,"message":"broken \"pipe\""})", "tool_error", "upstream_rpc_error");
  outcome.is_error = true;
  const Json out = answer(outcome);
  CHECK(out["is_error"] == true);
  CHECK(out["error"] == "upstream_rpc_error");
  CHECK(out["result"]["isError"] == true);
  CHECK(parse_json(out["text"].get<std::string>())["message"] == "broken \"pipe\"");
}

TEST_CASE("R46: previews end at 4,096 bytes and between characters, the result is whole", "[gateway]") {
  for (const std::size_t size : {4094U, 4095U, 4096U, 4097U, 100'000U}) {
    const std::string text = std::string(size - 1, 'x') + "é";  // size + 1 bytes
    const std::string arguments = cat("{\"a\":\"", text, "\"}");
    const Json out =
        event(outcome_of(cat(R"({"content":[{"type":"text","text":")", text, "\"}]}")), arguments);
    const std::string shown = out["output_preview"];
    CHECK(shown.size() <= gateway::longest_preview);
    CHECK((shown == text) == (size + 1 <= gateway::longest_preview));
    CHECK(out["arguments_preview"].get<std::string>().size() <= gateway::longest_preview);
    CHECK(out["result"]["content"][0]["text"] == text);
  }
}

TEST_CASE("the event that ends a call names the tool, its server and how long it took", "[gateway]") {
  const Json out = event(outcome_of(R"({"content":[]})"), R"({"q":1})");
  CHECK(out["name"] == "mcp__a__b");
  CHECK(out["server"] == "a");
  CHECK(out["tool"] == "b");
  CHECK(out["duration_ms"] == 12);
  CHECK(out["arguments_preview"] == R"({"q":1})");
  CHECK(out["output_preview"] == R"({"content":[]})");
  CHECK(out["is_error"] == false);
}
