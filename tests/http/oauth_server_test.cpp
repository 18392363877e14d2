#include "http/metadata_routes.h"
#include "store/app_tokens.h"
#include "store/apps.h"
#include "support/catch.h"
#include "support/data_plane.h"
#include "support/oauth_stage.h"

using namespace patchbay;
using nlohmann::json;

namespace {

const std::string web = "https://c/cb";
const std::string document_id = "https://app.example/client.json";

json body_of(const HttpReply& reply) {
  return json::parse(reply.body);
}

http::FetchedDocument document(const json& body) {
  return {200, "application/json", "max-age=600", body.dump()};
}

}  // namespace

TEST_CASE("every endpoint has metadata at its own address, and /mcp at the root as well", "[http]") {
  OauthStage stage;
  const auto ask = [&](const std::string& rest) {
    return stage.call("GET", "/.well-known/oauth-protected-resource" + rest, "");
  };
  for (const char* path : {"/mcp", "/mcp/all", "/mcp/servers/nowhere", "/mcp/p/nobody"}) {
    const auto reply = ask(path);
    REQUIRE(reply.status == 200);
    CHECK(body_of(reply).at("resource") == std::string("https://gate.example") + path);
    CHECK(body_of(reply).at("authorization_servers") == json::array({"https://gate.example"}));
    CHECK(OauthStage::header(reply, "Access-Control-Allow-Origin") == "*");
  }
  CHECK(body_of(ask("")).at("resource") == "https://gate.example/mcp");
  for (const char* path :
       {"/v1", "/mcp/other", "/mcp/servers/", "/mcp/servers/a/b", "/mcp/", "/mcp/servers/a%22b"})
    CHECK(ask(path).status == 404);
}

TEST_CASE("the authorization server's metadata have two names and one text", "[http]") {
  OauthStage stage;
  const auto reply = stage.call("GET", "/.well-known/oauth-authorization-server", "");
  CHECK(reply.body == stage.call("GET", "/.well-known/openid-configuration", "").body);
  const auto said = body_of(reply);
  CHECK(said.at("issuer") == "https://gate.example");
  CHECK(said.at("code_challenge_methods_supported") == json::array({"S256"}));
  CHECK(said.at("authorization_response_iss_parameter_supported") == true);
  CHECK(said.at("client_id_metadata_document_supported") == true);
  CHECK(said.at("registration_endpoint") == "https://gate.example/oauth/register");
  CHECK_FALSE(http::MetadataRoutes::offers_documents({"http://127.0.0.1:8080", ""}));
  const std::string off =
      R"({"registration":false,"documents":false,"redirect_hosts":[],"access_minutes":5,"refresh_days":7})";
  REQUIRE(stage.ann.call("PUT", "/v1/settings/apps", off).status == 200);
  const auto after = body_of(stage.call("GET", "/.well-known/oauth-authorization-server", ""));
  CHECK_FALSE(after.contains("registration_endpoint"));
  CHECK(after.at("client_id_metadata_document_supported") == false);
  CHECK(stage.register_app({{"redirect_uris", {web}}}).status == 403);
}

TEST_CASE("an admin's settings decide lifetimes and where codes may go", "[http]") {
  OauthStage stage;
  Browser bob = stage.join("bob");
  const auto id = stage.app(web);
  json wish = body_of(stage.ann.call("GET", "/v1/settings/apps"));
  CHECK(wish.at("access_minutes") == 15);
  wish["access_minutes"] = 5;
  wish["redirect_hosts"] = {"claude.ai"};
  CHECK(bob.call("PUT", "/v1/settings/apps", wish.dump()).status == 403);
  REQUIRE(stage.ann.call("PUT", "/v1/settings/apps", wish.dump()).status == 200);
  CHECK(stage.trail().front().event.action == "settings.apps");
  CHECK(stage.authorize(bob, OauthStage::authorize_query(id, web)).status == 400);
  CHECK(stage.register_app({{"redirect_uris", {web}}}).status == 400);
  const auto local = stage.app("http://127.0.0.1/cb");
  const auto reply =
      stage.redeem(local, stage.code(bob, local, "http://127.0.0.1:9/cb"), "http://127.0.0.1:9/cb");
  CHECK(body_of(reply).at("expires_in") == 300);
  wish["access_minutes"] = 61;
  CHECK(stage.ann.call("PUT", "/v1/settings/apps", wish.dump()).status == 400);
}

