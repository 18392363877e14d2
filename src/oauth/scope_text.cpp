#include "oauth/scope_text.h"

#include <algorithm>

#include "base/text.h"
#include "domain/oauth_settings.h"

namespace patchbay::oauth {

namespace {

constexpr std::size_t most_names = 100;
constexpr std::size_t most_bytes = 4096;

bool holds(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::vector<std::string> scope_names(std::string_view foreign) {
  std::vector<std::string> names;
  std::size_t bytes = 0;
  while (!foreign.empty() && names.size() < most_names) {
    const auto end = std::min(foreign.find_first_of(" \t"), foreign.size());
    const auto name = foreign.substr(0, end);
    foreign.remove_prefix(std::min(end + 1, foreign.size()));
    if (!is_scope(name) || holds(names, name)) continue;
    bytes += name.size() + 1;
    if (bytes > most_bytes + 1) break;
    names.emplace_back(name);
  }
  return names;
}

std::string clean_scope(std::string_view foreign) {
  return join_scopes(scope_names(foreign));
}

std::string join_scopes(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += out.empty() ? name : cat(' ', name);
  return out;
}

std::string scope_union(std::string_view first, std::string_view second) {
  return clean_scope(cat(first, ' ', second));
}

std::vector<std::string> scopes_beyond(std::string_view wanted, std::string_view granted) {
  std::vector<std::string> beyond = scope_names(wanted);
  const auto had = scope_names(granted);
  beyond.erase(
      std::remove_if(beyond.begin(), beyond.end(), [&](const auto& name) { return holds(had, name); }),
      beyond.end());
  return beyond;
}

}  // namespace patchbay::oauth
