#include "domain/event.h"

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/text.h"
#include "base/time_text.h"

namespace patchbay {

namespace {

constexpr std::string_view only_changed = "\"changed\"";

std::string member(std::string_view name, std::string_view value) {
  return cat(quote_string(name), ":", value);
}

// The first `most` characters of UTF-8; nothing where there are no more.
std::optional<std::string_view> cut(std::string_view text, std::size_t most) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && characters++ == most)
      return text.substr(0, i);
  return std::nullopt;
}

}  // namespace

ChangeValue::ChangeValue(std::string_view text) {
  if (!text.empty()) json_ = quote_string(text);
}

ChangeValue::ChangeValue(const std::vector<std::string>& list) {
  json_ = "[";
  for (const auto& one : list) json_ += cat(json_.size() > 1 ? "," : "", quote_string(one));
  json_ += ']';
}

ChangeValue::ChangeValue(const std::optional<Instant>& at) {
  if (at) json_ = quote_string(to_rfc3339(*at));
}

ChangeValue ChangeValue::of_json(std::string text) {
  ChangeValue value;
  value.json_ = std::move(text);
  return value;
}

std::string ChangeValue::shown() const {
  const bool is_text = json_type(json_) == JsonType::string;
  const std::string plain = is_text ? decode_string(json_) : json_;
  const auto front = cut(plain, most_characters);
  return front ? quote_string(cat(*front, "…")) : json_;
}

void Changes::add(std::string_view name, const ChangeValue& before, const ChangeValue& after) {
  if (before == after) return;
  fields_.push_back({std::string(name), cat("[", before.shown(), ",", after.shown(), "]")});
}

void Changes::add_secret(std::string_view name) {
  fields_.push_back({std::string(name), std::string(only_changed)});
}

void Changes::leave_out(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return field.name == name; });
}

std::string Changes::text() const {
  if (fields_.empty()) return {};
  // What the rest takes at least, so that every name has its place.
  std::size_t rest = 2;
  for (const auto& field : fields_) rest += member(field.name, only_changed).size() + 1;
  std::string text = "{";
  for (const auto& field : fields_) {
    const std::string least = member(field.name, only_changed);
    std::string whole = member(field.name, field.shown);
    rest -= least.size() + 1;
    if (text.size() + whole.size() + 1 + rest > most_bytes) whole = least;
    if (text.size() + whole.size() + 2 > most_bytes) break;
    text += cat(text.size() > 1 ? "," : "", whole);
  }
  return text += '}';
}

bool is_change(const Event& event) {
  if (event.outcome != "ok") return false;
  const std::string_view action = event.action;
  if (action == "tool.accept" || action == "tool.changed") return true;
  for (const std::string_view other :
       {"tool.", "session.", "auth.", "api.", "diagnostics.", "app.sign_in", "app.authorize", "app.device",
        "app.token", "server.test", "server.probe", "account.connect_start", "approval.", "selection."})
    if (action.starts_with(other)) return false;
  return true;
}

}  // namespace patchbay