TEST_CASE("a client is known by the document at its client_id, which is asked for once while it is fresh",
          "[http]") {
  OauthStage stage;
  Browser bob = stage.join("bob");
  stage.documents[document_id] =
      document({{"client_id", document_id}, {"client_name", "Documented"}, {"redirect_uris", {web}}});
  const auto query = OauthStage::authorize_query(document_id, web);
  const auto page = stage.authorize(bob, query);
  REQUIRE(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring("Documented"));
  CHECK_THAT(page.body, ContainsSubstring(document_id));
  const auto tokens = stage.sign_in_app(bob, document_id, web);
  CHECK(stage.is_good(tokens.access));
  CHECK(stage.documents_fetched == 1);
  stage.store.clock().advance(std::chrono::seconds(601));
  CHECK(stage.authorize(bob, query).status == 303);  // remembered, and looked at again
  CHECK(stage.documents_fetched == 2);
}

TEST_CASE("a document that is not about its own address, or not one at all, lets nobody in", "[http]") {
  OauthStage stage;
  Browser bob = stage.join("bob");
  const auto refuse = [&](const http::FetchedDocument& given) {
    stage.store.clock().advance(std::chrono::seconds(61));
    stage.documents[document_id] = given;
    stage.refused_on_page(
        [&] { return stage.authorize(bob, OauthStage::authorize_query(document_id, web)); });
  };
  const json good = {{"client_id", document_id}, {"redirect_uris", {web}}};
  const auto with = [&](const char* key, const json& value) {
    json changed = good;
    changed[key] = value;
    return document(changed);
  };
  refuse(with("client_id", document_id + "/"));
  refuse(with("client_secret", "x"));
  refuse(with("token_endpoint_auth_method", "client_secret_post"));
  refuse(with("padding", std::string(6000, 'x')));
  refuse({404, "application/json", "", good.dump()});
  refuse({200, "text/html", "", good.dump()});
  refuse({200, "application/json", "", "[]"});
  stage.documents.clear();
  stage.store.clock().advance(std::chrono::seconds(61));
  stage.refused_on_page([&] { return stage.authorize(bob, OauthStage::authorize_query(document_id, web)); });
  const int before = stage.documents_fetched;
  stage.refused_on_page([&] { return stage.authorize(bob, OauthStage::authorize_query(document_id, web)); });
  CHECK(stage.documents_fetched == before);  // that it failed is remembered for a while
  refuse(with("redirect_uris", json::array({"https://other/cb"})));
}

TEST_CASE("what a person unticks an application does not reach, by any door", "[http]") {
  OauthStage stage;
  Browser bob = stage.join("bob");
  Server first = a_server("first");
  Server second = a_server("second");
  second.id = ServerId::create({1'767'323'045'001});
  first.access.everyone = second.access.everyone = true;
  stage.store.add(first);
  stage.store.add(second);
  const auto id = stage.app(web);
  const auto query = OauthStage::authorize_query(id, web);
  CHECK_THAT(stage.authorize(bob, query).body, ContainsSubstring(second.id.text()));
  const auto code =
      OauthStage::parameter(stage.allow(bob, query, {{"server", first.id.text()}, {"write", "on"}}), "code");
  const auto tokens = OauthStage::tokens_of(stage.redeem(id, code, web));
  const auto caller = stage.bearer.check("Bearer " + tokens.access, "/mcp").caller;
  REQUIRE(caller);
  for (const Use use : {Use::see, Use::call}) {
    CHECK(decide(*caller, first, "tool", use).allowed);
    CHECK(decide(*caller, second, "tool", use).reason == "not_for_app");
  }
  CHECK(bob.ask("GET", "/v1/me/apps").at("apps")[0].at("servers") == json::array({"first"}));
  // The next answer replaces it, for what is signed in already as well.
  stage.allow(bob, OauthStage::authorize_query(id, web, {{"prompt", "consent"}}),
              {{"server", first.id.text()}, {"server", second.id.text()}, {"write", "on"}});
  CHECK(decide(*stage.bearer.check("Bearer " + tokens.access, "/mcp").caller, second, "tool", Use::call)
            .allowed);
  stage.allow(bob, OauthStage::authorize_query(id, web, {{"prompt", "consent"}}),
              {{"server", first.id.text()}, {"server", second.id.text()}});
  CHECK(stage.bearer.check("Bearer " + tokens.access, "/mcp").caller->scopes == Scope::mcp_read);
}

TEST_CASE("a consent for one server is none for all", "[http]") {
  OauthStage stage;
  Browser bob = stage.join("bob");
  const auto id = stage.app(web);
  stage.sign_in_app(bob, id, web, {{"resource", "https://gate.example/mcp/servers/x"}});
  const auto ask = [&](const char* resource) {
    return stage.authorize(bob, OauthStage::authorize_query(id, web, {{"resource", resource}})).status;
  };
  CHECK(ask("https://gate.example/mcp/servers/x") == 303);
  CHECK(ask("https://gate.example/mcp/servers/xy") == 200);
  CHECK(ask("https://gate.example/mcp") == 200);
}

