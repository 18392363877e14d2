#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

namespace patchbay::oauth {

// What a token endpoint's refusal means for the tokens we hold.
enum class TokenFailure {
  ended,          // the provider does not know the sign-in any more: wipe it, the person connects again
  misconfigured,  // the client or the request is refused: keep the tokens, an admin must act
  transient,      // nothing is decided: keep the tokens, try later
};

// Its id tells the failure: oauth_sign_in_ended, oauth_client_refused, oauth_token_unavailable,
// oauth_bad_token_answer (transient). `detail` holds the status and the provider's code, cleaned, for the
// log.
class TokenError : public Error {
 public:
  TokenError(TokenFailure failure, std::string id, const std::string& message, std::string detail)
      : Error(Kind::upstream, std::move(id), message, std::move(detail)), failure_(failure) {}
  TokenFailure failure() const noexcept { return failure_; }

 private:
  TokenFailure failure_;
};

struct TokenAnswer {
  Secret access;  // visible ASCII; goes behind "Bearer " whatever the case of token_type was
  std::optional<Secret> refresh;
  Instant expires_at;
  bool expiry_is_guess = false;  // no expires_in: an hour is assumed, but the token may live longer
  std::string scope;             // as granted; where the answer has none, what was asked for was granted
  bool has_scope = false;
};

// Words of one provider beside the usual ones (Quirks).
struct TokenDialect {
  std::vector<std::string> token_types;   // that mean bearer
  std::vector<std::string> ended_errors;  // that mean TokenFailure::ended
};

// Reads the answer of a token endpoint to a code or a refresh token, JSON or a form (GitHub sends one unless
// asked for JSON). An error in an answer of status 200 is an error. Throws TokenError.
TokenAnswer parse_token_answer(int status, std::string_view content_type, std::string_view body, Instant now,
                               const TokenDialect& dialect = {});

// For a request that brought no answer at all.
TokenError no_token_answer(std::string detail);

}  // namespace patchbay::oauth
