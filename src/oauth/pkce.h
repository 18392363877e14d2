#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

namespace patchbay::oauth {

// Proof key for code exchange (RFC 7636), method S256 only.
Secret make_verifier();                            // 43 characters, 256 bits
std::string challenge_of(const Secret& verifier);  // base64url of its SHA-256
bool is_verifier(std::string_view text);           // 43 to 128 unreserved characters (§4.1)
bool is_challenge(std::string_view text);          // 43 characters of base64url (§4.2)

}  // namespace patchbay::oauth
