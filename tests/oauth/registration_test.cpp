#include "oauth/registration.h"

#include "base/json.h"
#include "base/text.h"
#include "support/catch.h"

using namespace patchbay;
using namespace patchbay::oauth;

namespace {

ServerMetadata server_with(std::vector<std::string> auth_methods) {
  ServerMetadata server;
  server.issuer = "https://as.example";
  server.token_endpoint = parse_url("https://as.example/token");
  server.token_auth_methods = std::move(auth_methods);
  return server;
}

ClientWish wish() {
  return {"https://gate.example/oauth/callback", "https://gate.example", "a b"};
}

RegisteredClient read(const Json& answer, const std::vector<std::string>& methods = {"none"}) {
  return parse_registration(201, "application/json", answer.dump(), server_with(methods), wish());
}

void check_refused(const Json& answer) {
  INFO(answer.dump());
  CHECK_THROWS_MATCHES(read(answer), Error, HasId("oauth_registration_refused"));
}

}  // namespace

TEST_CASE("we ask to be a public web client with our one return address", "[oauth]") {
  const Json body = Json::parse(registration_body(server_with({}), wish()));
  CHECK(body["client_name"] == "Patchbay");
  CHECK(body["client_uri"] == "https://gate.example");
  CHECK(body["redirect_uris"] == Json({"https://gate.example/oauth/callback"}));
  CHECK(body["grant_types"] == Json({"authorization_code", "refresh_token"}));
  CHECK(body["response_types"] == Json({"code"}));
  CHECK(body["token_endpoint_auth_method"] == "none");
  CHECK(body["application_type"] == "web");
  CHECK(body["scope"] == "a b");
}

TEST_CASE("what we ask for follows what the server lists", "[oauth]") {
  ServerMetadata server = server_with({"client_secret_post", "client_secret_basic"});
  server.grant_types = {"authorization_code"};
  ClientWish local{"http://127.0.0.1:8080/oauth/callback", "http://127.0.0.1:8080", ""};
  const Json body = Json::parse(registration_body(server, local));
  CHECK(body["token_endpoint_auth_method"] == "client_secret_basic");
  CHECK(body["grant_types"] == Json({"authorization_code"}));
  CHECK(body["application_type"] == "native");
  CHECK_FALSE(body.contains("scope"));
  CHECK_THROWS_MATCHES(registration_body(server_with({"private_key_jwt"}), wish()), Error,
                       HasId("oauth_client_auth"));
}

TEST_CASE("the answer's identifier, secret and way of proof are used as told", "[oauth]") {
  const auto plain = read({{"client_id", "c1"}});
  CHECK(plain.identity.id == "c1");
  CHECK_FALSE(plain.identity.secret.has_value());
  CHECK(plain.identity.auth == ClientAuth::none);
  CHECK_FALSE(plain.secret_expires_at.has_value());

  // oauth-034: none was asked for
  const auto secret = read({{"client_id", "c1"},
                            {"client_secret", "s"},
                            {"token_endpoint_auth_method", "client_secret_basic"},
                            {"client_secret_expires_at", 1'800'000'000}});
  CHECK(secret.identity.secret->reveal() == "s");
  CHECK(secret.identity.auth == ClientAuth::basic);
  CHECK(secret.secret_expires_at == Instant{1'800'000'000'000});

  const Json silent = {{"client_id", "c1"}, {"client_secret", "s"}, {"client_secret_expires_at", 0}};
  CHECK(read(silent, {"client_secret_post"}).identity.auth == ClientAuth::post);
  CHECK(read(silent, {"none", "client_secret_post"}).identity.auth == ClientAuth::post);
  CHECK(read(silent, {}).identity.auth == ClientAuth::basic);
  CHECK_FALSE(read(silent).secret_expires_at.has_value());
  CHECK(read({{"client_id", "c1"}, {"client_secret", ""}}).identity.auth == ClientAuth::none);
  CHECK(read({{"client_id", "c1"}, {"redirect_uris", {"https://gate.example/oauth/callback"}}}).identity.id ==
        "c1");
}

TEST_CASE("an answer that does not fit what was asked is refused", "[oauth]") {
  check_refused({{"client_id", "c1"}, {"redirect_uris", {"https://evil.example/cb"}}});
  check_refused({{"client_id", "c1"},
                 {"redirect_uris", {"https://gate.example/oauth/callback", "https://evil.example/cb"}}});
  check_refused({{"client_id", "c1"}, {"redirect_uris", Json::array()}});
  check_refused({{"client_id", "c1"}, {"token_endpoint_auth_method", "private_key_jwt"}});
  check_refused({{"client_id", "c1"}, {"token_endpoint_auth_method", "client_secret_basic"}});
  check_refused({{"client_id", "c1"}, {"client_secret", "a\r\nb"}});
  check_refused({{"client_id", "c1"}, {"client_secret", std::string(1025, 's')}});
  check_refused(Json::object());
  check_refused(Json::array());
}

TEST_CASE("an identifier is 1 to 1024 visible characters", "[oauth]") {
  CHECK(read({{"client_id", std::string(1024, 'c')}}).identity.id.size() == 1024);
  check_refused({{"client_id", std::string(1025, 'c')}});
  check_refused({{"client_id", std::string(10240, 'c')}});
  for (const char* id : {"", "a\nb", "a b", "\xc3\xa9"}) check_refused({{"client_id", id}});
  check_refused({{"client_id", 5}});
}

TEST_CASE("a refused registration says what to do and keeps the provider's words for the log", "[oauth]") {
  const auto server = server_with({});
  try {
    parse_registration(400, "application/json",
                       R"({"error":"invalid_redirect_uri","error_description":"<b>no</b>"})", server, wish());
    FAIL("taken");
  } catch (const Error& error) {
    CHECK(error.id() == "oauth_registration_refused");
    CHECK_THAT(error.message(),
               ContainsSubstring("as.example") && !ContainsSubstring("invalid_redirect_uri"));
    CHECK(error.detail() == "status 400, error invalid_redirect_uri: <b>no</b>");
  }
  for (const auto& [status, type, body] :
       {std::tuple(500, "text/html", "<html>"), std::tuple(200, "text/html", R"({"client_id":"c"})"),
        std::tuple(200, "application/json", "no"),
        std::tuple(302, "application/json", R"({"client_id":"c"})")})
    CHECK_THROWS_MATCHES(parse_registration(status, type, body, server, wish()), Error,
                         HasId("oauth_registration_refused"));
  CHECK(parse_registration(200, "application/json; charset=utf-8", R"({"client_id":"c"})", server, wish())
            .identity.id == "c");
}

TEST_CASE("our client document names itself by its own address", "[oauth]") {
  for (const char* base : {"https://gate.example/base", "https://gate.example/base/"}) {
    const Json document = Json::parse(client_document(base));
    CHECK(document["client_id"] == "https://gate.example/base/oauth/client.json");
    CHECK(document["client_id"] == client_document_url(base));
    CHECK(document["redirect_uris"] == Json({"https://gate.example/base/oauth/callback"}));
    CHECK(document["client_name"] == "Patchbay");
    CHECK(document["token_endpoint_auth_method"] == "none");
  }
  CHECK(can_use_client_document("https://gate.example"));
  CHECK_FALSE(can_use_client_document("http://gate.example"));
  CHECK_FALSE(can_use_client_document("https://localhost:8443"));
  CHECK_FALSE(can_use_client_document("https://127.0.0.1"));
  CHECK_FALSE(can_use_client_document("nonsense"));
}
