#include "gateway/catalog_file.h"

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "support/catch.h"

using namespace patchbay;
using namespace patchbay::gateway;
using namespace std::chrono_literals;

namespace {

void accept_any(std::string_view) {}
void accept_https(std::string_view url) {
  if (!url.starts_with("https://")) throw Error::invalid("bad_scheme", "The URL must start with https://.");
}

CatalogText parse(const std::string& yaml) {
  return parse_catalog(yaml, accept_https);
}

// The one entry "a" with `more` lines below it.
CatalogText parse_entry(const std::string& more) {
  std::string text = "servers:\n  - name: a\n    transport: http\n    url: https://x.example/mcp\n";
  for (const std::string_view line : split(more, '\n')) text += cat("    ", line, "\n");
  return parse(text);
}

CatalogEntry good_entry(const std::string& more) {
  const CatalogText parsed = parse_entry(more);
  INFO(more << (parsed.problems.empty() ? "" : to_text(parsed.problems[0], "f")));
  REQUIRE(parsed.problems.empty());
  REQUIRE(parsed.entries.size() == 1);
  return parsed.entries[0];
}

void check_bad(const std::string& more, const std::string& field, int line = 5) {
  const CatalogText parsed = parse_entry(more);
  INFO(more);
  REQUIRE(parsed.entries.empty());
  const auto at = std::find_if(parsed.problems.begin(), parsed.problems.end(),
                               [](const CatalogProblem& one) { return !one.whole_file; });
  REQUIRE(at != parsed.problems.end());
  CHECK(at->field == field);
  CHECK(at->line == line);
  CHECK(at->entry == "a");
}

void check_refused(const std::string& yaml, int line, int column, const std::string& part) {
  const CatalogText parsed = parse(yaml);
  INFO(yaml.substr(0, 100));
  CHECK_FALSE(parsed.usable);
  REQUIRE_FALSE(parsed.problems.empty());
  CHECK(parsed.problems[0].whole_file);
  CHECK(parsed.problems[0].line == line);
  CHECK(parsed.problems[0].column == column);
  CHECK_THAT(parsed.problems[0].message, ContainsSubstring(part));
}

}  // namespace

TEST_CASE("an entry with all its fields is read", "[gateway]") {
  const CatalogEntry entry = good_entry(
      "title: Notion\ndescription: Pages\nicon: /icons/n.svg\nclients: [desktop, code]\nauth: headers\n"
      "headers: {X-Key: '${env:KEY}', Authorization: 'Bearer ${file:/run/k}'}\ncredentialMode: perMember\n"
      "availability: forceOn\nenabled: off\ntools: {allow: [read], deny: [write]}\ntimeout: 30s\nca: "
      "/etc/ca.pem\n"
      "certificate: 'sha256:" +
      std::string(62, 'A') + ":bb'\npin: true\naccess: {people: [ann], teams: [ops]}");
  const Server& server = entry.server;
  CHECK(server.slug == "a");
  CHECK(server.title == "Notion");
  CHECK(server.description == "Pages");
  CHECK(server.icon == "/icons/n.svg");
  CHECK(entry.clients == std::vector<std::string>{"desktop", "code"});
  CHECK(server.auth == AuthType::headers);
  REQUIRE(entry.headers.size() == 2);
  CHECK(entry.headers[1].value == SecretReference{"Bearer ", SecretReference::Source::file, "/run/k"});
  CHECK(server.credential_mode == CredentialMode::per_member);
  CHECK(server.availability == Availability::force_on);
  CHECK_FALSE(server.enabled);
  CHECK(server.allow == std::vector<std::string>{"read"});
  CHECK(server.deny == std::vector<std::string>{"write"});
  CHECK(server.timeout == 30s);
  CHECK(server.ca_file == "/etc/ca.pem");
  CHECK(server.pin_sha256 == std::string(62, 'a') + "bb");
  CHECK(server.pin_tools);
  CHECK(server.access == Access{false, {"ann"}, {"ops"}});
  CHECK(server.origin == ServerOrigin::catalog);
}

TEST_CASE("an entry with only what it needs has the documented defaults", "[gateway]") {
  const CatalogEntry entry = good_entry("description: ~\nclients:\noauth: null\nauth: ~");
  CHECK(entry.server.enabled);
  CHECK(entry.server.title == "a");
  CHECK(entry.server.auth == AuthType::none);
  CHECK(entry.server.timeout == 60s);
  CHECK(entry.server.access.everyone);
  CHECK_FALSE(entry.clients);
  CHECK_FALSE(entry.oauth);
}

