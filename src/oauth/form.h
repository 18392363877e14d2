#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace patchbay::oauth {

// application/x-www-form-urlencoded, as it is sent. Everything but the unreserved characters is
// percent-encoded, a blank too: every server reads that, and a query needs no other form.
class Form {
 public:
  Form& add(std::string_view name, std::string_view value);
  Form& add(std::string_view name, const Secret& value);
  // Leaves the field out where the value is empty.
  Form& add_if(std::string_view name, std::string_view value);

  Secret body() const { return text_; }

 private:
  Secret text_;
};

struct FormLimits {
  std::size_t max_bytes = 64U << 10;
  std::size_t max_fields = 100;
  std::size_t max_value = 16U << 10;  // decoded
};

// The same from outside, a body or a query without its "?". A field may stand several times; RFC 6749 §3.1
// and §3.2 forbid that for each parameter, RFC 8707 §2 allows it for `resource`: who reads decides.
class FormFields {
 public:
  // Throws Error::invalid("bad_form") that names no value: too large, too many, a percent sign without two
  // hex digits, a NUL or invalid UTF-8, a field without a name.
  static FormFields parse(std::string_view text, const FormLimits& limits = {});

  bool has(std::string_view name) const { return find(name) != nullptr; }
  // The first value; null for none. Lives as long as this does.
  const Secret* find(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  // The value as plain text, for what is no secret; empty for none.
  std::string text(std::string_view name) const;
  // The first name that stands twice, leaving out those in `allowed`.
  std::optional<std::string> repeated(const std::vector<std::string_view>& allowed = {}) const;

  const std::vector<std::pair<std::string, Secret>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, Secret>> fields_;
};

}  // namespace patchbay::oauth
