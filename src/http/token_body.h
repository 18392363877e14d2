#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string_view>
#include <vector>

#include "base/http_message.h"
#include "store/tokens.h"

namespace patchbay::http {

// {"name", "scopes", "audience"?, "expires_in_days"?, "token"?}. Throws Error::invalid.
store::TokenWish read_token_wish(const nlohmann::json& body, Instant now);

// The names of the fields that a wish sets, for the trail.
std::vector<std::string_view> token_fields(const store::TokenWish& wish);

// A token, without itself.
nlohmann::json token_json(const Token& token, Instant now);
// The one answer that shows a token.
HttpReply new_token_reply(const store::NewToken& made, Instant now);

}  // namespace patchbay::http
