#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace patchbay {

// A field as RFC 4180 §2 wants it. Text that a spreadsheet would take for a formula gets an apostrophe in
// front, so the field is safe to open there and no longer exact; take JSON where that counts.
inline std::string csv_field(std::string_view text) {
  const bool formula =
      !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  if (!formula && text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string field = formula ? "\"'" : "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field += '"';
}

// One record with its line end.
inline std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    line += csv_field(fields[i]);
  }
  return line += "\r\n";
}

}  // namespace patchbay