TEST_CASE("an API key becomes one header", "[gateway]") {
  const auto plain = good_entry("auth: apiKey\napiKey: ${env:KEY}").headers;
  REQUIRE(plain.size() == 1);
  CHECK(plain[0] ==
        HeaderReference{"Authorization", {"Bearer ", SecretReference::Source::environment, "KEY"}});
  const auto named = good_entry("auth: apiKey\napiKey: ${env:KEY}\napiKeyHeader: X-Api-Key").headers;
  CHECK(named[0] == HeaderReference{"X-Api-Key", {"", SecretReference::Source::environment, "KEY"}});
}

TEST_CASE("an oauth mapping is read as clients read it", "[gateway]") {
  const std::string rest = "  scope: read\n  authorizationUrl: https://i/a\n  tokenUrl: https://i/t\n";
  const CatalogEntry entry = good_entry(
      "auth: oauth\noauth:\n  clientId: id\n  callbackPort: \"3118\"\n  callbackHost: ''\n" + rest);
  REQUIRE(entry.oauth);
  CHECK(*entry.oauth ==
        CatalogOAuth{"id", "read", "localhost", 3118, "https://i/a", "https://i/t", std::nullopt});
  CHECK(
      good_entry("oauth:\n  clientId: id\n  callbackPort: 65535\n  authorizationServer: [https://i]\n" + rest)
          .oauth->authorization_server == std::vector<std::string>{"https://i"});

  check_bad("oauth:\n  client_id: id\n  callbackPort: 1\n" + rest, "oauth.client_id", 6);
  check_bad("oauth:\n  clientId: ' '\n  callbackPort: 1\n" + rest, "oauth.clientId", 6);
  check_bad("oauth:\n  clientId: id\n  callbackPort: 0\n" + rest, "oauth.callbackPort", 7);
  check_bad("oauth:\n  clientId: id\n  callbackPort: 65536\n" + rest, "oauth.callbackPort", 7);
  check_bad("oauth:\n  clientId: id\n  callbackPort: 1\n  authorizationServer: https://i\n" + rest,
            "oauth.authorizationServer", 8);
  check_bad("oauth: true", "oauth");
}

TEST_CASE("a field that is wrong is named with its line", "[gateway]") {
  check_bad("enabled: maybe", "enabled");
  check_bad("enabled: 'yes'", "enabled");
  check_bad("timeout: 0", "timeout");
  check_bad("timeout: 601", "timeout");
  check_bad("timeout: 1m", "timeout");
  check_bad("title: 5", "title");
  check_bad("clients: desktop", "clients");
  check_bad("auth: bearer", "auth");
  check_bad("availability: on", "availability");
  check_bad("tools: {allow: []}", "tools.allow");
  check_bad("tools: {allowed: [a]}", "tools.allowed");
  check_bad("access: ~", "access");
  check_bad("access: everyone", "access");
  check_bad("ca: relative.pem", "ca");
  check_bad("certificate: abc", "certificate");
  check_bad("pin: sha256", "pin");
  check_bad("description: uses ${HOME}", "description");
  check_bad("headers: {X-Key: '${env:KEY}'}", "headers");
  check_bad("apiKey: ${env:KEY}", "apiKey");
  check_bad("auth: apiKey", "apiKey", 2);
  check_bad("apiKeyHeader: X-Key", "apiKeyHeader");
  check_bad("auth: headers\nheaders: {Host: '${env:KEY}'}", "headers", 6);
  check_bad("auth: headers\nheaders: {X-Key: '${env:KEY}', x-key: '${env:KEY}'}", "headers", 6);
}

TEST_CASE("an entry may have 20 headers", "[gateway]") {
  std::string headers = "auth: headers\nheaders:";
  for (int i = 0; i < 20; ++i) headers += cat("\n  X-", i, ": ${env:KEY}");
  CHECK(good_entry(headers).headers.size() == 20);
  check_bad(headers + "\n  X-20: ${env:KEY}", "headers", 7);
}

TEST_CASE("a secret in the catalog is refused and not repeated", "[gateway]") {
  for (const char* field :
       {"auth: apiKey\napiKey: s3cr3t-value", "auth: headers\nheaders: {X-Key: s3cr3t-value}",
        "enabled: s3cr3t-value", "timeout: s3cr3t-value", "transports: s3cr3t-value",
        "certificate: s3cr3t-value", "url: http://s3cr3t-value/"}) {
    const CatalogText parsed = parse_entry(field);
    REQUIRE_FALSE(parsed.problems.empty());
    for (const CatalogProblem& problem : parsed.problems)
      CHECK(to_text(problem, "f").find("s3cr3t") == std::string::npos);
  }
}

