#include "gateway/tool_formats.h"

#include "base/json.h"
#include "base/text.h"
#include "domain/capability.h"
#include "gateway/tool_schema.h"
#include "support/catch.h"

using namespace patchbay;
using gateway::ToolFormat;

namespace {

constexpr std::string_view two_tools =
    R"({"tools":[{"name":"mcp__a__add","title":"Add","description":"[A] Adds \"two\".","inputSchema":{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]},"annotations":{"readOnlyHint":true}},
    {"name":"mcp__a__now","description":"[A] Says the time."}],"nextCursor":"bm93"})";

Json converted(std::string_view list, ToolFormat format) {
  return parse_json(gateway::tools_in_format(list, format));
}

Json gemini(std::string_view schema) {
  return parse_json(gateway::gemini_schema(schema));
}

// The schema of one argument, as it goes through both conversions.
Json gemini_argument(std::string_view schema) {
  const std::string whole = cat(R"({"type":"object","properties":{"x":)", schema, "}}");
  return gemini(gateway::portable_input_schema(whole)).at("properties").at("x");
}

}  // namespace

TEST_CASE("R44: each format has the tool's name, words and schema where that API looks for them",
          "[gateway]") {
  const Json empty = parse_json(R"({"type":"object","properties":{}})");

  const Json mcp = converted(two_tools, ToolFormat::mcp);
  CHECK(mcp["next_cursor"] == "bm93");
  CHECK(mcp["tools"][0]["annotations"]["readOnlyHint"] == true);
  CHECK(mcp["tools"][0]["inputSchema"]["required"][0] == "n");
  CHECK(mcp["tools"][1]["inputSchema"] == empty);

  const Json openai = converted(two_tools, ToolFormat::openai)["tools"];
  REQUIRE(openai.size() == 2);
  CHECK(openai[0]["type"] == "function");
  CHECK(openai[0]["function"]["name"] == "mcp__a__add");
  CHECK(openai[0]["function"]["description"] == "[A] Adds \"two\".");
  CHECK(openai[0]["function"]["parameters"]["properties"]["n"]["type"] == "integer");
  CHECK(openai[0]["function"].size() == 3);
  CHECK(openai[1]["function"]["parameters"] == empty);

  const Json anthropic = converted(two_tools, ToolFormat::anthropic)["tools"];
  CHECK(anthropic[0].size() == 3);
  CHECK(anthropic[0]["name"] == "mcp__a__add");
  CHECK(anthropic[0]["input_schema"]["required"][0] == "n");
  CHECK(anthropic[1]["input_schema"] == empty);

  const Json declared = converted(two_tools, ToolFormat::gemini)["tools"];
  REQUIRE(declared.size() == 1);
  const Json& functions = declared[0]["functionDeclarations"];
  REQUIRE(functions.size() == 2);
  CHECK(functions[0]["name"] == "mcp__a__add");
  CHECK(functions[0]["parameters"]["properties"]["n"]["type"] == "integer");
  CHECK(functions[1]["name"] == "mcp__a__now");
  CHECK_FALSE(functions[1].contains("parameters"));
}

TEST_CASE("a list without tools is one in every format, and its end has no cursor", "[gateway]") {
  for (const char* name : {"mcp", "openai", "anthropic", "gemini"}) {
    const auto format = gateway::parse_tool_format(name);
    REQUIRE(format);
    CHECK(gateway::tools_in_format(R"({"tools":[]})", *format) == R"({"tools":[],"next_cursor":null})");
  }
  CHECK_FALSE(gateway::parse_tool_format("OpenAI"));
  CHECK_FALSE(gateway::parse_tool_format(""));
}

TEST_CASE("R44: a definition with nothing in it still takes an object in MCP's own format", "[gateway]") {
  const Json tools = converted(R"({"tools":[{},{"name":"b"}]})", ToolFormat::mcp)["tools"];
  CHECK(tools[0]["inputSchema"]["type"] == "object");
  CHECK(tools[1]["name"] == "b");
  CHECK(tools[1]["inputSchema"]["properties"] == Json::object());
}

