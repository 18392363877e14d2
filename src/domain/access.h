#pragma once

#include <string_view>

#include "domain/person.h"
#include "domain/server.h"

namespace patchbay {

enum class Use : std::uint8_t { see, call };  // see: list and search

struct Decision {
  bool allowed = false;
  bool asks = false;        // allowed, once the person has confirmed this very call
  std::string_view reason;  // stable id of the rule that decided: "everyone", "disabled", "no_grant", …
};

// The rule in words, for people: "It is granted to a team of theirs."
std::string_view explain(std::string_view reason);

// The one policy function: list, search and call all ask it. Pure. An unlisted case is refused.
// `tool` is the upstream's own name; empty asks about the server as a whole.
Decision decide(const Caller& caller, const Server& server, std::string_view tool, Use use);

// Whether one may come through a profile's endpoint at all.
Decision decide(const Caller& caller, const Profile& profile);

}  // namespace patchbay