TEST_CASE("a URL that holds a credential is refused with its place and not repeated", "[gateway]") {
  for (const std::string key : {"api_key", "access_token", "TOKEN", "%61pi_key", "client_secret"}) {
    const CatalogText parsed =
        parse(cat("servers:\n  - name: a\n    transport: http\n    url: https://x.example/mcp?x=1&", key,
                  "=s3cr3t-value\n"));
    INFO(key);
    CHECK(parsed.entries.empty());
    REQUIRE(parsed.problems.size() == 2);  // the entry's, and that nothing is left
    CHECK(parsed.problems[1].line == 4);
    CHECK(parsed.problems[1].column == 10);
    CHECK(parsed.problems[1].field == "url");
    CHECK_THAT(parsed.problems[1].message, ContainsSubstring("credential"));
    CHECK_THAT(parsed.problems[1].message, !ContainsSubstring("s3cr3t"));
  }
  CHECK(parse("servers:\n  - {name: a, transport: http, url: 'https://x.example/mcp?workspace=1'}\n").usable);
}

TEST_CASE("an unknown field is refused with the one that was meant", "[gateway]") {
  const auto message = [](const std::string& more) { return parse_entry(more).problems.at(1).message; };
  CHECK(message("descripton: x") == "There is no field \"descripton\" here. Did you mean \"description\"?");
  CHECK(message("credential_mode: shared") ==
        "There is no field \"credential_mode\" here. Did you mean \"credentialMode\"?");
  CHECK(message("zzzzzzzz: x") == "There is no field \"zzzzzzzz\" here.");
}

TEST_CASE("a bad entry is dropped alone and the good ones keep their order", "[gateway]") {
  const CatalogText parsed = parse(
      "servers:\n"
      "  - {name: one, transport: http, url: https://one.example/}\n"
      "  - {name: two, transport: stdio, url: https://two.example/}\n"
      "  - {name: three, transport: http}\n"
      "  - {name: 4, transport: http, url: https://four.example/}\n"
      "  - text\n"
      "  - {name: six, transport: sse, url: http://six.example/}\n"
      "  - {name: seven, transport: sse, url: https://seven.example/}\n"
      "  - {name: ONE, transport: http, url: https://other.example/}\n");
  CHECK(parsed.usable);
  CHECK(parsed.dropped == 6);
  REQUIRE(parsed.entries.size() == 2);
  CHECK(parsed.entries[0].server.slug == "one");
  CHECK(parsed.entries[0].server.url == "https://one.example/");
  CHECK(parsed.entries[1].server.slug == "seven");

  REQUIRE(parsed.problems.size() == 6);
  CHECK(to_text(parsed.problems[0], "f.yaml") ==
        "f.yaml:3:28: entry \"two\", transport: The transport must be \"http\" or \"sse\"; programs on this "
        "machine "
        "cannot be in the catalog.");
  CHECK(to_text(parsed.problems[1], "f.yaml") ==
        "f.yaml:4:5: entry \"three\", url: The field \"url\" is missing.");
  CHECK(parsed.problems[2].field == "name");
  CHECK(parsed.problems[3].line == 6);
  CHECK(parsed.problems[4].message == "The URL must start with https://.");
  CHECK_THAT(parsed.problems[5].message, ContainsSubstring("lines 2 and 9"));
}

TEST_CASE("names that YAML reads as numbers or truth values need quotes", "[gateway]") {
  for (const char* name : {"0777", "12", "1_000", "0x1F", "1e5", "true", "-5"}) {
    INFO(name);
    CHECK_FALSE(
        parse(cat("servers: [{name: ", name, ", transport: http, url: 'https://x.example/'}]")).usable);
    CHECK(parse(cat("servers: [{name: '", name, "', transport: http, url: 'https://x.example/'}]")).usable);
  }
  for (const char* name : {"no", "12a", "a-1", "x1_2", "0xyz", "1-2"})
    CHECK(parse(cat("servers: [{name: ", name, ", transport: http, url: 'https://x.example/'}]")).usable);
}

TEST_CASE("only an empty list says that the catalog is empty", "[gateway]") {
  CHECK(parse("servers: []").usable);
  CHECK(parse("\xEF\xBB\xBFservers: []").usable);
  CHECK(parse("---\nservers: []\n...\n").usable);
  check_refused("", 1, 1, "empty");
  check_refused("# nothing\n", 1, 1, "empty");
  check_refused("servers: ~", 1, 10, "must be a list");
  check_refused("servers: 5", 1, 10, "must be a list");
  check_refused("[]", 1, 1, "must begin with");
  check_refused("{}", 1, 1, "missing");
  check_refused("severs: []", 1, 1, "Did you mean \"servers\"?");
  check_refused("servers:\n  - {name: a}\n", 2, 3, "Not one entry is good");
}