TEST_CASE("a program on a machine is asked about each time, and the page says why", "[http]") {
  OauthStage stage;
  Browser bob = stage.join("bob");
  const auto id = stage.app("http://127.0.0.1/cb");
  stage.sign_in_app(bob, id, "http://127.0.0.1:1/cb");
  const auto page = stage.authorize(bob, OauthStage::authorize_query(id, "http://127.0.0.1:2/cb"));
  CHECK(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring("class=\"warning\""));
}

TEST_CASE("whoever is not signed in signs in first, and comes back to the very request", "[http]") {
  OauthStage stage;
  Browser bob = stage.join("bob");
  Browser stranger(stage);
  const auto query = OauthStage::authorize_query(stage.app(web), web);
  const auto away = stage.authorize(stranger, query);
  CHECK(away.status == 303);
  const auto then = OauthStage::parameter(away, "then");
  CHECK(then == "/oauth/authorize?" + query);
  const auto wrong = stage.browse(stranger, "POST", "/sign-in",
                                  {{"name", "bob"}, {"password", "wrong wrong wrong"}, {"then", then}});
  CHECK(wrong.status == 401);
  CHECK(stage.trail().front().event.reason == "sign_in_failed");
  const auto back =
      stage.browse(stranger, "POST", "/sign-in", {{"name", "bob"}, {"password", password}, {"then", then}});
  CHECK(back.status == 303);
  CHECK(OauthStage::header(back, "Location") == then);
  CHECK(OauthStage::header(back, "Set-Cookie").starts_with("__Host-pb="));
  const auto elsewhere = stage.browse(stranger, "POST", "/sign-in",
                                      {{"name", "bob"}, {"password", password}, {"then", "//evil.test"}});
  CHECK(elsewhere.status == 200);
  CHECK(OauthStage::header(elsewhere, "Location").empty());
}

TEST_CASE("a confidential application proves itself by Basic or in the form, and by its own secret only",
          "[http]") {
  OauthStage stage;
  Browser bob = stage.join("bob");
  const auto made = body_of(
      stage.register_app({{"redirect_uris", {web}}, {"token_endpoint_auth_method", "client_secret_basic"}}));
  const std::string id = made.at("client_id");
  const std::string secret = made.at("client_secret");
  const auto basic = [&](const std::string& given) {
    std::string encoded = to_base64url(id + ":" + given);
    for (char& c : encoded) c = c == '-' ? '+' : c == '_' ? '/' : c;
    return std::vector<Header>{{"authorization", "Basic " + encoded}};
  };
  const auto look = [&](const OauthStage::Fields& fields, const std::vector<Header>& headers) {
    return stage.post("/oauth/introspect", fields, headers).status;
  };
  CHECK(look({{"token", "x"}}, basic(secret)) == 200);
  CHECK(look({{"token", "x"}, {"client_id", id}, {"client_secret", secret}}, {}) == 200);
  stage.refused(401, "invalid_client", [&] {
    return stage.post("/oauth/introspect", {{"token", "x"}}, basic("wrong"));
  });
  CHECK(look({{"token", "x"}, {"client_id", id}}, {}) == 401);
  CHECK(look({{"token", "x"}, {"client_id", id}, {"client_secret", secret}}, basic(secret)) == 401);
}

TEST_CASE("an application learns of its own tokens only", "[http]") {
  OauthStage stage;
  Browser bob = stage.join("bob");
  const auto id = stage.app(web);
  const auto other = stage.app(web);
  const auto tokens = stage.sign_in_app(bob, id, web);
  const auto look = [&](const std::string& as, const std::string& token) {
    return body_of(stage.post("/oauth/introspect", {{"client_id", as}, {"token", token}}));
  };
  CHECK(look(id, tokens.access).at("scope") == "mcp:read mcp:write");
  CHECK(look(id, tokens.refresh).at("active") == true);
  CHECK(look(other, tokens.access) == json({{"active", false}}));
  CHECK(look(id, stage.admin) == json({{"active", false}}));
  // Nor does it end those of another; ending an access token leaves the sign-in.
  CHECK(stage.post("/oauth/revoke", {{"client_id", other}, {"token", tokens.refresh}}).status == 200);
  CHECK(stage.is_good(tokens.access));
  CHECK(stage.post("/oauth/revoke", {{"client_id", id}, {"token", tokens.access}}).status == 200);
  CHECK_FALSE(stage.is_good(tokens.access));
  CHECK(look(id, tokens.refresh).at("active") == true);
}

