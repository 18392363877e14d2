#include "oauth/pkce.h"

#include "support/catch.h"

using namespace patchbay;
using namespace patchbay::oauth;

TEST_CASE("the challenge of a verifier is that of RFC 7636, appendix B", "[oauth]") {
  CHECK(challenge_of(Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")) ==
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST_CASE("each verifier is new and well-formed, as is its challenge", "[oauth]") {
  const Secret one = make_verifier();
  const Secret other = make_verifier();
  CHECK(one.reveal() != other.reveal());
  CHECK(is_verifier(one.reveal()));
  CHECK(is_challenge(challenge_of(one)));
}

TEST_CASE("a verifier has 43 to 128 unreserved characters, a challenge 43 of base64url", "[oauth]") {
  CHECK_FALSE(is_verifier(std::string(42, 'a')));
  CHECK(is_verifier(std::string(43, '~')));
  CHECK(is_verifier(std::string(128, '.')));
  CHECK_FALSE(is_verifier(std::string(129, 'a')));
  CHECK_FALSE(is_verifier(std::string(42, 'a') + "+"));
  CHECK(is_challenge(std::string(43, '_')));
  CHECK_FALSE(is_challenge(std::string(43, '.')));
  CHECK_FALSE(is_challenge(std::string(44, 'a')));
}
