#include "support/catch.h"
#include "support/control_fixture.h"

using namespace patchbay;
using nlohmann::json;

TEST_CASE("the catalog needs catalog:read, and its inside an admin", "[http]") {
  ControlFixture fixture;
  CHECK(fixture.call("GET", "/v1/mcp/managed-servers", "").status == 401);
  CHECK(fixture.call("GET", "/v1/mcp/managed-servers", fixture.admin).status == 403);
  CHECK(fixture.call("GET", "/v1/catalog", fixture.reader).status == 403);
  CHECK(fixture.call("POST", "/v1/catalog/reload", fixture.reader).status == 403);
  CHECK(fixture.reloads == 0);
}

TEST_CASE("the catalog is a bare array, filtered by client", "[http]") {
  ControlFixture fixture;
  CatalogEntry for_all;
  for_all.server = a_server("notion");
  CatalogEntry for_one;
  for_one.server = a_server("linear");
  for_one.clients = {"claude-desktop"};
  fixture.published =
      std::make_shared<const std::vector<CatalogEntry>>(std::vector<CatalogEntry>{for_all, for_one});
  const auto names = [&](const std::string& query) {
    std::string all;
    for (const auto& entry :
         json::parse(fixture.call("GET", "/v1/mcp/managed-servers" + query, fixture.reader).body))
      all += entry.at("name").get<std::string>() + " ";
    return all;
  };
  CHECK(names("") == "notion linear ");
  CHECK(names("?client=") == "notion linear ");
  CHECK(names("?client=claude-desktop") == "notion linear ");
  CHECK(names("?client=codex") == "notion ");
}

TEST_CASE("a catalog that was never good answers 503, one that is not configured an empty array", "[http]") {
  ControlFixture fixture;
  CHECK(fixture.call("GET", "/v1/mcp/managed-servers", fixture.reader).body == "[]");
  fixture.published = nullptr;
  const auto reply = fixture.call("GET", "/v1/mcp/managed-servers", fixture.reader);
  CHECK(reply.status == 503);
  CHECK(fixture.error_of(reply) == "catalog_unavailable");
}

TEST_CASE("an admin sees what is wrong with the catalog and where", "[http]") {
  ControlFixture fixture;
  auto good = std::make_shared<gateway::Catalog>();
  good->version = "abc";
  good->dropped = 1;
  good->problems.push_back({3, 10, "notion", "url", "The URL must start with https://.", false});
  fixture.view = {gateway::CatalogState::stale, good,
                  gateway::CatalogProblem{1, 1, "", "", "The file is gone.", true}};
  const json shown = fixture.ask("GET", "/v1/catalog");
  CHECK(shown.at("state") == "stale");
  CHECK(shown.at("version") == "abc");
  CHECK(shown.at("problems").at(0).at("whole_file") == true);
  CHECK(shown.at("problems").at(1).at("line") == 3);
  CHECK(shown.at("problems").at(1).at("column") == 10);
  CHECK(shown.at("problems").at(1).at("entry") == "notion");
}

TEST_CASE("a reload is done, answered with what came of it, and recorded", "[http]") {
  ControlFixture fixture;
  CHECK(fixture.ask("POST", "/v1/catalog/reload").at("state") == "not_configured");
  CHECK(fixture.reloads == 1);
  CHECK(fixture.trail().front().event.action == "catalog.reload");
  CHECK(fixture.trail().front().event.outcome == "ok");
  fixture.view = {gateway::CatalogState::unavailable, nullptr,
                  gateway::CatalogProblem{1, 1, "", "", "No.", true}};
  fixture.ask("POST", "/v1/catalog/reload");
  CHECK(fixture.trail().front().event.outcome == "failed");
}
