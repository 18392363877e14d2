#include "store/recovery_kit.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"
#include "support/catch.h"
#include "support/manual_clock.h"

using namespace patchbay;

namespace {

Keyring a_keyring() {
  return Keyring::generate({MasterKeySource::Kind::environment, {}, Secret(std::string(64, 'a'))},
                           ManualClock().now());
}

std::string kit_of(const SecureBytes& key, const Keyring& ring) {
  return make_recovery_kit(key, ring, ManualClock().now()).reveal();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a recovery kit gives the key back, however it was typed", "[store]") {
  const SecureBytes key = crypto::random_key();
  const Keyring ring = a_keyring();
  const std::string kit = kit_of(key, ring);
  CHECK_THAT(kit, ContainsSubstring(ring.install_id()) && ContainsSubstring(ring.key_id()));
  CHECK(read_recovery_kit(kit).reveal() == key.reveal());

  std::string typed;
  for (const auto line : split(kit, '\n')) {
    const auto text = trim(line);
    if (text.empty() || text[0] < '1' || text[0] > '4') continue;
    std::string packed;
    for (const char c : text.substr(1))
      if (c != ' ') packed += static_cast<char>(c >= 'a' ? c - 32 : c);
    typed = cat(text.substr(0, 1), "\t", packed, "\r\n", typed);  // the last line first
  }
  CHECK(read_recovery_kit(typed).reveal() == key.reveal());
}

TEST_CASE("a slip in a recovery kit is found with its line", "[store]") {
  const SecureBytes key(std::string(32, '\x11'));
  const std::string kit = kit_of(key, a_keyring());
  const auto refusal = [](const std::string& text) {
    try {
      read_recovery_kit(text);
      return std::string("none");
    } catch (const Error& error) {
      return cat(error.id(), " ", error.message());
    }
  };
  CHECK_THAT(refusal(replaced(kit, "  3  1111", "  3  1112")), ContainsSubstring("kit_check Line 3"));
  CHECK_THAT(refusal(replaced(kit, "  2  1111 ", "  2  111 ")), ContainsSubstring("kit_form Line 2"));
  CHECK_THAT(refusal(replaced(kit, "  4  1111", "  4  111g")), ContainsSubstring("kit_form Line 4"));
  CHECK_THAT(refusal(replaced(kit, "  1  ", "  x  ")), ContainsSubstring("kit_form Line 1"));
  // Two lines that changed places.
  CHECK_THAT(refusal(replaced(replaced(replaced(kit, "  1  ", "  x  "), "  2  ", "  1  "), "  x  ", "  2  ")),
             ContainsSubstring("kit_check Line 1"));
  CHECK_THAT(refusal(""), ContainsSubstring("Line 1"));
}

TEST_CASE("what a bad recovery kit holds is not repeated", "[store]") {
  try {
    read_recovery_kit("1 dead beef dead beef 0000\n");
    FAIL("a kit of one line was taken");
  } catch (const Error& error) {
    CHECK_THAT(error.message(), !ContainsSubstring("dead"));
  }
}
