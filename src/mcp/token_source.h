#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/secret.h"
#include "base/task.h"

namespace patchbay::mcp {

// Gives the access token that goes with each request to a server (RFC 6750 §2.1), and hears when the server
// refuses it. The loop's thread only.
class TokenSource {
 public:
  using Token = std::shared_ptr<const Secret>;

  virtual ~TokenSource() = default;
  // One that is good at this moment; null where token() must be awaited.
  virtual Token ready() = 0;
  // Null: the request goes without one. Throws Error::upstream("needs_connection" | …).
  virtual Task<Token> token(Until until) = 0;

  // The server answered a request with this token, whatever it said.
  virtual void accepted(const Token& presented) = 0;

  struct Refusal {
    int status = 401;                           // or 403
    std::vector<std::string> www_authenticate;  // its lines
  };
  // Whether another token is there now, so that the request is worth sending once more. May throw as token().
  virtual Task<bool> refused(Token presented, Refusal refusal, Until until) = 0;
};

}  // namespace patchbay::mcp
