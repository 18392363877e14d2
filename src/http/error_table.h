#pragma once

#include <span>
#include <string>
#include <string_view>

namespace patchbay::http {

// What a stable error id means: the one place that says so. GET /v1/errors serves it, docs/errors.md is made
// from it, and tests/repository_check.py holds it against the ids that src uses.
struct ErrorText {
  std::string_view id;
  int status;  // of HTTP; 0 where only a tool's result, the trail or the command line shows it
  std::string_view means;
  std::string_view remedy;
};

struct ErrorGroup {
  std::string_view title;
  std::span<const ErrorText> errors;
};
std::span<const ErrorGroup> error_groups();

// docs/errors.md: the whole table for people.
std::string errors_markdown();

}  // namespace patchbay::http