TEST_CASE("R43: long names with the same beginning stay apart, within 64 characters that every API takes",
          "[gateway]") {
  const std::string beginning(100, 'x');
  const auto one = flat_tool_name("server", beginning + "1");
  const auto two = flat_tool_name("server", beginning + "2");
  CHECK(one != two);
  const std::string list = cat(R"({"tools":[{"name":")", one, R"("},{"name":")", two, R"("}]})");
  for (const auto format : {ToolFormat::openai, ToolFormat::anthropic}) {
    const Json tools = converted(list, format)["tools"];
    const auto name = [&](std::size_t i) -> std::string {
      return format == ToolFormat::openai ? tools[i]["function"]["name"] : tools[i]["name"];
    };
    CHECK(name(0) == one);
    CHECK(name(1) == two);
    CHECK(name(0).size() == 64);
    CHECK(name(0).find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
          std::string::npos);
  }
}

TEST_CASE("Gemini gets only what its own schema message knows", "[gateway]") {
  const Json out = gemini(
      R"({"$schema":"http://json-schema.org/draft-07/schema#","$id":"x","type":"object","additionalProperties":false,
      "properties":{"n":{"type":"integer","minimum":1,"exclusiveMaximum":9,"default":3,"examples":[1],"format":"int32"},
                    "s":{"type":"string","pattern":"^a","maxLength":5,"$ref":"#/x","const":"v"}},
      "required":["n","gone"],"uniqueItems":true})");
  CHECK(out == parse_json(R"({"type":"object","required":["n"],"properties":{
      "n":{"type":"integer","minimum":1,"format":"int32"},"s":{"type":"string","pattern":"^a","maxLength":5}}})"));
}

TEST_CASE("Gemini gets no format and no choice that it refuses for the type", "[gateway]") {
  CHECK_FALSE(gemini_argument(R"({"type":"string","format":"uri"})").contains("format"));
  CHECK(gemini_argument(R"({"type":"string","format":"date-time"})")["format"] == "date-time");
  CHECK(gemini_argument(R"({"type":"number","format":"double"})")["format"] == "double");
  CHECK_FALSE(gemini_argument(R"({"type":"number","format":"int64"})").contains("format"));
  CHECK(gemini_argument(R"({"enum":["a","b"]})") == parse_json(R"({"type":"string","enum":["a","b"]})"));
  const Json numbers = gemini_argument(R"({"type":"integer","enum":[1,2],"description":"How many."})");
  CHECK_FALSE(numbers.contains("enum"));
  CHECK(numbers["description"] == "How many. One of [1,2].");
  const Json with_empty = gemini_argument(R"({"type":"string","enum":["","a"]})");
  CHECK_FALSE(with_empty.contains("enum"));
  CHECK(with_empty["description"] == R"(One of ["","a"].)");
}

TEST_CASE("Gemini gets a type everywhere, and nothing beside anyOf", "[gateway]") {
  CHECK(gemini_argument("{}") == parse_json(R"({"type":"string"})"));
  CHECK(gemini_argument(R"({"type":"array"})") ==
        parse_json(R"({"type":"array","items":{"type":"string"}})"));
  CHECK(gemini_argument(R"({"type":"file"})")["type"] == "string");
  CHECK(gemini_argument(R"({"properties":{"a":{}}})")["properties"]["a"]["type"] == "string");
  CHECK(gemini_argument(R"({"type":"object"})") == parse_json(R"({"type":"object"})"));
  const Json either = gemini_argument(
      R"({"description":"Which.","anyOf":[{"type":"integer"},{"type":"string","description":"By name."}]})");
  CHECK(either == parse_json(R"({"anyOf":[{"type":"integer","description":"Which."},
                                          {"type":"string","description":"By name."}]})"));
}

TEST_CASE("a tool that takes nothing has no parameters at Gemini", "[gateway]") {
  CHECK(gateway::gemini_schema(R"({"type":"object","properties":{}})").empty());
  CHECK(gateway::gemini_schema(R"({"type":"object"})").empty());
  CHECK(gateway::gemini_schema("not json").empty());
}
