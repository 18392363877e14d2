#include "oauth/form.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"

namespace patchbay::oauth {

namespace {

[[noreturn]] void refuse(std::string_view why) {
  throw Error::invalid("bad_form", cat("The form cannot be read: ", why, "."));
}

Secret decode(std::string_view text, std::size_t max_bytes) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  const Secret plain(std::move(spaced));
  auto decoded = percent_decode(plain.reveal());
  if (!decoded) refuse("a percent sign is not followed by two hexadecimal digits");
  Secret value(std::move(*decoded));
  if (value.reveal().size() > max_bytes) refuse("a value is too long");
  if (value.reveal().find('\0') != std::string::npos || !is_utf8(value.reveal()))
    refuse("a value is not plain UTF-8");
  return value;
}

}  // namespace

Form& Form::add(std::string_view name, std::string_view value) {
  return add(name, Secret(std::string(value)));
}

Form& Form::add(std::string_view name, const Secret& value) {
  const Secret encoded(percent_encode(value.reveal()));
  text_ = Secret(cat(text_.reveal(), text_.empty() ? "" : "&", percent_encode(name), '=', encoded.reveal()));
  return *this;
}

Form& Form::add_if(std::string_view name, std::string_view value) {
  return value.empty() ? *this : add(name, value);
}

FormFields FormFields::parse(std::string_view text, const FormLimits& limits) {
  if (text.size() > limits.max_bytes) refuse("it is too long");
  FormFields form;
  for (const auto piece : split(text, '&')) {
    if (piece.empty()) continue;
    if (form.fields_.size() == limits.max_fields) refuse("it has too many fields");
    const auto equals = std::min(piece.find('='), piece.size());
    const Secret name = decode(piece.substr(0, equals), limits.max_value);
    if (name.empty()) refuse("a field has no name");
    form.fields_.emplace_back(name.reveal(),
                              decode(piece.substr(std::min(equals + 1, piece.size())), limits.max_value));
  }
  return form;
}

const Secret* FormFields::find(std::string_view name) const {
  for (const auto& [key, value] : fields_)
    if (key == name) return &value;
  return nullptr;
}

std::vector<std::string> FormFields::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : fields_)
    if (key == name) values.push_back(value.reveal());
  return values;
}

std::string FormFields::text(std::string_view name) const {
  const Secret* value = find(name);
  return value == nullptr ? std::string() : value->reveal();
}

std::optional<std::string> FormFields::repeated(const std::vector<std::string_view>& allowed) const {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const std::string& name = fields_[i].first;
    if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) continue;
    for (std::size_t j = 0; j < i; ++j)
      if (fields_[j].first == name) return name;
  }
  return std::nullopt;
}

}  // namespace patchbay::oauth
