#include "base/secret.h"

#include <sstream>

#include "support/catch.h"

using namespace patchbay;

TEST_CASE("a secret prints as a word that tells nothing", "[base]") {
  std::ostringstream out;
  out << Secret("hunter2");
  CHECK(out.str() == "[secret]");
}

TEST_CASE("a secret that was moved away leaves no bytes behind, short or long", "[base]") {
  const auto size = GENERATE(std::size_t{8}, std::size_t{100});
  Secret first(std::string(size, 'k'));
  const Secret second(std::move(first));
  CHECK(second.reveal() == std::string(size, 'k'));
  // Short texts lie inside the string, where they would survive a move.
  const std::string& rest = first.reveal();
  CHECK(std::string(rest.data(), rest.capacity()).find('k') == std::string::npos);
}
