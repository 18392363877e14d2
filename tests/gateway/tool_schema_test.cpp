#include "gateway/tool_schema.h"

#include "base/json.h"
#include "support/catch.h"

using namespace patchbay;
using gateway::portable_input_schema;

namespace {
Json ported(std::string_view raw) {
  return parse_json(portable_input_schema(raw));
}
}  // namespace

TEST_CASE("R44: a schema that is missing or no object becomes an object without properties", "[gateway]") {
  for (const std::string_view raw : {"", "[]", "true", "{}"}) {
    const Json out = ported(raw);
    CHECK(out["type"] == "object");
    CHECK(out["properties"] == Json::object());
  }
}

TEST_CASE("keywords that some model API refuses are gone and the rest stays", "[gateway]") {
  const Json out = ported(
      R"({"$schema":"http://json-schema.org/draft-07/schema#","$id":"x","type":"object","patternProperties":{"a":{}},
    "properties":{"n":{"type":"integer","minimum":1,"exclusiveMaximum":9,"description":"how many"},"k":{"const":"v"}},"required":["n","gone"]})");
  CHECK_FALSE(out.contains("$schema"));
  CHECK_FALSE(out.contains("patternProperties"));
  CHECK(out["properties"]["n"] == parse_json(R"({"type":"integer","minimum":1,"description":"how many"})"));
  CHECK(out["properties"]["k"]["enum"] == parse_json(R"(["v"])"));
  CHECK(out["required"] == parse_json(R"(["n"])"));
}

TEST_CASE("alternatives at the root become one object", "[gateway]") {
  const Json out =
      ported(R"({"oneOf":[{"type":"object","properties":{"a":{"type":"string"},"c":{}},"required":["a","c"]},
    {"type":"object","properties":{"b":{"type":"number"},"c":{}},"required":["b","c"]}]})");
  CHECK_FALSE(out.contains("oneOf"));
  CHECK_FALSE(out.contains("anyOf"));
  CHECK(out["properties"].size() == 3);
  CHECK(out["required"] == parse_json(R"(["c"])"));
  const Json all = ported(
      R"({"allOf":[{"properties":{"a":{}},"required":["a"]},{"properties":{"b":{}},"required":["b"]}]})");
  CHECK(all["required"] == parse_json(R"(["a","b"])"));
}

TEST_CASE("local references are inlined, circles and foreign ones end in an open schema", "[gateway]") {
  const Json out = ported(
      R"({"type":"object","$defs":{"P":{"type":"object","properties":{"next":{"$ref":"#/$defs/P"},"v":{"type":"string"}}}},
    "properties":{"p":{"$ref":"#/$defs/P","description":"first"},"q":{"$ref":"http://169.254.169.254/"}}})");
  CHECK_FALSE(out.contains("$defs"));
  CHECK(out["properties"]["p"]["description"] == "first");
  CHECK(out["properties"]["p"]["properties"]["v"]["type"] == "string");
  CHECK(out["properties"]["p"]["properties"]["next"] == Json::object());
  CHECK(out["properties"]["q"] == Json::object());
}

TEST_CASE("references that unfold without end are bounded", "[gateway]") {
  // Each level refers to the next twice: 2^40 nodes if it were unfolded.
  std::string defs;
  for (int i = 0; i < 40; ++i) {
    const auto next = R"({"$ref":"#/$defs/d)" + std::to_string(i + 1) + R"("})";
    defs += R"("d)" + std::to_string(i) + R"(":{"properties":{"a":)" + next + R"(,"b":)" + next + "}},";
  }
  const std::string out =
      portable_input_schema("{\"$defs\":{" + defs + R"("d40":{}},"properties":{"x":{"$ref":"#/$defs/d0"}}})");
  CHECK(out.size() < 1'000'000);
}

TEST_CASE("arrays have items, several types become a choice, odd property names are left out", "[gateway]") {
  const Json out = ported(
      R"({"properties":{"l":{"type":"array"},"t":{"type":["string","null"]},"m":{"type":["string","number"]},"bad name!":{}},
    "required":["l","bad name!"]})");
  CHECK(out["properties"]["l"]["items"] == Json::object());
  CHECK(out["properties"]["t"]["type"] == "string");
  CHECK(out["properties"]["m"]["anyOf"].size() == 2);
  CHECK_FALSE(out["properties"].contains("bad name!"));
  CHECK(out["required"] == parse_json(R"(["l"])"));
}