TEST_CASE("a refreshed token is the same caller, so that its MCP session goes on", "[http]") {
  OauthStage stage;
  DataPlane plane(stage);
  Browser bob = stage.join("bob");
  const auto id = stage.app(web);
  const auto first = stage.sign_in_app(bob, id, web);
  const auto hello = plane.rpc(
      "/mcp", "Bearer " + first.access, "initialize",
      R"({"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}})");
  const auto session = OauthStage::header(hello, "Mcp-Session-Id");
  REQUIRE_FALSE(session.empty());
  const auto second = OauthStage::tokens_of(stage.refresh(id, first.refresh));
  auto request =
      ControlFixture::request_for("POST", "/mcp", R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})");
  request.headers.push_back({"authorization", "Bearer " + second.access});
  request.headers.push_back({"mcp-session-id", session});
  CHECK(plane.ask(std::move(request)).status == 200);
}

TEST_CASE("a device waits until somebody who is signed in has decided", "[http]") {
  OauthStage stage;
  Browser bob = stage.join("bob");
  const std::string grant = "urn:ietf:params:oauth:grant-type:device_code";
  const std::string id =
      body_of(stage.register_app({{"client_name", "Machine"}, {"grant_types", {grant}}})).at("client_id");
  const auto begin = [&] { return body_of(stage.post("/oauth/device", {{"client_id", id}})); };
  const auto poll = [&](const json& begun) {
    return stage.post("/oauth/token",
                      {{"grant_type", grant}, {"client_id", id}, {"device_code", begun.at("device_code")}});
  };
  const auto begun = begin();
  const std::string code = begun.at("user_code");
  CHECK(OauthStage::error(poll(begun)) == "authorization_pending");
  CHECK(OauthStage::error(poll(begun)) == "slow_down");
  Browser stranger(stage);
  CHECK(OauthStage::parameter(stage.browse(stranger, "GET", "/device?code=" + code), "then")
            .starts_with("/device"));
  CHECK(stage.browse(bob, "GET", "/device?code=BBBB-BBBB").status == 404);
  const auto page = stage.browse(bob, "GET", "/device?code=" + code);
  REQUIRE(page.status == 200);
  CHECK_THAT(page.body, ContainsSubstring("a device at 192.0.2.7"));
  const auto csrf = OauthStage::csrf_on(page);
  const auto answer = [&](const std::string& token, const std::string& decision) {
    return stage.browse(bob, "POST", "/device/consent",
                        {{"code", code}, {"csrf", token}, {"decision", decision}, {"write", "on"}});
  };
  CHECK(answer("", "allow").status == 403);
  CHECK(answer(csrf, "allow").status == 200);
  CHECK(answer(csrf, "allow").status == 404);
  stage.store.clock().advance(std::chrono::seconds(30));
  const auto tokens = OauthStage::tokens_of(poll(begun));
  CHECK(tokens.refresh.empty());  // it did not register for refreshing
  CHECK(stage.is_good(tokens.access));
  CHECK(OauthStage::error(poll(begun)) == "invalid_grant");
  const auto late = begin();
  stage.store.clock().advance(std::chrono::seconds(601));
  CHECK(OauthStage::error(poll(late)) == "expired_token");
}

TEST_CASE("what applications had is swept away when its time is over", "[http]") {
  OauthStage stage;
  Browser bob = stage.join("bob");
  const auto id = stage.app(web);
  const auto tokens = stage.sign_in_app(bob, id, web);
  const auto count = [&](const char* query) {
    return stage.store.read([&](Database& db) {
      auto rows = db.query(query);
      return rows.next()->integer("n");
    });
  };
  const auto sweep = [&] {
    stage.store.transact([&](Database& db) { store::purge_app_tokens(db, stage.store.clock().now()); });
  };
  sweep();
  CHECK(count("select count(*) as n from app_token") == 2);
  stage.store.clock().advance(std::chrono::hours(24 * 29));
  sweep();
  CHECK(count("select count(*) as n from app_token") == 1);
  CHECK(count("select count(*) as n from app_sign_in") == 1);
  CHECK(count("select count(*) as n from app_code") == 0);
  OauthStage::tokens_of(stage.refresh(id, tokens.refresh));
  stage.store.clock().advance(std::chrono::hours(24 * 31));
  sweep();
  CHECK(count("select count(*) as n from app_sign_in") == 0);
}
