#include "base/id.h"

#include "support/catch.h"

using namespace patchbay;

TEST_CASE("a new id carries its time, version 7 and the RFC's variant", "[base]") {
  const auto id = new_uuid(Instant{0x017F22E279B0});
  CHECK(is_uuid(id));
  CHECK(id.substr(0, 13) == "017f22e2-79b0");
  CHECK(id[14] == '7');
  CHECK(std::string("89ab").find(id[19]) != std::string::npos);
}

TEST_CASE("ids sort by birth and do not repeat", "[base]") {
  CHECK(new_uuid(Instant{1000}) < new_uuid(Instant{1001}));
  CHECK(new_uuid(Instant{1000}) != new_uuid(Instant{1000}));
}

TEST_CASE("only the lower-case text form is a UUID", "[base]") {
  CHECK(is_uuid("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
  CHECK_FALSE(is_uuid(""));
  CHECK_FALSE(is_uuid("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"));
  CHECK_FALSE(is_uuid("017f22e2-79b0-7cc3-98c4-dc0c0c07398"));
  CHECK_FALSE(is_uuid("017f22e2-79b0-7cc3-98c4-dc0c0c07398f0"));
  CHECK_FALSE(is_uuid("017f22e2079b0-7cc3-98c4-dc0c0c07398f"));
  CHECK_FALSE(is_uuid("017f22e2-79b0-7cc3-98c4-dc0c0c07398g"));
}
