#include "domain/catalog.h"

#include "support/catch.h"

using namespace patchbay;

namespace {

CatalogEntry an_entry(const std::string& name) {
  CatalogEntry entry;
  entry.server.slug = name;
  entry.server.url = "https://" + name + ".example/mcp";
  entry.server.enabled = true;
  return entry;
}

}  // namespace

TEST_CASE("a secret reference names a variable or a file, with a scheme at most before it", "[domain]") {
  const auto variable = parse_secret_reference("${env:NOTION_TOKEN}");
  REQUIRE(variable);
  CHECK(*variable == SecretReference{"", SecretReference::Source::environment, "NOTION_TOKEN"});

  const auto file = parse_secret_reference("Bearer ${file:/run/secrets/notion token}");
  REQUIRE(file);
  CHECK(*file == SecretReference{"Bearer ", SecretReference::Source::file, "/run/secrets/notion token"});
}

TEST_CASE("anything that could hold a value is no secret reference", "[domain]") {
  for (const char* text : {"",
                           "abc",
                           "Bearer abcdef",
                           "${env:}",
                           "${env:1A}",
                           "${env:A B}",
                           "${file:relative}",
                           "${file:}",
                           "${secret:x}",
                           "${HOME}",
                           "$env:A",
                           "${env:A}x",
                           "x${env:A}",
                           "k3y ${env:A}",
                           "Bearer  ${env:A}",
                           "Bearer ${env:A} ",
                           "Bearer x ${env:A}",
                           "${env:A}${env:B}",
                           "${env:A",
                           "${}",
                           "abcdefghijklmnopq ${env:A}",
                           "${file:/a}b}"}) {
    INFO(text);
    CHECK_FALSE(parse_secret_reference(text));
  }
}

TEST_CASE("the client filter keeps entries for every client and those that name it exactly", "[domain]") {
  CatalogEntry entry = an_entry("a");
  CHECK(is_for_client(entry, "desktop"));
  entry.clients.emplace();
  CHECK(is_for_client(entry, "desktop"));
  entry.clients->emplace_back("desktop");
  CHECK(is_for_client(entry, "desktop"));
  CHECK(is_for_client(entry, ""));
  CHECK_FALSE(is_for_client(entry, "Desktop"));
  CHECK_FALSE(is_for_client(entry, "code"));
}

TEST_CASE("the catalog's array has null for what is unset and its keys in the contract's order", "[domain]") {
  CHECK(managed_servers_json({}, "") == "[]");
  CHECK(managed_servers_json({an_entry("a")}, "") ==
        R"([{"name":"a","transport":"http","url":"https://a.example/mcp","auth":"none","description":null,)"
        R"("clients":null,"oauth":null}])");
}

TEST_CASE("the catalog's array gives the oauth mapping whole", "[domain]") {
  CatalogEntry entry = an_entry("a");
  entry.server.transport = TransportKind::sse;
  entry.server.auth = AuthType::oauth;
  entry.server.description = "Pages \"and\" more";
  entry.clients = std::vector<std::string>{"x"};
  entry.oauth = CatalogOAuth{"id", "read", "localhost", 3118, "https://i/a", "https://i/t", std::nullopt};
  const std::string head =
      R"([{"name":"a","transport":"sse","url":"https://a.example/mcp","auth":"oauth",)"
      R"("description":"Pages \"and\" more","clients":["x"],"oauth":{"clientId":"id","scope":"read",)"
      R"("callbackHost":"localhost","callbackPort":3118,"authorizationUrl":"https://i/a",)"
      R"("tokenUrl":"https://i/t","authorizationServer":)";
  CHECK(managed_servers_json({entry}, "x") == head + "null}}]");
  entry.oauth->authorization_server = std::vector<std::string>{"https://i"};
  CHECK(managed_servers_json({entry}, "x") == head + R"(["https://i"]}}])");
  CHECK(managed_servers_json({entry}, "y") == "[]");
}

TEST_CASE("entries that a client cannot reach by itself are left out of the catalog's array", "[domain]") {
  std::vector<CatalogEntry> entries;
  for (const char* name : {"good", "off", "key", "head", "closed"}) entries.push_back(an_entry(name));
  entries[1].server.enabled = false;
  entries[2].server.auth = AuthType::api_key;
  entries[3].server.auth = AuthType::headers;
  entries[4].server.access.everyone = false;
  CHECK(managed_servers_json(entries, "") == managed_servers_json({entries[0]}, ""));
}
