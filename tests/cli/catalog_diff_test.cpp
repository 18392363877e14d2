#include "cli/catalog_diff.h"

#include <nlohmann/json.hpp>

#include "http/server_body.h"
#include "support/builders.h"
#include "support/catch.h"

using namespace patchbay;
using nlohmann::json;

namespace {

json served(Server server, ServerOrigin origin, std::vector<std::string> headers = {}) {
  server.origin = origin;
  return http::server_json(server, headers);
}

CatalogEntry an_entry(const std::string& slug) {
  CatalogEntry entry;
  entry.server = a_server(slug);
  return entry;
}

}  // namespace

TEST_CASE("a catalog is compared with what is served: new, other, gone and in the way", "[cli]") {
  auto changed = an_entry("Linear");
  changed.server.url = "https://elsewhere.example/mcp";
  changed.headers.push_back({"X-Team", {}});
  const auto list = json::array(
      {served(a_server("same"), ServerOrigin::catalog), served(a_server("linear"), ServerOrigin::catalog),
       served(a_server("gone"), ServerOrigin::catalog), served(a_server("mine"), ServerOrigin::admin),
       served(a_server("wiki"), ServerOrigin::admin)});
  changed.server.title = "linear";
  const auto diff = cli::compare_catalog(
      {an_entry("same"), changed, an_entry("new"), an_entry("wiki"), an_entry("new")}, list);
  CHECK(diff.added == std::vector<std::string>{"new"});
  REQUIRE(diff.changed.size() == 1);
  CHECK(diff.changed[0].name == "Linear");
  CHECK(diff.changed[0].fields == std::vector<std::string>{"url", "header_names"});
  CHECK(diff.removed == std::vector<std::string>{"gone"});
  CHECK(diff.clashing == std::vector<std::string>{"wiki"});
  CHECK_FALSE(cli::compare_catalog({an_entry("same")}, json::array({list[0]})).any());
}
