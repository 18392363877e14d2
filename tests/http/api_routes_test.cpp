#include "http/api_routes.h"

#include <set>

#include "base/embedded.h"
#include "base/files.h"
#include "http/account_routes.h"
#include "http/error_table.h"
#include "support/catch.h"
#include "support/control_fixture.h"

using namespace patchbay;
using nlohmann::json;

namespace {

// "GET /v1/servers/{slug}: admin:read"; what runs on the loop and not in the table is left out.
std::set<std::string> documented(const json& document) {
  std::set<std::string> lines;
  for (const auto& [path, methods] : document.at("paths").items())
    for (const auto& [method, operation] : methods.items()) {
      if (operation.contains("x-plane")) continue;
      std::string line = method;
      for (char& c : line) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      std::string scope = "public";
      if (!operation.at("security").empty()) scope = operation.at("security")[0].begin().value()[0];
      lines.insert(line + " " + path + ": " + scope);
    }
  return lines;
}

// What browsers and OAuth clients use, which standards or our own pages describe.
bool is_page(std::string_view pattern) {
  for (const std::string_view place :
       {"/static/", "/sign-in", "/oauth/", "/device", "/.well-known/", "/connect/", "/welcome", "/approvals"})
    if (pattern.starts_with(place)) return true;
  return false;
}

std::string scope_of(const http::Needs& needs) {
  if (needs.is_public()) return "public";
  return needs.scope() == Scope::self ? "self" : to_text(needs.scope());
}

}  // namespace

TEST_CASE("the API's document has every route with its scope, and none that is not there", "[http]") {
  ControlFixture fixture;
  const http::AccountDesk desk(*fixture.store, fixture.hooks, fixture.store.clock(), "https://gate.example");
  http::AccountRoutes accounts(desk, *fixture.store, fixture.store.clock());
  accounts.add_to(fixture.routes);
  std::set<std::string> routes;
  for (const auto& route : fixture.routes.list()) {
    if (is_page(route.pattern)) continue;
    routes.insert(std::string(route.method) + " " + std::string(route.pattern) + ": " +
                  scope_of(route.needs));
  }
  const auto reply = fixture.call("GET", "/v1/openapi.json", "");
  REQUIRE(reply.status == 200);
  const auto lines = documented(json::parse(reply.body));
  CHECK(routes.size() > 50);
  for (const auto& route : routes) {
    INFO(route);
    CHECK(lines.contains(route));
  }
  for (const auto& line : lines) {
    INFO(line);
    CHECK(routes.contains(line));
  }
}

TEST_CASE("a route's path parameters are those of its pattern, and operations have names of their own",
          "[http]") {
  const json document = json::parse(find_embedded("src/http/openapi.json").value());
  std::set<std::string> names;
  for (const auto& [path, methods] : document.at("paths").items())
    for (const auto& [method, operation] : methods.items()) {
      INFO(method << " " << path);
      CHECK(names.insert(operation.at("operationId")).second);
      std::string rest = path;
      const json parameters = operation.value("parameters", json::array());
      for (json parameter : parameters) {
        if (parameter.contains("$ref"))
          parameter = document.at(json::json_pointer(parameter.at("$ref").get<std::string>().substr(1)));
        if (parameter.at("in") != "path") continue;
        const std::string part = "{" + parameter.at("name").get<std::string>() + "}";
        const auto at = rest.find(part);
        REQUIRE(at != std::string::npos);
        rest.erase(at, part.size());
      }
      CHECK(rest.find('{') == std::string::npos);
    }
}

TEST_CASE("the table of errors is served, and docs/errors.md is made from it", "[http]") {
  ControlFixture fixture;
  const json shown = fixture.ask("GET", "/v1/errors");
  std::set<std::string> ids;
  for (const json& one : shown.at("errors")) {
    CHECK(ids.insert(one.at("id")).second);
    CHECK_FALSE(one.at("means").get<std::string>().empty());
    CHECK_FALSE(one.at("do").get<std::string>().empty());
  }
  CHECK(ids.contains("stale_revision"));
  // Where this fails: ./dev docs
  CHECK(read_file(PATCHBAY_SOURCE_DIR "/docs/errors.md", 1 << 20) == http::errors_markdown());
}

TEST_CASE("the statuses in the table are those that the kinds of errors have", "[http]") {
  ControlFixture fixture;
  std::map<std::string, json> status;
  const json table = fixture.ask("GET", "/v1/errors");
  for (const json& one : table.at("errors")) status[one.at("id")] = one.at("status");
  const auto check = [&](const HttpReply& reply) {
    INFO(reply.body);
    CHECK(status.at(fixture.error_of(reply)) == reply.status);
  };
  check(fixture.call("GET", "/v1/nowhere", ""));
  check(fixture.call("PUT", "/v1/servers", fixture.admin));
  check(fixture.call("GET", "/v1/servers", ""));
  check(fixture.call("GET", "/v1/servers", fixture.reader));
  check(fixture.call("GET", "/v1/servers/none", fixture.admin));
  check(fixture.call("GET", "/v1/me", fixture.admin));
  check(fixture.call("POST", "/v1/teams", fixture.admin, R"({"name":"a b"})"));
  check(fixture.call("POST", "/v1/teams", fixture.admin, "{"));
  check(fixture.call("POST", "/v1/tokens", fixture.admin, R"({"name":"admin","scopes":["admin"]})"));
}
