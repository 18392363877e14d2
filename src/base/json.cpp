#include "base/json.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/text.h"

namespace patchbay {

namespace {

constexpr std::size_t longest_quoted_key = 64;

Error bad_field(std::string_view name, std::string_view rule) {
  return Error::invalid("bad_field", cat("\"", name, "\" ", rule, "."));
}

std::string read_text(const Json& json, std::string_view name, std::size_t max_bytes) {
  if (!json.is_string()) throw bad_field(name, "must be text");
  const auto& text = json.get_ref<const std::string&>();
  if (text.size() > max_bytes) throw bad_field(name, cat("must not be longer than ", max_bytes, " bytes"));
  return text;
}

const Json& require_list(const Json& json, std::string_view name, std::size_t max_count) {
  if (!json.is_array()) throw bad_field(name, "must be a list");
  if (json.size() > max_count) throw bad_field(name, cat("must not hold more than ", max_count, " items"));
  return json;
}

std::string quoted(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) out += cat(out.empty() ? "\"" : ", \"", word, "\"");
  return out;
}

}  // namespace

Json parse_json(std::string_view text, const JsonLimits& limits) {
  check_json(text, limits);
  return Json::parse(text);
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Fields::Fields(const Json& object, std::string place) : object_(&object), place_(std::move(place)) {
  if (object.is_object()) return;
  if (place_.empty()) throw Error::invalid("bad_field", "A JSON object is expected.");
  throw bad_field(place_, "must be an object");
}

bool Fields::has(std::string_view key) {
  known_.emplace_back(key);
  return object_->contains(key);
}

bool Fields::is_null(std::string_view key) {
  return has(key) && object_->find(key)->is_null();
}

std::string Fields::text(std::string_view key, std::size_t max_bytes) {
  return read_text(require(key), name(key), max_bytes);
}

std::int64_t Fields::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  const Json& json = require(key);
  if (!json.is_number_integer()) throw bad_field(name(key), "must be a whole number");
  // What fits only an unsigned integer would turn negative when read as a signed one.
  const bool fits = !json.is_number_unsigned() || std::in_range<std::int64_t>(json.get<std::uint64_t>());
  const std::int64_t number = fits ? json.get<std::int64_t>() : 0;
  if (!fits || number < min || number > max)
    throw bad_field(name(key), cat("must lie between ", min, " and ", max));
  return number;
}

bool Fields::truth(std::string_view key) {
  const Json& json = require(key);
  if (!json.is_boolean()) throw bad_field(name(key), "must be true or false");
  return json.get<bool>();
}

std::string Fields::choice(std::string_view key, const std::vector<std::string_view>& words) {
  const Json& json = require(key);
  std::string text = json.is_string() ? json.get<std::string>() : std::string();
  if (json.is_string() && std::find(words.begin(), words.end(), text) != words.end()) return text;
  const std::string hint = did_you_mean(text, words);
  throw Error::invalid("bad_field", cat("\"", name(key), "\" must be one of ", quoted(words), ".", hint));
}

std::vector<std::string> Fields::texts(std::string_view key, std::size_t max_count, std::size_t max_bytes) {
  const std::string list_name = name(key);
  std::vector<std::string> out;
  for (const Json& item : require_list(require(key), list_name, max_count))
    out.push_back(read_text(item, cat(list_name, "[", out.size(), "]"), max_bytes));
  return out;
}

Fields Fields::object(std::string_view key) {
  return Fields(require(key), name(key));
}

std::vector<Fields> Fields::objects(std::string_view key, std::size_t max_count) {
  const std::string list_name = name(key);
  std::vector<Fields> out;
  for (const Json& item : require_list(require(key), list_name, max_count))
    out.emplace_back(item, cat(list_name, "[", out.size(), "]"));
  return out;
}

const Json& Fields::value(std::string_view key) {
  return require(key);
}

std::optional<std::string> Fields::find_text(std::string_view key, std::size_t max_bytes) {
  if (find(key) == nullptr) return std::nullopt;
  return text(key, max_bytes);
}

std::optional<std::int64_t> Fields::find_integer(std::string_view key, std::int64_t min, std::int64_t max) {
  if (find(key) == nullptr) return std::nullopt;
  return integer(key, min, max);
}

std::optional<bool> Fields::find_truth(std::string_view key) {
  if (find(key) == nullptr) return std::nullopt;
  return truth(key);
}

std::optional<std::string> Fields::find_choice(std::string_view key,
                                               const std::vector<std::string_view>& words) {
  if (find(key) == nullptr) return std::nullopt;
  return choice(key, words);
}

std::optional<std::vector<std::string>> Fields::find_texts(std::string_view key, std::size_t max_count,
                                                           std::size_t max_bytes) {
  if (find(key) == nullptr) return std::nullopt;
  return texts(key, max_count, max_bytes);
}

std::optional<Fields> Fields::find_object(std::string_view key) {
  if (find(key) == nullptr) return std::nullopt;
  return object(key);
}

void Fields::refuse_others() const {
  for (const auto& item : object_->items()) {
    if (std::find(known_.begin(), known_.end(), item.key()) != known_.end()) continue;
    const std::string hint = did_you_mean(item.key(), {known_.begin(), known_.end()});
    const std::string key = name(clean_text(item.key(), longest_quoted_key, false));
    throw Error::invalid("unknown_field", cat("\"", key, "\" is not known here.", hint));
  }
}

const Json* Fields::find(std::string_view key) {
  if (!has(key)) return nullptr;
  const Json& json = *object_->find(key);
  return json.is_null() ? nullptr : &json;
}

const Json& Fields::require(std::string_view key) {
  const Json* const json = find(key);
  if (json == nullptr) throw bad_field(name(key), "is missing");
  return *json;
}

std::string Fields::name(std::string_view key) const {
  return place_.empty() ? std::string(key) : cat(place_, ".", key);
}

}  // namespace patchbay
