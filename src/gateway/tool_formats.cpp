#include "gateway/tool_formats.h"

#include <array>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

namespace patchbay::gateway {

namespace {

constexpr std::string_view empty_schema = R"({"type":"object","properties":{}})";

constexpr std::array<std::pair<std::string_view, ToolFormat>, 5> format_names{
    {{"mcp", ToolFormat::mcp},
     {"openai", ToolFormat::openai},
     {"anthropic", ToolFormat::anthropic},
     {"gemini", ToolFormat::gemini},
     {"people", ToolFormat::people}}};

std::string_view schema_of(std::string_view definition) {
  const auto schema = find_member(definition, "inputSchema");
  return schema && json_type(*schema) == JsonType::object ? json_trim(*schema) : empty_schema;
}

// "name":…,"description":… as they came.
std::string name_and_description(std::string_view definition) {
  std::string out = cat("\"name\":", find_member(definition, "name").value_or("\"\""));
  if (const auto description = find_member(definition, "description"))
    out += cat(",\"description\":", *description);
  return out;
}

std::string mcp_tool(std::string_view definition) {
  if (find_member(definition, "inputSchema")) return std::string(definition);
  std::string out(json_trim(definition));
  out.pop_back();
  return out + cat(json_trim(std::string_view(out).substr(1)).empty() ? "" : ",",
                   "\"inputSchema\":", empty_schema, "}");
}

std::string tool_in(std::string_view definition, ToolFormat format) {
  switch (format) {
    case ToolFormat::mcp:
      return mcp_tool(definition);
    case ToolFormat::people:
      return std::string(definition);
    case ToolFormat::openai:
      return cat("{\"type\":\"function\",\"function\":{", name_and_description(definition),
                 ",\"parameters\":", schema_of(definition), "}}");
    case ToolFormat::anthropic:
      return cat("{", name_and_description(definition), ",\"input_schema\":", schema_of(definition), "}");
    case ToolFormat::gemini:
      break;
  }
  const std::string schema = gemini_schema(schema_of(definition));
  return cat("{", name_and_description(definition), schema.empty() ? "" : ",\"parameters\":", schema, "}");
}

// What Gemini takes is not JSON Schema but a message of its own, and what that does not know is an error
// ("Unknown name … Cannot find field"): https://ai.google.dev/api/caching#Schema. So everything is dropped
// that is not listed there ($schema, $ref, additionalProperties, const, uniqueItems, exclusiveMinimum,
// examples, …), and of the rest what it refuses beside a type: formats other than these ("only 'enum' and
// 'date-time' are supported for STRING type"), enums of anything but strings ("only allowed for STRING
// type"), properties of anything but objects, and whatever stands beside anyOf ("it must be the only field
// set").
constexpr std::array<std::string_view, 11> gemini_keeps = {
    "type",     "title",     "description", "minimum", "maximum", "minItems",
    "maxItems", "minLength", "maxLength",   "pattern", "nullable"};

bool is_gemini_format(const std::string& type, const std::string& format) {
  if (type == "string") return format == "enum" || format == "date-time";
  if (type == "integer") return format == "int32" || format == "int64";
  return type == "number" && (format == "float" || format == "double");
}

bool is_type(const std::string& type) {
  for (const std::string_view known : {"string", "number", "integer", "boolean", "array", "object"})
    if (type == known) return true;
  return false;
}

std::string text_of(const Json& schema, const char* key) {
  const auto at = schema.find(key);
  return at != schema.end() && at->is_string() ? at->get<std::string>() : std::string();
}

// Every schema has a type there; an open one becomes text, which a model can always write.
std::string type_of(const Json& schema) {
  const std::string type = text_of(schema, "type");
  if (is_type(type)) return type;
  if (schema.contains("properties")) return "object";
  return schema.contains("items") ? "array" : "string";
}

// Strings stay a choice; other values are named in words.
void port_enum(const Json& schema, Json& out) {
  const auto values = schema.find("enum");
  if (values == schema.end() || !values->is_array() || values->empty()) return;
  Json texts = Json::array();
  for (const auto& value : *values)
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) texts.push_back(value);
  if (out["type"] == "string" && texts.size() == values->size()) {
    out["enum"] = std::move(texts);
    return;
  }
  const std::string said = text_of(schema, "description");
  out["description"] = cat(said, said.empty() ? "" : " ", "One of ", dump(*values), ".");
}

Json gemini(const Json& schema);

void port_object(const Json& schema, Json& out) {
  const auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->is_object() || properties->empty()) return;
  Json& ported = out["properties"] = Json::object();
  for (const auto& [name, inner] : properties->items()) ported[name] = gemini(inner);
  const auto required = schema.find("required");
  if (required == schema.end() || !required->is_array()) return;
  Json known = Json::array();
  for (const auto& name : *required)
    if (name.is_string() && ported.contains(name.get_ref<const std::string&>())) known.push_back(name);
  if (!known.empty()) out["required"] = std::move(known);
}

Json gemini_choice(const Json& choices, const std::string& description) {
  Json ported = Json::array();
  for (const auto& choice : choices) {
    Json one = gemini(choice);
    if (!description.empty() && !one.contains("description") && !one.contains("anyOf"))
      one["description"] = description;
    ported.push_back(std::move(one));
  }
  return {{"anyOf", std::move(ported)}};
}

// As deep as the schema, which gateway/tool_schema bounds.
Json gemini(const Json& schema) {
  if (!schema.is_object()) return {{"type", "string"}};
  if (const auto choices = schema.find("anyOf");
      choices != schema.end() && choices->is_array() && !choices->empty())
    return gemini_choice(*choices, text_of(schema, "description"));
  Json out = Json::object();
  for (const auto key : gemini_keeps)
    if (const auto at = schema.find(key); at != schema.end()) out[std::string(key)] = *at;
  const std::string type = type_of(schema);
  out["type"] = type;
  if (const auto format = text_of(schema, "format"); is_gemini_format(type, format)) out["format"] = format;
  port_enum(schema, out);
  if (type == "object") port_object(schema, out);
  if (type == "array") {
    const auto items = schema.find("items");
    out["items"] = gemini(items == schema.end() ? Json() : *items);
  }
  return out;
}

}  // namespace

std::optional<ToolFormat> parse_tool_format(std::string_view text) {
  for (const auto& [name, format] : format_names)
    if (name == text) return format;
  return std::nullopt;
}

// "properties: should be non-empty for OBJECT type" is what Gemini says of an empty schema; a declaration
// without parameters is one of a function without arguments.
std::string gemini_schema(std::string_view raw) {
  try {
    const Json schema = gemini(parse_json(raw));
    return schema.contains("properties") ? dump(schema) : std::string();
  } catch (const Error&) {
    return {};
  }
}

std::string tools_in_format(std::string_view list, ToolFormat format) {
  std::string tools;
  for_each_element(find_member(list, "tools").value_or("[]"), [&](std::string_view definition) {
    tools += cat(tools.empty() ? "" : ",", tool_in(json_trim(definition), format));
    return true;
  });
  if (format == ToolFormat::gemini && !tools.empty()) tools = cat("{\"functionDeclarations\":[", tools, "]}");
  return cat("{\"tools\":[", tools, "],\"next_cursor\":", find_member(list, "nextCursor").value_or("null"),
             "}");
}

}  // namespace patchbay::gateway
