#include "oauth/passwords.h"

#include "base/error.h"
#include "support/catch.h"

using namespace patchbay;
using namespace patchbay::oauth;

TEST_CASE("a password opens its own hash, and no other opens it", "[oauth]") {
  Passwords passwords(SecureBytes(std::string("pepper")));
  const std::string hash = passwords.hash(Secret("correct horse battery"));
  CHECK(hash.starts_with("$scrypt$ln=15,r=8,p=3$"));
  CHECK(passwords.verify(Secret("correct horse battery"), hash));
  CHECK_FALSE(passwords.verify(Secret("correct horse batterz"), hash));
  CHECK_FALSE(Passwords(SecureBytes(std::string("salt"))).verify(Secret("correct horse battery"), hash));
  CHECK_FALSE(Passwords::is_outdated(hash));
}

TEST_CASE("the same password typed in another Unicode form is the same", "[oauth]") {
  Passwords passwords(SecureBytes(std::string("pepper")));
  const std::string hash = passwords.hash(Secret("caf\u00e9 au lait, s'il"));
  CHECK(passwords.verify(Secret("cafe\u0301 au lait, s'il"), hash));
}

TEST_CASE("a hash that is damaged or too dear to try is a wrong password", "[oauth]") {
  Passwords passwords(SecureBytes(std::string("pepper")));
  for (const char* stored : {"", "$scrypt$", "plain", "$scrypt$ln=30,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$AAAA"})
    CHECK_FALSE(passwords.verify(Secret("correct horse battery"), stored));
  CHECK_FALSE(passwords.verify(Secret(std::string("\xff\xfe", 2)), ""));
}

TEST_CASE("a password is text of 12 to 256 bytes", "[oauth]") {
  CHECK_THROWS_MATCHES(Passwords::check(Secret(std::string(11, 'a'))), Error, HasId("password"));
  Passwords::check(Secret(std::string(12, 'a')));
  Passwords::check(Secret(std::string(256, 'a')));
  CHECK_THROWS_MATCHES(Passwords::check(Secret(std::string(257, 'a'))), Error, HasId("password"));
  CHECK_THROWS_MATCHES(Passwords::check(Secret(std::string(13, '\0'))), Error, HasId("password"));
}
