#include "oauth/quirks.h"

#include <fstream>
#include <set>
#include <sstream>

#include "base/text.h"
#include "oauth/metadata.h"
#include "support/catch.h"

using namespace patchbay;
using namespace patchbay::oauth;

namespace {

std::string entry(std::string_view more) {
  return cat(R"({"providers":[{"id":"x","name":"X","host_names":["x.example"],"source":"y")", more, "}]}");
}

}  // namespace

TEST_CASE("the file of providers is built in and reads as it should", "[oauth]") {
  std::set<std::string> ids;
  for (const Quirks& quirks : all_quirks()) {
    CHECK(ids.insert(quirks.id).second);
    CHECK_FALSE(quirks.host_names.empty());
  }
  CHECK(ids == std::set<std::string>{"atlassian", "entra", "github", "google", "ibm", "slack"});
  CHECK(quirks_for({"accounts.google.com"}).authorize_parameters ==
        std::vector<std::pair<std::string, std::string>>{{"access_type", "offline"}, {"prompt", "consent"}});
  CHECK_FALSE(quirks_for({"login.microsoftonline.com"}).send_resource);
  CHECK(quirks_for({"login.microsoftonline.com"}).assume_pkce);
  CHECK(quirks_for({"iam.cloud.ibm.com"}).client_auth == ClientAuth::basic);
  CHECK(quirks_for({"mcp.slack.com"}).tokens.token_types == std::vector<std::string>{"user"});
}

TEST_CASE("a provider matches by host or by the end of one, never by looks", "[oauth]") {
  CHECK(quirks_for({"bigquery.googleapis.com"}).id == "google");
  CHECK(quirks_for({"github.com"}).id == "github");
  for (const char* host : {"notgoogleapis.com", "googleapis.com.evil.example", "evil.example", "", "com",
                           "slack.com.", "myslack.com"})
    CHECK(quirks_for({host}).id.empty());
  CHECK(quirks_for({"as.example", "mcp.slack.com", "github.com"}).id == "slack");
  const Quirks& none = quirks_for({});
  CHECK(none.send_resource);
  CHECK_FALSE(none.client_auth.has_value());
  CHECK(none.register_by_hand.empty());
}

TEST_CASE("an entry with an unknown key or a wrong kind is refused", "[oauth]") {
  CHECK(parse_quirks(entry("")).size() == 1);
  CHECK(parse_quirks(R"({"providers":[]})").empty());
  for (const char* more :
       {R"(,"send_resourse":false)", R"(,"send_resource":"no")", R"(,"client_auth":"private_key_jwt")",
        R"(,"authorize_parameters":{"prompt":1})", R"(,"endpoint_origins":["http://x.example"])",
        R"(,"endpoint_origins":["https://x.example/path"])", R"(,"issuers":["x"])",
        R"(,"token_types":"user")"}) {
    INFO(more);
    CHECK_THROWS_MATCHES(parse_quirks(entry(more)), Error, HasId("oauth_providers"));
  }
  for (const char* text :
       {"", "[]", R"({"providers":[{}]})", R"({"providers":[],"more":1})",
        R"({"providers":[{"id":"x","name":"X","host_names":["https://x.example"],"source":"y"}]})"}) {
    INFO(text);
    CHECK_THROWS_MATCHES(parse_quirks(text), Error, HasId("oauth_providers"));
  }
}

TEST_CASE("docs/oauth-providers.md has a line for each provider", "[oauth]") {
  std::ifstream file(PATCHBAY_SOURCE_DIR "/docs/oauth-providers.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const Quirks& quirks : all_quirks())
    CHECK_THAT(text.str(), ContainsSubstring(cat("| ", quirks.name, " |")));
}

TEST_CASE("Slack's and Atlassian's metadata are taken with their entries, and only with these", "[oauth]") {
  const std::string slack =
      R"({"issuer":"https://slack.com","authorization_endpoint":"https://slack.com/oauth/v2_user/authorize",
          "token_endpoint":"https://slack.com/api/oauth.v2.user.access","code_challenge_methods_supported":["S256"]})";
  const std::string asked = "https://mcp.slack.com";
  const Quirks& quirks = quirks_for({"mcp.slack.com"});
  EndpointRules rules;
  CHECK_THROWS_MATCHES(parse_server_metadata(slack, asked, rules), Error, HasId("oauth_issuer_mismatch"));
  rules.accepted_issuers = quirks.issuers;
  rules.allowed_origins = quirks.endpoint_origins;
  CHECK(parse_server_metadata(slack, asked, rules).issuer == asked);
  std::string other = slack;  // as it was in August 2026
  other.replace(other.find("https://slack.com"), 17, asked);
  CHECK(parse_server_metadata(other, asked, rules).issuer == asked);
}