TEST_CASE("what YAML can do beyond values is refused with its place", "[gateway]") {
  check_refused("servers: &s []", 1, 10, "Anchors");
  check_refused("servers: *s", 1, 10, "Aliases");
  check_refused("servers: !!seq []", 1, 10, "Tags");
  check_refused("servers: !!null ~", 1, 10, "Tags");
  check_refused("servers: !x", 1, 10, "Tags");
  check_refused("servers: []\n!!str x: y", 2, 1, "Tags");
  check_refused("servers:\n  - <<: {a: b}\n", 2, 5, "Merge keys");
  check_refused("servers: []\n---\nservers: []\n", 2, 1, "second document");
  check_refused("servers: []\n'servers': []\n", 2, 1, "twice, first in line 1");
  check_refused("servers: []\n? [a]\n: b\n", 2, 3, "A key must be plain text");
  check_refused("servers: []\n\x04\n", 2, 1, "control character");
  check_refused("servers: []\nb: \xC3(\n", 2, 4, "UTF-8");
  check_refused("servers: [\n", 2, 1, "not YAML");
}

TEST_CASE("values may be nested 16 levels deep", "[gateway]") {
  const auto nested = [](int n) {
    return cat("a: ", std::string(std::size_t(n), '['), std::string(std::size_t(n), ']'));
  };
  check_refused(nested(15), 1, 1, "There is no field");
  check_refused(nested(16), 1, 19, "16 levels");
}

TEST_CASE("a mapping may have 64 keys", "[gateway]") {
  std::string text = "servers: []\n";
  for (int i = 1; i < 64; ++i) text += cat("k", i, ": v\n");
  check_refused(text, 2, 1, "There is no field");
  check_refused(text + "last: v\n", 65, 1, "64 keys");
}

TEST_CASE("a catalog may hold so many values and not one more", "[gateway]") {
  // Twelve values: the mapping, its key, the list, the entry and its four pairs.
  const std::string text =
      "servers:\n  - name: a\n    transport: http\n    url: https://x.example/mcp\n    title: A\n";
  CHECK(parse_catalog(text, accept_any, 13).usable);
  CHECK(parse_catalog(text, accept_any, 12).usable);
  const CatalogText parsed = parse_catalog(text, accept_any, 11);
  CHECK_FALSE(parsed.usable);
  REQUIRE(parsed.problems.size() == 1);
  CHECK(parsed.problems[0].line == 5);
  CHECK(parsed.problems[0].column == 12);
  CHECK_THAT(parsed.problems[0].message, ContainsSubstring("11 values"));
}

TEST_CASE("megabytes of tiny values are given up at the limit", "[gateway]") {
  std::string text = "servers:\n  - tools:\n      allow:\n";
  while (text.size() < 9 * 1024 * 1024) text += "      - a\n";
  const CatalogText parsed = parse_catalog(text, accept_any, 20'000);
  REQUIRE(parsed.problems.size() == 1);
  CHECK(parsed.problems[0].line == 4 + 20'000 - 8);
}

TEST_CASE("a list in brackets that never ends is given up early", "[gateway]") {
  std::string text = "servers:\n  ";
  for (int i = 0; i < 200'000; ++i) text += "[\n  ";
  check_refused(text, 2, 3, "128 KiB");
}

TEST_CASE("a catalog may have 16 MiB", "[gateway]") {
  const std::string line = "# " + std::string(1021, 'x') + "\n";
  std::string text = "servers:\n";
  while (text.size() + line.size() <= max_catalog_bytes / 128) text += line;
  CHECK(parse(text + "  []").usable);
  check_refused(std::string(max_catalog_bytes + 1, ' '), 1, 1, "16 MiB");
  CHECK(parse(std::string(max_catalog_bytes, ' ')).problems.at(0).message.find("16 MiB") ==
        std::string::npos);
}

TEST_CASE("the documented example is a good catalog", "[gateway]") {
  const std::string text = read_file(PATCHBAY_SOURCE_DIR "/managed-servers.example.yaml", max_catalog_bytes);
  const CatalogText parsed = parse_catalog(text, accept_any);
  for (const CatalogProblem& problem : parsed.problems)
    FAIL_CHECK(to_text(problem, "managed-servers.example.yaml"));
  CHECK(parsed.entries.size() >= 5);
}

TEST_CASE("a damaged catalog never ends the process", "[gateway]") {
  const std::string good = read_file(PATCHBAY_SOURCE_DIR "/managed-servers.example.yaml", max_catalog_bytes);
  const std::string_view bits = "\n\t :-[]{}#&*!|>'\"%@`,?<\\x80";
  std::uint32_t state = 1;
  const auto next = [&state](std::size_t limit) {
    state = state * 1664525U + 1013904223U;
    return (state >> 8U) % limit;
  };
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::string text = good;
    for (int i = 0; i < 3; ++i) text[next(text.size())] = bits[next(bits.size())];
    if (round % 5 == 0) text.resize(next(text.size()));
    const CatalogText parsed = parse_catalog(text, accept_any);
    if (!parsed.usable) ++refused;
    CHECK((parsed.usable || !parsed.problems.empty()));
  }
  CHECK(refused > 0);
}
