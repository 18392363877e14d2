#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "domain/person.h"
#include "http/route.h"

namespace patchbay::http {

// What an admin may see of a user; `teams` are theirs.
nlohmann::json user_json(const User& user, const std::vector<Team>& teams);
nlohmann::json team_json(const Team& team);

// Throws Error::forbidden("not_confirmed") where a session's password was not given a moment ago; tokens and
// the operator have no password.
void require_confirmed(const Caller& caller);
// Throws Error::forbidden("token_makes_token"): who steals an API token must not be able to make others from
// it.
void refuse_tokens(const Caller& caller);
// For what opens the whole: a person at a browser whose password was given a moment ago, or the operator.
// Throws Error::forbidden("needs_session") for API tokens, "not_confirmed" as above.
void require_person_at_hand(const Caller& caller);
// The person who asks; throws Error::forbidden("no_person") for tokens of the appliance and the operator.
const Person& require_person(const Caller& caller);

}  // namespace patchbay::http
