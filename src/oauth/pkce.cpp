#include "oauth/pkce.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"

namespace patchbay::oauth {

namespace {

bool is_base64url(char c) {
  return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' || c == '_';
}

}  // namespace

Secret make_verifier() {
  const Secret bytes(crypto::random_bytes(32));
  return Secret(to_base64url(bytes.reveal()));
}

std::string challenge_of(const Secret& verifier) {
  return to_base64url(crypto::sha256(verifier.reveal()));
}

bool is_verifier(std::string_view text) {
  return text.size() >= 43 && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
           return is_base64url(c) || c == '.' || c == '~';
         });
}

bool is_challenge(std::string_view text) {
  return text.size() == 43 && std::all_of(text.begin(), text.end(), is_base64url);
}

}  // namespace patchbay::oauth
