#include "oauth/metadata.h"

#include "base/json.h"
#include "base/text.h"
#include "support/catch.h"

using namespace patchbay;
using namespace patchbay::oauth;

namespace {

const EndpointRules strict;

Json document(const std::string& issuer = "https://as.example") {
  return {{"issuer", issuer},
          {"authorization_endpoint", "https://as.example/authorize"},
          {"token_endpoint", "https://as.example/token"},
          {"code_challenge_methods_supported", {"plain", "S256"}}};
}

Json with(std::string_view field, const Json& value) {
  Json json = document();
  json[std::string(field)] = value;
  return json;
}

ServerMetadata parse(const Json& json, const EndpointRules& rules = strict,
                     std::string_view issuer = "https://as.example") {
  return parse_server_metadata(json.dump(), issuer, rules);
}

std::string id_of(const Json& json, const EndpointRules& rules = strict,
                  std::string_view issuer = "https://as.example") {
  try {
    parse(json, rules, issuer);
  } catch (const Error& error) {
    CHECK(error.kind() == Error::Kind::upstream);
    return error.id();
  }
  return "taken";
}

std::string resource_id(const std::string& resource, const std::string& server = "https://u.example/mcp") {
  try {
    const Json json = {{"resource", resource}, {"authorization_servers", {"https://as.example"}}};
    parse_resource_metadata(json.dump(), parse_url(server), strict);
  } catch (const Error& error) {
    return error.id();
  }
  return "taken";
}

std::vector<std::string> texts(const std::vector<Url>& urls) {
  std::vector<std::string> out;
  for (const Url& url : urls) out.push_back(url.text());
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a resource's metadata are looked for below its path, then at the root", "[oauth]") {
  CHECK(texts(resource_metadata_places(parse_url("https://u.example:8443/v1/mcp?t=1"))) ==
        Texts{"https://u.example:8443/.well-known/oauth-protected-resource/v1/mcp?t=1",
              "https://u.example:8443/.well-known/oauth-protected-resource"});
  CHECK(texts(resource_metadata_places(parse_url("https://u.example"))) ==
        Texts{"https://u.example/.well-known/oauth-protected-resource"});
  CHECK(texts(resource_metadata_places(parse_url("https://u.example/?t=1"))).front() ==
        "https://u.example/.well-known/oauth-protected-resource?t=1");
}

TEST_CASE("an issuer's metadata are looked for where RFC 8414 and OpenID Connect put them", "[oauth]") {
  CHECK(texts(issuer_metadata_places(parse_url("https://as.example/t1"))) ==
        Texts{"https://as.example/.well-known/oauth-authorization-server/t1",
              "https://as.example/.well-known/openid-configuration/t1",
              "https://as.example/t1/.well-known/openid-configuration"});
  const Texts roots = {"https://as.example/.well-known/oauth-authorization-server",
                       "https://as.example/.well-known/openid-configuration"};
  CHECK(texts(issuer_metadata_places(parse_url("https://as.example"))) == roots);
  CHECK(texts(issuer_metadata_places(parse_url("https://as.example/"))) == roots);
}

TEST_CASE("resource metadata fit the server byte for byte and segment by segment", "[oauth]") {
  for (const char* resource :
       {"https://u.example/mcp", "https://u.example", "https://u.example/", "https://U.example/mcp",
        "https://u.example/mcp/", "https://u.example:443/mcp"})
    CHECK(resource_id(resource) == "taken");
  for (const char* resource :
       {"https://other.example/mcp", "https://u.example/mcp-evil", "https://u.example/mc",
        "http://u.example/mcp", "https://u.example:8443/mcp", "https://u.example/mcp/deeper",
        "https://u.example/a/../mcp", "https://u.example/mcp?x=1", "https://u.example/mcp#f",
        "https://u.example@evil.example/mcp", "urn:mcp", ""})
    CHECK(resource_id(resource) == "oauth_resource_mismatch");
  CHECK(resource_id("https://u.example/mcp?x=1", "https://u.example/mcp?x=1") == "taken");
  CHECK(resource_id("https://u.example/v1/mcp", "https://u.example/v1/mcp/tools") == "taken");

  const auto metadata = parse_resource_metadata(
      R"({"resource":"https://u.example","authorization_servers":["https://as.example/t1/"],"scopes_supported":["a","b"],"new":[[1]]})",
      parse_url("https://u.example/mcp"), strict);
  CHECK(metadata.resource == "https://u.example");  // no slash is added
  CHECK(metadata.authorization_servers == Texts{"https://as.example/t1/"});
  CHECK(metadata.scopes_supported == Texts{"a", "b"});
}

TEST_CASE("resource metadata with a wrong type or an unsafe issuer are refused", "[oauth]") {
  const Url server = parse_url("https://u.example/mcp");
  for (const char* text : {"[]", "<html>", "", R"({"resource":1})",
                           R"({"resource":"https://u.example/mcp","authorization_servers":"x"})",
                           R"({"resource":"https://u.example/mcp","authorization_servers":[1]})"})
    CHECK_THROWS_MATCHES(parse_resource_metadata(text, server, strict), Error, HasId("oauth_bad_metadata"));
  for (const char* issuer :
       {"http://as.example", "javascript:alert(1)", "https://as.example?x=1", "https://as.example#f"}) {
    const Json json = {{"resource", "https://u.example/mcp"}, {"authorization_servers", {issuer}}};
    CHECK_THROWS_MATCHES(parse_resource_metadata(json.dump(), server, strict), Error,
                         HasId("oauth_bad_endpoint"));
  }
  CHECK(parse_resource_metadata(R"({"resource":"https://u.example/mcp"})", server, strict)
            .authorization_servers.empty());
}

TEST_CASE("server metadata are read with what a client decides on", "[oauth]") {
  Json json = document();
  json["registration_endpoint"] = "https://as.example/register";
  json["revocation_endpoint"] = "https://as.example/revoke";
  json["scopes_supported"] = {"openid", "offline_access"};
  json["token_endpoint_auth_methods_supported"] = {"none", "client_secret_post"};
  json["grant_types_supported"] = {"authorization_code"};
  json["client_id_metadata_document_supported"] = true;
  json["authorization_response_iss_parameter_supported"] = true;
  json["jwks_uri"] = 7;  // not ours to judge
  const auto metadata = parse(json);
  CHECK(metadata.issuer == "https://as.example");
  CHECK(metadata.iss == "https://as.example");
  CHECK(metadata.token_endpoint.text() == "https://as.example/token");
  CHECK(metadata.registration_endpoint->text() == "https://as.example/register");
  CHECK(metadata.revocation_endpoint->text() == "https://as.example/revoke");
  CHECK(metadata.lists_scope("offline_access"));
  CHECK_FALSE(metadata.lists_scope("offline"));
  CHECK(metadata.token_auth_methods == Texts{"none", "client_secret_post"});
  CHECK(metadata.grant_types == Texts{"authorization_code"});
  CHECK(metadata.takes_client_documents);
  CHECK(metadata.promises_iss);
  CHECK_FALSE(metadata.is_guess);
  CHECK_FALSE(parse(document()).promises_iss);
}

TEST_CASE("the issuer in the document is the one that was asked for, to the last slash", "[oauth]") {
  CHECK(id_of(document("https://honest.example")) == "oauth_issuer_mismatch");
  CHECK(id_of(document("https://as.example/")) == "oauth_issuer_mismatch");
  CHECK(id_of(document("https://AS.example")) == "oauth_issuer_mismatch");
  CHECK(id_of(document("https://as.example/t1/"), strict, "https://as.example/t1") ==
        "oauth_issuer_mismatch");
  CHECK(id_of(document("https://as.example/t1/"), strict, "https://as.example/t1/") == "taken");

  EndpointRules known;
  known.accepted_issuers = {"https://as.example"};
  known.allowed_origins = {};
  const auto metadata = parse(document(), known, "https://mcp.example");
  CHECK(metadata.issuer == "https://mcp.example");
  CHECK(metadata.iss == "https://as.example");
  CHECK(id_of(document("https://evil.example"), known, "https://mcp.example") == "oauth_issuer_mismatch");
}

TEST_CASE("without PKCE by S256 there is no sign-in", "[oauth]") {
  Json none = document();
  none.erase("code_challenge_methods_supported");
  CHECK(id_of(none) == "oauth_pkce_unsupported");
  CHECK(id_of(with("code_challenge_methods_supported", {"plain"})) == "oauth_pkce_unsupported");
  CHECK(id_of(with("code_challenge_methods_supported", Json::array())) == "oauth_pkce_unsupported");
  CHECK(id_of(with("code_challenge_methods_supported", "S256")) == "oauth_bad_metadata");
  EndpointRules silent;
  silent.assume_pkce = true;
  CHECK(id_of(none, silent) == "taken");
  CHECK(id_of(with("code_challenge_methods_supported", {"plain"}), silent) == "oauth_pkce_unsupported");
}

TEST_CASE("an endpoint is plain https, without fragment, user or shell characters", "[oauth]") {
  for (const char* url :
       {"javascript:alert(document.cookie)", "http://as.example/authorize", "https://as.example/a#frag",
        "https://as.example/$(calc)`id`|&cmd", "https://as.example/$(calc)", "https://as.example/a'b",
        "https://as.example/<x>", "https://u:p@as.example/a", "data:text/html,x", "", "/authorize",
        "https://as.example/a b", "https://127.1/a"}) {
    INFO(url);
    CHECK(id_of(with("authorization_endpoint", url)) == "oauth_bad_endpoint");
    CHECK(id_of(with("token_endpoint", url)) == "oauth_bad_endpoint");
    CHECK(id_of(with("registration_endpoint", url)) == "oauth_bad_endpoint");
    CHECK(id_of(with("revocation_endpoint", url)) == "oauth_bad_endpoint");
  }
}

TEST_CASE("an authorization endpoint keeps its query but brings no parameter of ours", "[oauth]") {
  const auto kept = parse(with("authorization_endpoint", "https://as.example/a?tenant=1&p=b%20c"));
  CHECK(kept.authorization_endpoint.text() == "https://as.example/a?tenant=1&p=b%20c");
  for (const char* query :
       {"state=x&redirect_uri=https://evil.example", "a=1&State=x", "%73tate=x", "client_id", "resource[]=x",
        "response_mode=fragment", "request_uri=urn:x", "a=%zz", "a=%00", "code_challenge_method=plain"}) {
    INFO(query);
    CHECK(id_of(with("authorization_endpoint", cat("https://as.example/a?", query))) == "oauth_bad_endpoint");
  }
}

TEST_CASE("endpoints lie on the issuer's origin unless an admin allowed another", "[oauth]") {
  EndpointRules allowing;
  allowing.allowed_origins = {"https://other.example"};
  for (const char* field :
       {"token_endpoint", "authorization_endpoint", "registration_endpoint", "revocation_endpoint"}) {
    INFO(field);
    CHECK(id_of(with(field, "https://evil.example/x")) == "oauth_foreign_endpoint");
    CHECK(id_of(with(field, "https://as.example:8443/x")) == "oauth_foreign_endpoint");
    CHECK(id_of(with(field, "https://as.example.evil.example/x"), allowing) == "oauth_foreign_endpoint");
    CHECK(id_of(with(field, "https://other.example/x"), allowing) == "taken");
  }
}

TEST_CASE("http serves this machine alone, and only where that is switched on", "[oauth]") {
  EndpointRules development;
  development.http_on_loopback = true;
  for (const char* origin : {"http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000"}) {
    Json json = {{"issuer", origin},
                 {"authorization_endpoint", cat(origin, "/authorize")},
                 {"token_endpoint", cat(origin, "/token")},
                 {"code_challenge_methods_supported", {"S256"}}};
    CHECK(id_of(json, development, origin) == "taken");
    CHECK(id_of(json, strict, origin) == "oauth_bad_endpoint");
  }
  for (const char* origin : {"http://192.168.0.1:9000", "http://localhost.example", "http://169.254.169.254"})
    CHECK_THROWS_MATCHES(checked_endpoint(origin, "token_endpoint", development), Error,
                         HasId("oauth_bad_endpoint"));
}

TEST_CASE("metadata of wrong types, sizes and depths are refused", "[oauth]") {
  CHECK(id_of(with("issuer", {"https://as.example"})) == "oauth_bad_metadata");
  CHECK(id_of(with("token_endpoint", 5)) == "oauth_bad_metadata");
  CHECK(id_of(with("scopes_supported", "a b")) == "oauth_bad_metadata");
  CHECK(id_of(with("client_id_metadata_document_supported", "true")) == "oauth_bad_metadata");
  CHECK(id_of(Json::array()) == "oauth_bad_metadata");
  CHECK(id_of(with("registration_endpoint", nullptr)) == "taken");
  Json missing = document();
  missing.erase("token_endpoint");
  CHECK(id_of(missing) == "oauth_bad_metadata");

  const auto raw = [](const std::string& text) {
    try {
      parse_server_metadata(text, "https://as.example", strict);
    } catch (const Error& error) {
      return error.id();
    }
    return std::string("taken");
  };
  CHECK(raw(std::string(5000, '[')) == "oauth_bad_metadata");
  CHECK(raw("<!doctype html>") == "oauth_bad_metadata");
  std::string padded = document().dump();
  padded.append(longest_metadata - padded.size(), ' ');
  CHECK(raw(padded) == "taken");
  CHECK(raw(padded + " ") == "oauth_bad_metadata");
}

TEST_CASE("a sentence about bad metadata names the host and the field and repeats nothing", "[oauth]") {
  try {
    parse(with("token_endpoint", "javascript:<script>"));
    FAIL("taken");
  } catch (const Error& error) {
    CHECK_THAT(error.message(), ContainsSubstring("token_endpoint") && !ContainsSubstring("script"));
  }
  try {
    parse(with("scopes_supported", {{"<script>", 1}}));
    FAIL("taken");
  } catch (const Error& error) {
    CHECK_THAT(error.message(), ContainsSubstring("as.example") && ContainsSubstring("scopes_supported") &&
                                    !ContainsSubstring("script"));
  }
}

TEST_CASE("the place that a challenge names is on the server's origin or an allowed one", "[oauth]") {
  const Url server = parse_url("https://u.example/mcp");
  EndpointRules allowing;
  allowing.allowed_origins = {"https://meta.example", "http://meta.example"};
  CHECK(checked_resource_metadata("https://u.example/prm", server, strict).text() == "https://u.example/prm");
  CHECK_THROWS_MATCHES(checked_resource_metadata("https://evil.example/prm", server, strict), Error,
                       HasId("oauth_foreign_endpoint"));
  CHECK(checked_resource_metadata("https://meta.example/prm", server, allowing).host == "meta.example");
  for (const char* bad : {"", "/prm", "javascript:x", "http://meta.example/prm"})
    CHECK_THROWS_MATCHES(checked_resource_metadata(bad, server, allowing), Error,
                         HasId("oauth_bad_endpoint"));
}

TEST_CASE("a server of 2025-03-26 without metadata has its endpoints at its origin", "[oauth]") {
  const auto guess = fallback_metadata(parse_url("https://u.example:8443/v1/mcp?x=1"));
  CHECK(guess.issuer == "https://u.example:8443");
  CHECK(guess.iss == guess.issuer);
  CHECK(guess.authorization_endpoint.text() == "https://u.example:8443/authorize");
  CHECK(guess.token_endpoint.text() == "https://u.example:8443/token");
  CHECK(guess.registration_endpoint->text() == "https://u.example:8443/register");
  CHECK(guess.is_guess);
}

TEST_CASE("what discovery found survives being stored", "[oauth]") {
  Discovery discovery;
  Json json = with("registration_endpoint", "https://as.example/register");
  json["scopes_supported"] = {"a"};
  json["authorization_response_iss_parameter_supported"] = true;
  discovery.server = parse(json);
  discovery.resource = "https://U.example:443/mcp/";
  discovery.resource_scopes = {"a", "b"};
  CHECK(discovery_from_json_text(to_json_text(discovery)) == discovery);

  Discovery guess;
  guess.server = fallback_metadata(parse_url("http://127.0.0.1:9000/mcp"));
  CHECK(discovery_from_json_text(to_json_text(guess)) == guess);
  for (const char* text : {"", "{}", "[]", R"({"issuer":1})"})
    CHECK_THROWS_MATCHES(discovery_from_json_text(text), Error, HasId("oauth_stored_metadata"));
}
