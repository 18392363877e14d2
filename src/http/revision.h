#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "base/error.h"
#include "base/http_message.h"
#include "http/route.h"

namespace patchbay::http {

// A thing's revision as its ETag (RFC 9110 §8.8.3): ETag: "7".

// The answer that shows one thing, `json` with its "revision". 304 without a body where a GET's If-None-Match
// knows it already. Nobody keeps it: what the thing does meanwhile is no part of the tag.
HttpReply entity_reply(const Request& request, int status, const nlohmann::json& json);

// The one refusal whose status, 412, no kind of error has: only HTTP knows If-Match.
struct PreconditionFailed : Error {
  PreconditionFailed()
      : Error(Error::Kind::conflict, "precondition_failed",
              "Somebody else changed this meanwhile. Load it again.") {}
};

// Refuses a change that is made from another revision than `current`: PreconditionFailed by If-Match,
// Error::conflict("stale_revision") by the body's. Error::invalid("bad_revision") where If-Match is no list
// of tags, or both are there and differ.
void check_revision(const Request& request, std::optional<std::int64_t> of_body, std::int64_t current);

}  // namespace patchbay::http
