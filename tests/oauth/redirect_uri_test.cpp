#include "oauth/redirect_uri.h"

#include "oauth/app_metadata.h"
#include "support/catch.h"

using namespace patchbay;
using oauth::matches_redirect_uri;
using oauth::parse_redirect_uri;

TEST_CASE("the redirect URIs of real clients are taken", "[oauth]") {
  for (const char* uri :
       {"http://localhost:51515/callback", "http://127.0.0.1:53280/callback",
        "https://claude.ai/api/mcp/auth_callback", "https://chatgpt.com/connector_platform_oauth_redirect",
        "cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback",
        "http://127.0.0.1:33418", "http://127.0.0.1:33418/", "https://vscode.dev/redirect",
        "http://localhost:7777/oauth/callback", "http://127.0.0.1:1456/mcp/oauth/callback",
        "http://127.0.0.1:33389/mcp-oauth-callback", "http://[::1]:1/cb", "grokbot://mcp/oauth/callback",
        "https://global.consent.azure-apim.net/redirect/x"}) {
    INFO(uri);
    CHECK(parse_redirect_uri(uri));
    CHECK(matches_redirect_uri(uri, uri));
  }
}

TEST_CASE("only the port of a loopback redirect is free", "[oauth]") {
  CHECK(matches_redirect_uri("http://127.0.0.1/cb", "http://127.0.0.1:1/cb"));
  CHECK(matches_redirect_uri("http://localhost:1/cb?x=1", "http://localhost:65535/cb?x=1"));
  CHECK_FALSE(matches_redirect_uri("http://127.0.0.1/cb", "http://localhost/cb"));
  CHECK_FALSE(matches_redirect_uri("http://127.0.0.1/cb", "http://127.0.0.1/cb/"));
  CHECK_FALSE(matches_redirect_uri("http://127.0.0.1/cb", "http://127.0.0.1/cb?x"));
  CHECK_FALSE(matches_redirect_uri("http://127.0.0.1/cb", "http://127.0.0.1:1/cb#x"));
  CHECK_FALSE(matches_redirect_uri("http://127.0.0.1", "http://127.0.0.1/"));
  CHECK_FALSE(matches_redirect_uri("https://127.0.0.1/cb", "https://127.0.0.1:1/cb"));
  CHECK_FALSE(matches_redirect_uri("cursor://a/cb", "cursor://a:1/cb"));
  CHECK_FALSE(matches_redirect_uri("javascript:x", "javascript:x"));  // whatever the store holds
}

TEST_CASE("an admin's list of hosts is for web sites alone", "[oauth]") {
  const std::vector<std::string> hosts = {"claude.ai"};
  CHECK(oauth::is_allowed(*parse_redirect_uri("https://claude.ai/cb"), hosts));
  CHECK(oauth::is_allowed(*parse_redirect_uri("https://claude.ai:8443/cb"), hosts));
  CHECK_FALSE(oauth::is_allowed(*parse_redirect_uri("https://evil.claude.ai/cb"), hosts));
  CHECK(oauth::is_allowed(*parse_redirect_uri("http://127.0.0.1/cb"), hosts));
  CHECK(oauth::is_allowed(*parse_redirect_uri("cursor://x"), hosts));
}

TEST_CASE("a client_id is the address of a document only where nobody can read it otherwise", "[oauth]") {
  CHECK(oauth::is_document_id("https://app.example/client.json"));
  CHECK(oauth::is_document_id("https://app.example/a/b?c=d"));
  for (const char* bad : {"https://app.example", "https://app.example/", "http://app.example/client.json",
                          "https://user@app.example/c", "https://app.example/c#x", "https://app.example/../c",
                          "https://app.example/%2e%2e/c", "https://app.example\\@evil/c", "x", ""}) {
    INFO(bad);
    CHECK_FALSE(oauth::is_document_id(bad));
  }
}

TEST_CASE("how long a document is fresh is what it says, within bounds", "[oauth]") {
  using std::chrono::seconds;
  CHECK(oauth::document_freshness("") == seconds(300));
  CHECK(oauth::document_freshness("public, max-age=3600") == seconds(3600));
  CHECK(oauth::document_freshness("max-age=1") == seconds(300));
  CHECK(oauth::document_freshness("max-age=999999999999") == seconds(86400));
  CHECK(oauth::document_freshness("max-age=-5") == seconds(300));
  CHECK(oauth::document_freshness("no-store") == seconds(300));
}
