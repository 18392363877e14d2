#include "domain/person.h"

#include <array>

#include "base/text.h"

namespace patchbay {

namespace {

struct ScopeName {
  Scope scope;
  std::string_view name;
};
constexpr std::array<ScopeName, 4> scope_names{{{Scope::mcp_read, "mcp:read"},
                                                {Scope::mcp_write, "mcp:write"},
                                                {Scope::catalog_read, "catalog:read"},
                                                {Scope::admin, "admin"}}};

Scope find_scope(std::string_view name) {
  for (const ScopeName& one : scope_names)
    if (one.name == name) return one.scope;
  return Scope::none;
}

}  // namespace

std::optional<Scope> parse_scopes(std::string_view text) {
  Scope scopes = Scope::none;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    const Scope scope = find_scope(word);
    if (scope == Scope::none) return std::nullopt;
    scopes = scopes | scope;
  }
  if (scopes == Scope::none) return std::nullopt;
  return scopes;
}

std::string to_text(Scope scopes) {
  std::string text;
  for (const ScopeName& one : scope_names) {
    if (!has(scopes, one.scope)) continue;
    if (!text.empty()) text += ' ';
    text += one.name;
  }
  return text;
}

}  // namespace patchbay
