#include "gateway/tool_schema.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace patchbay::gateway {

namespace {

// A schema comes from outside: what references unfold to is bounded in depth and in size.
constexpr int deepest = 32;
constexpr int most_nodes = 4000;

// Keywords that every model API takes as they are.
constexpr std::array<std::string_view, 14> kept = {
    "description", "title",     "enum",     "format",   "default",     "minimum", "maximum",
    "minLength",   "maxLength", "minItems", "maxItems", "uniqueItems", "pattern", "examples"};

bool is_property_name(std::string_view name) {
  if (name.empty() || name.size() > 64) return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

class Porter {
 public:
  explicit Porter(const Json& root) : root_(root) {}

  Json port_root() {
    Json out = port(root_, 0);
    merge_alternatives(out);
    out["type"] = "object";
    if (!out.contains("properties") || !out["properties"].is_object()) out["properties"] = Json::object();
    keep_known_required(out);
    return out;
  }

 private:
  Json port(const Json& schema, int depth) {
    if (!schema.is_object() || depth > deepest || ++nodes_ > most_nodes) return Json::object();
    if (const auto reference = schema.find("$ref"); reference != schema.end())
      return port_reference(schema, *reference, depth);
    Json out = Json::object();
    for (const auto key : kept)
      if (const auto at = schema.find(key); at != schema.end()) out[std::string(key)] = *at;
    if (const auto value = schema.find("const"); value != schema.end()) out["enum"] = Json::array({*value});
    port_type(schema, out);
    port_object(schema, out, depth);
    port_array(schema, out, depth);
    port_combined(schema, out, depth);
    return out;
  }

  // Only what the schema itself holds is ever followed, and never in a circle.
  Json port_reference(const Json& schema, const Json& reference, int depth) {
    const std::string text = reference.is_string() ? reference.get<std::string>() : std::string();
    const Json* target = text.starts_with("#") ? resolve(text.substr(1)) : nullptr;
    Json out = Json::object();
    if (target && following_.insert(text).second) {
      out = port(*target, depth + 1);
      following_.erase(text);
    }
    for (const char* key : {"description", "title", "default"})
      if (schema.contains(key)) out[key] = schema[key];
    return out;
  }

  const Json* resolve(const std::string& pointer) const {
    if (pointer.empty()) return &root_;
    try {
      const Json::json_pointer path(pointer);
      return root_.contains(path) ? &root_.at(path) : nullptr;
    } catch (const Json::exception&) {
      return nullptr;
    }
  }

  // Some APIs take one type only: "null" among others is dropped, several become anyOf.
  static void port_type(const Json& schema, Json& out) {
    const auto type = schema.find("type");
    if (type == schema.end()) return;
    if (type->is_string()) {
      out["type"] = *type;
      return;
    }
    if (!type->is_array()) return;
    std::vector<Json> types;
    for (const auto& one : *type)
      if (one.is_string() && one != "null") types.push_back(one);
    if (types.size() == 1) out["type"] = types.front();
    if (types.size() < 2) return;
    out["anyOf"] = Json::array();
    for (const auto& one : types) out["anyOf"].push_back({{"type", one}});
  }

  void port_object(const Json& schema, Json& out, int depth) {
    const auto properties = schema.find("properties");
    const bool is_object = out.contains("type") && out["type"] == "object";
    if (properties != schema.end() && properties->is_object()) {
      if (!out.contains("type") && !out.contains("anyOf")) out["type"] = "object";
      Json& ported = out["properties"] = Json::object();
      for (const auto& [name, inner] : properties->items())
        if (is_property_name(name)) ported[name] = port(inner, depth + 1);
    } else if (is_object) {
      out["properties"] = Json::object();
    }
    if (const auto more = schema.find("additionalProperties");
        more != schema.end() && (is_object || out.contains("properties")))
      out["additionalProperties"] = more->is_boolean() ? *more : Json(true);
    if (const auto required = schema.find("required"); required != schema.end() && required->is_array())
      out["required"] = *required;
    if (out.contains("properties")) keep_known_required(out);
  }

  void port_array(const Json& schema, Json& out, int depth) {
    const auto items = schema.find("items");
    if (items != schema.end() && items->is_object())
      out["items"] = port(*items, depth + 1);
    else if (out.contains("type") && out["type"] == "array")
      out["items"] = Json::object();
  }

  void port_combined(const Json& schema, Json& out, int depth) {
    for (const char* key : {"anyOf", "oneOf"}) {
      const auto choices = schema.find(key);
      if (choices == schema.end() || !choices->is_array()) continue;
      Json& ported = out["anyOf"];
      if (!ported.is_array()) ported = Json::array();
      for (const auto& choice : *choices) {
        Json one = port(choice, depth + 1);
        if (!(one.contains("type") && one["type"] == "null")) ported.push_back(std::move(one));
      }
    }
    if (const auto all = schema.find("allOf"); all != schema.end() && all->is_array())
      for (const auto& part : *all) merge(out, port(part, depth + 1), true);
    if (out.contains("anyOf") && out["anyOf"].empty()) out.erase("anyOf");
    if (out.contains("anyOf") && out["anyOf"].size() == 1) {
      const Json only = out["anyOf"].front();
      out.erase("anyOf");
      merge(out, only, true);
    }
  }

  // Adds another schema's properties; what stands already stays. Whether all of its required ones are
  // required too.
  static void merge(Json& into, const Json& from, bool all_required) {
    for (const auto& [key, value] : from.items()) {
      if (key == "properties") {
        if (!into.contains("properties")) into["properties"] = Json::object();
        for (const auto& [name, inner] : value.items())
          if (!into["properties"].contains(name)) into["properties"][name] = inner;
      } else if (key == "required") {
        if (!all_required) continue;
        if (!into.contains("required")) into["required"] = Json::array();
        for (const auto& name : value)
          if (std::ranges::find(into["required"], name) == into["required"].end())
            into["required"].push_back(name);
      } else if (!into.contains(key)) {
        into[key] = value;
      }
    }
  }

  // At the root a choice of shapes becomes one shape with all their properties, those required that every
  // choice requires.
  static void merge_alternatives(Json& out) {
    const auto at = out.find("anyOf");
    if (at == out.end()) return;
    const Json choices = *at;
    out.erase("anyOf");
    bool first = true;
    std::vector<Json> common;
    for (const auto& choice : choices) {
      const Json required = choice.contains("required") ? choice["required"] : Json::array();
      if (std::exchange(first, false))
        common.assign(required.begin(), required.end());
      else
        std::erase_if(common,
                      [&](const Json& name) { return std::ranges::find(required, name) == required.end(); });
      merge(out, choice, false);
    }
    if (!common.empty()) merge(out, {{"required", common}}, true);
  }

  static void keep_known_required(Json& out) {
    const auto required = out.find("required");
    if (required == out.end()) return;
    Json known = Json::array();
    for (const auto& name : *required)
      if (name.is_string() && out.contains("properties") &&
          out["properties"].contains(name.get<std::string>()))
        known.push_back(name);
    if (known.empty())
      out.erase("required");
    else
      *required = std::move(known);
  }

  const Json& root_;
  std::set<std::string> following_;
  int nodes_ = 0;
};

}  // namespace

std::string portable_input_schema(std::string_view raw) {
  constexpr std::string_view nothing = R"({"properties":{},"type":"object"})";
  if (raw.empty() || json_type(raw) != JsonType::object) return std::string(nothing);
  try {
    const Json root = parse_json(raw);
    return dump(Porter(root).port_root());
  } catch (const Error&) {
    return std::string(nothing);
  }
}

}  // namespace patchbay::gateway
