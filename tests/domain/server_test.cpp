#include "domain/server.h"

#include <functional>

#include "support/catch.h"

using namespace patchbay;
using namespace std::chrono_literals;

namespace {

Server valid_server() {
  Server server;
  server.slug = "notion";
  server.title = "Notion";
  server.url = "https://notion.example/mcp";
  return server;
}

void check_refused(const std::string& field, const std::function<void(Server&)>& change) {
  Server server = valid_server();
  change(server);
  INFO(field);
  CHECK_THROWS_MATCHES(validate(server), Error, HasId(field));
}

void check_accepted(const std::function<void(Server&)>& change) {
  Server server = valid_server();
  change(server);
  CHECK_NOTHROW(validate(server));
}

}  // namespace

TEST_CASE("R34: titles give slugs", "[domain]") {
  CHECK(derive_slug("Notion") == "notion");
  CHECK(derive_slug("  My Server!  ") == "my-server");
  CHECK(derive_slug("a -- b") == "a-b");
  CHECK(derive_slug("_x_y_") == "x_y");
  CHECK(derive_slug("\xC3\x84rger & Co") == "rger-co");
  CHECK(derive_slug("") == "mcp");
  CHECK(derive_slug("!!!") == "mcp");
  CHECK(derive_slug("-_-") == "mcp");
  CHECK(derive_slug("Probe") == "probe-mcp");
  CHECK(derive_slug(std::string(24, 'a')) == std::string(24, 'a'));
  CHECK(derive_slug(std::string(25, 'a')) == std::string(24, 'a'));
}

TEST_CASE("R34: a slug has 1 to 64 letters, digits, underscores or hyphens", "[domain]") {
  CHECK(is_slug("a"));
  CHECK(is_slug("A_b-9"));
  CHECK(is_slug(std::string(64, 'a')));
  CHECK_FALSE(is_slug(std::string(65, 'a')));
  for (const char* text : {"", "a b", "a.b", "a:b", "\xC3\xA4"}) CHECK_FALSE(is_slug(text));
}

TEST_CASE("every word of a server survives being written and read", "[domain]") {
  for (const char* word : {"http", "sse"}) CHECK(to_text(parse_transport(word).value()) == word);
  for (const char* word : {"none", "apiKey", "headers", "oauth"})
    CHECK(to_text(parse_auth_type(word).value()) == word);
  for (const char* word : {"shared", "perMember"})
    CHECK(to_text(parse_credential_mode(word).value()) == word);
  for (const char* word : {"forceOn", "defaultOn", "defaultOff"})
    CHECK(to_text(parse_availability(word).value()) == word);
  for (const char* word : {"catalog", "admin"}) CHECK(to_text(parse_server_origin(word).value()) == word);
  CHECK_FALSE(parse_transport("stdio"));
  CHECK_FALSE(parse_auth_type("apikey"));
  CHECK_FALSE(parse_credential_mode(""));
  CHECK_FALSE(parse_availability("force_on"));
}

