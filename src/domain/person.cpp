#include "domain/person.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "domain/server.h"

namespace patchbay {

namespace {

struct ScopeName {
  Scope scope;
  std::string_view name;
};
constexpr std::array<ScopeName, 5> scope_names{{{Scope::mcp_read, "mcp:read"},
                                                {Scope::mcp_write, "mcp:write"},
                                                {Scope::catalog_read, "catalog:read"},
                                                {Scope::admin, "admin"},
                                                {Scope::admin_read, "admin:read"}}};

struct RoleName {
  Role role;
  std::string_view name;
};
constexpr std::array<RoleName, 3> role_names{
    {{Role::member, "member"}, {Role::auditor, "auditor"}, {Role::admin, "admin"}}};

constexpr std::size_t longest_name = 80;
constexpr std::size_t longest_title = 120;

bool is_title(std::string_view title) {
  return title.size() <= longest_title && trim(title) == title &&
         clean_text(title, longest_title, false) == title;
}

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
    if (one.scope == Scope::admin_read && has(scopes, Scope::admin)) continue;
    if (!text.empty()) text += ' ';
    text += one.name;
  }
  return text;
}

std::string_view to_text(Role role) {
  for (const RoleName& one : role_names)
    if (one.role == role) return one.name;
  return {};
}

std::optional<Role> parse_role(std::string_view text) {
  for (const RoleName& one : role_names)
    if (one.name == text) return one.role;
  return std::nullopt;
}

Scope scopes_of(Role role) {
  constexpr Scope everybody = Scope::self | Scope::mcp_read | Scope::mcp_write | Scope::catalog_read;
  switch (role) {
    case Role::member:
      return everybody;
    case Role::auditor:
      return everybody | Scope::admin_read;
    case Role::admin:
      return everybody | Scope::admin;
  }
  return Scope::none;
}

// Both kinds of names may stand in a path, a grant and a YAML file without quotes.
void validate(const User& user) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '+' || c == '@';
  };
  if (user.name.empty() || user.name.size() > longest_name ||
      !std::all_of(user.name.begin(), user.name.end(), fits) || user.name.front() == '@')
    throw Error::invalid(
        "user_name",
        "A user's name is an e-mail address or a word: at most 80 letters, digits and . _ - + @");
  if (!is_title(user.title))
    throw Error::invalid("user_title", "A user's title is at most 120 characters on one line.");
  if (user.is_service && user.role != Role::member)
    throw Error::invalid("user_role",
                         "A service account is a member. Give its tokens what it needs instead.");
}

void validate(const Team& team) {
  if (!is_slug(team.name))
    throw Error::invalid(
        "team_name", "A team's name is at most 24 lower-case letters, digits, - and _, e.g. data-platform.");
  if (!is_title(team.title))
    throw Error::invalid("team_title", "A team's title is at most 120 characters on one line.");
}

Caller Caller::of_operator(Scope scopes) {
  Caller caller;
  caller.proof = Proof::local_operator;
  caller.name = "operator";
  caller.scopes = scopes;
  caller.is_confirmed = true;
  return caller;
}

std::string actor_of(const Caller& caller) {
  switch (caller.proof) {
    case Caller::Proof::local_operator:
      return "operator";
    case Caller::Proof::session:
      return caller.person ? caller.person->id.text() : std::string();
    case Caller::Proof::token:
      break;
  }
  return caller.token.text();
}

}  // namespace patchbay
