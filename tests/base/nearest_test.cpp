#include "base/nearest.h"

#include "support/catch.h"

using namespace patchbay;

TEST_CASE("the nearest word is offered, a far one is not", "[base]") {
  const std::vector<std::string_view> verbs = {"connect", "catalog", "status", "serve", "search"};
  CHECK(find_nearest("conect", verbs) == "connect");
  CHECK(find_nearest("sevre", verbs) == "serve");
  CHECK(find_nearest("STATUS", verbs) == "status");
  CHECK(find_nearest("catalogue", verbs) == "catalog");
  CHECK_FALSE(find_nearest("frobnicate", verbs));
  CHECK_FALSE(find_nearest("", verbs));
  CHECK_FALSE(find_nearest("x", verbs));
  CHECK_FALSE(find_nearest("ab", {"cd"}));
  CHECK_FALSE(find_nearest("conect", {}));
  CHECK_FALSE(find_nearest(std::string(65, 'a'), {std::string_view("a")}));
}

TEST_CASE("of equally near words the first is offered", "[base]") {
  CHECK(find_nearest("cat", {"bat", "car"}) == "bat");
  CHECK(find_nearest("car", {"bat", "car"}) == "car");
}

TEST_CASE("a hint is a sentence or nothing", "[base]") {
  CHECK(did_you_mean("conect", {"connect"}) == " Did you mean \"connect\"?");
  CHECK(did_you_mean("zzzzzz", {"connect"}).empty());
}
