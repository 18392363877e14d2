#include "gateway/ranking_schema.h"

#include <nlohmann/json.hpp>

#include <vector>

namespace patchbay::gateway {

namespace {

constexpr std::size_t most_bytes = 65'536;
constexpr std::size_t most_collected = 16'384;  // of names and of descriptions each
constexpr std::size_t deepest_text = 64;
constexpr int deepest_property = 4;

void append(std::string& to, std::string_view text) {
  if (to.size() + text.size() >= most_collected) return;
  if (!to.empty()) to += '\n';
  to += text;
}

// Follows the text without building a document, so neither depth nor size costs memory.
class SchemaReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit SchemaReader(SchemaText& out) : out_(out) { places_.reserve(deepest_text); }

  bool is_too_deep() const { return too_deep_; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

  bool string(string_t& value) override {
    if (places_.empty() || places_.back().depth > deepest_property) return true;
    const Place& place = places_.back();
    const bool described = place.kind == Kind::schema && (key_ == "description" || key_ == "title");
    if ((described && place.depth > 0) || place.kind == Kind::values) append(out_.descriptions, value);
    return true;
  }

  bool key(string_t& value) override {
    key_ = value;
    const Place& place = places_.back();
    if (place.kind == Kind::properties && place.depth < deepest_property) append(out_.property_names, value);
    return true;
  }

  bool start_object(std::size_t) override { return enter(false); }
  bool start_array(std::size_t) override { return enter(true); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

 private:
  enum class Kind { schema, properties, schemas, values, other };
  struct Place {
    Kind kind = Kind::other;
    int depth = 0;  // how many "properties" stand around it
  };

  bool enter(bool array) {
    if (places_.size() >= deepest_text) {
      too_deep_ = true;
      return false;
    }
    places_.push_back(places_.empty() ? Place{Kind::schema, 0} : below(places_.back(), array));
    return true;
  }

  bool leave() {
    places_.pop_back();
    key_.clear();
    return true;
  }

  Place below(const Place& place, bool array) const {
    switch (place.kind) {
      case Kind::properties:
        return {array ? Kind::other : Kind::schema, place.depth + 1};
      case Kind::schemas:
        return {array ? Kind::other : Kind::schema, place.depth};
      case Kind::schema:
        return {array ? kind_of_array() : kind_of_object(), place.depth};
      default:
        return {Kind::other, place.depth};
    }
  }

  Kind kind_of_array() const {
    if (key_ == "enum") return Kind::values;
    return key_ == "anyOf" || key_ == "oneOf" || key_ == "allOf" || key_ == "items" ? Kind::schemas
                                                                                    : Kind::other;
  }

  Kind kind_of_object() const {
    if (key_ == "properties") return Kind::properties;
    if (key_ == "$defs" || key_ == "definitions") return Kind::schemas;
    return key_ == "items" || key_ == "additionalProperties" ? Kind::schema : Kind::other;
  }

  SchemaText& out_;
  std::vector<Place> places_;
  std::string key_;
  bool too_deep_ = false;
};

}  // namespace

SchemaText read_schema(std::string_view input_schema_json) {
  SchemaText text;
  const auto read = input_schema_json.substr(0, most_bytes);
  if (read.empty()) return text;
  SchemaReader reader(text);
  nlohmann::json::sax_parse(read.begin(), read.end(), &reader);
  return reader.is_too_deep() ? SchemaText{} : text;
}

}  // namespace patchbay::gateway
