#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/http_message.h"
#include "domain/event.h"
#include "http/paging.h"
#include "store/tokens.h"

namespace patchbay::http {

// {"name", "scopes", "audience"?, "expires_in_days"?, "token"?}. Throws Error::invalid.
store::TokenWish read_token_wish(const nlohmann::json& body, Instant now);

// What a wish sets, for the trail.
Changes token_changes(const store::TokenWish& wish);

// A token, without itself.
nlohmann::json token_json(const Token& token, Instant now);
// One page of tokens, by id.
HttpReply tokens_reply(Page& page, std::vector<Token> tokens, Instant now);
// The one answer that shows a token.
HttpReply new_token_reply(const store::NewToken& made, Instant now);

}  // namespace patchbay::http
