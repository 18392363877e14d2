#include "http/user_body.h"

#include "base/error.h"
#include "base/json.h"
#include "base/time_text.h"

namespace patchbay::http {
namespace {

Json time_or_null(const std::optional<Instant>& at) {
  return at ? Json(to_rfc3339(*at)) : Json();
}

std::string_view state_of(const User& user) {
  if (user.disabled_at) return "disabled";
  return user.has_password || user.is_service ? "active" : "invited";
}

}  // namespace

Json user_json(const User& user, const std::vector<Team>& teams) {
  Json names = Json::array();
  for (const Team& team : teams) names.push_back(team.name);
  return {{"id", user.id.text()},
          {"name", user.name},
          {"title", user.title.empty() ? Json() : Json(user.title)},
          {"role", to_text(user.role)},
          {"kind", user.is_service ? "service" : "person"},
          {"state", state_of(user)},
          {"teams", std::move(names)},
          {"revision", user.revision},
          {"created_at", to_rfc3339(user.created_at)},
          {"updated_at", to_rfc3339(user.updated_at)},
          {"disabled_at", time_or_null(user.disabled_at)},
          {"last_seen_at", time_or_null(user.last_seen_at)}};
}

Json team_json(const Team& team) {
  return {{"id", team.id.text()},
          {"name", team.name},
          {"title", team.title.empty() ? Json() : Json(team.title)},
          {"revision", team.revision},
          {"created_at", to_rfc3339(team.created_at)},
          {"updated_at", to_rfc3339(team.updated_at)}};
}

void require_confirmed(const Caller& caller) {
  if (caller.proof == Caller::Proof::session && !caller.is_confirmed)
    throw Error::forbidden("not_confirmed", "This needs your password once more.");
}

void refuse_tokens(const Caller& caller) {
  if (caller.proof == Caller::Proof::token)
    throw Error::forbidden(
        "token_makes_token",
        "An API token makes no other tokens. Sign in for that, or use: patchbay token create");
}

void require_person_at_hand(const Caller& caller) {
  if (caller.proof == Caller::Proof::token)
    throw Error::forbidden("needs_session",
                           "An API token must not do this. Sign in with your browser, or use the command "
                           "patchbay where it runs.");
  require_confirmed(caller);
}

const Person& require_person(const Caller& caller) {
  if (!caller.person)
    throw Error::forbidden("no_person", "This is about a person, and this token stands for none.");
  return *caller.person;
}

}  // namespace patchbay::http