TEST_CASE("R35: a server's limits hold at their edges", "[domain]") {
  check_accepted([](Server&) {});
  check_accepted([](Server& s) { s.title = std::string(80, 'a'); });
  check_refused("title", [](Server& s) { s.title = std::string(81, 'a'); });
  check_accepted([](Server& s) { s.url = std::string(500, 'a'); });
  check_refused("url", [](Server& s) { s.url = std::string(501, 'a'); });
  check_accepted([](Server& s) { s.timeout = 1s; });
  check_refused("timeout", [](Server& s) { s.timeout = 999ms; });
  check_accepted([](Server& s) { s.timeout = 600s; });
  check_refused("timeout", [](Server& s) { s.timeout = 600'001ms; });
  check_accepted([](Server& s) { s.description = std::string(4096, 'a'); });
  check_refused("description", [](Server& s) { s.description = std::string(4097, 'a'); });
}

TEST_CASE("a server's title counts characters, not bytes", "[domain]") {
  std::string title;
  for (int i = 0; i < 80; ++i) title += "\xC3\xA4";
  check_accepted([&](Server& s) { s.title = title; });
  check_refused("title", [&](Server& s) { s.title = title + "a"; });
}

TEST_CASE("a field that breaks its form is named", "[domain]") {
  for (const char* slug : {"probe", "presets", "by-key"})
    check_refused("slug", [&](Server& s) { s.slug = slug; });
  check_refused("slug", [](Server& s) { s.slug = "a b"; });
  check_refused("title", [](Server& s) { s.title = "a\nb"; });
  check_refused("title", [](Server& s) { s.title = "\xFF"; });
  check_refused("url", [](Server& s) { s.url.clear(); });
  check_refused("icon", [](Server& s) { s.icon = "javascript:alert(1)"; });
  check_refused("icon", [](Server& s) { s.icon = "//evil.example/x.png"; });
  check_accepted([](Server& s) { s.icon = "/icons/notion.svg"; });
  check_accepted([](Server& s) { s.icon = "https://notion.example/icon.png"; });
  check_refused("allow", [](Server& s) { s.allow = {"ok", "a b"}; });
  check_refused("deny", [](Server& s) { s.deny = {""}; });
  check_refused("ca", [](Server& s) { s.ca_file = "relative.pem"; });
  check_refused("certificate", [](Server& s) { s.pin_sha256 = std::string(63, 'a'); });
  check_refused("certificate", [](Server& s) { s.pin_sha256 = std::string(64, 'A'); });
  check_accepted([](Server& s) { s.pin_sha256 = std::string(64, 'a'); });
  check_refused("access", [](Server& s) { s.access.people = {" "}; });
  check_refused("access", [](Server& s) { s.access.teams = {"a\nb"}; });
}

TEST_CASE("R37: a configured header is a token with visible text of 4,096 bytes at most", "[domain]") {
  CHECK_NOTHROW(validate_header("X-Api-Key", "abc def"));
  CHECK_NOTHROW(validate_header("Authorization", "Bearer x"));
  CHECK_NOTHROW(validate_header("X", std::string(4096, 'v')));
  CHECK_THROWS_MATCHES(validate_header("X", std::string(4097, 'v')), Error, HasId("header"));
  for (const char* value : {"", " a", "a ", "a\r\nb", "a\nb", "t\xC3\xA4", "a\tb"})
    CHECK_THROWS_MATCHES(validate_header("X", value), Error, HasId("header"));
  for (const char* name : {"", "a b", "a:b", "a\n", "\xC3\xA4"})
    CHECK_THROWS_MATCHES(validate_header(name, "v"), Error, HasId("header"));
}

TEST_CASE("headers that Patchbay computes cannot be configured, in any case", "[domain]") {
  for (const char* name :
       {"host", "Host", "Content-Length", "ACCEPT", "Mcp-Session-Id", "mcp-protocol-version",
        "Transfer-Encoding", "Proxy-Authorization", "Connection", "Last-Event-ID"}) {
    INFO(name);
    CHECK_THROWS_MATCHES(validate_header(name, "v"), Error, HasId("header"));
  }
}

TEST_CASE("a header's value is never part of its refusal", "[domain]") {
  try {
    validate_header("X", "s3cret\n");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.message().find("s3cret") == std::string::npos);
  }
}

TEST_CASE("two servers are compared field by field, their history aside", "[domain]") {
  Server before;
  Server after;
  CHECK(changes_of(before, after).empty());
  after.revision = 7;
  after.updated_at = {5};
  after.origin = ServerOrigin::catalog;
  CHECK(changes_of(before, after).empty());
  after.url = "https://x.example/";
  after.timeout = std::chrono::seconds(1);
  after.access.everyone = false;
  CHECK(changes_of(before, after).text() ==
        R"({"url":[null,"https://x.example/"],"timeout_seconds":[60,1],)"
        R"("access":[{"everyone":true,"people":[],"teams":[]},{"everyone":false,"people":[],"teams":[]}]})");
}

TEST_CASE("a URL whose query names a credential is refused", "[domain]") {
  CHECK_THROWS_MATCHES(refuse_credentials_in("https://x.example/?a=1&api_key=s"), Error,
                       HasId("credential_in_url"));
  CHECK_THROWS_MATCHES(refuse_credentials_in("https://x.example/?Token"), Error, HasId("credential_in_url"));
  // What cannot be decoded cannot be judged.
  CHECK_THROWS_MATCHES(refuse_credentials_in("https://x.example/?%zz=1"), Error, HasId("credential_in_url"));
  CHECK_NOTHROW(refuse_credentials_in("https://x.example/token?workspace=token"));
  CHECK_NOTHROW(refuse_credentials_in("https://x.example/"));
}
