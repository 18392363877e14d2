// The cases of oauth.json about redirect URIs, the consent page and registration; see oauth_corpus_test.cpp.

#include "store/apps.h"
#include "support/catch.h"
#include "support/oauth_cases.h"

using namespace patchbay;
using nlohmann::json;

namespace {

const std::string web = "https://c/cb";
const std::string local = "http://127.0.0.1/cb";
using Changes = std::map<std::string, std::string>;

void refuse_redirects(OauthCast& cast, const std::string& registered, const std::vector<std::string>& uris) {
  OauthStage& stage = cast.stage;
  const auto id = stage.app(registered);
  for (const auto& uri : uris) {
    INFO(uri);
    stage.refused_on_page([&] { return stage.authorize(cast.bob, OauthStage::authorize_query(id, uri)); });
  }
}

void add_redirect_cases(OauthCases& cases) {
  cases["redirect_suffix"] = [](OauthCast& cast) { refuse_redirects(cast, web, {web + "/evil"}); };
  cases["redirect_query"] = [](OauthCast& cast) { refuse_redirects(cast, web, {web + "?x=1"}); };
  cases["redirect_case"] = [](OauthCast& cast) {
    refuse_redirects(cast, web, {"https://C/cb", "https://c/CB"});
  };
  cases["redirect_localhost_trick"] = [](OauthCast& cast) {
    refuse_redirects(cast, local,
                     {"http://127.0.0.1.evil.test/cb", "http://127.0.0.1@evil.test/cb",
                      "http://127.0.0.1:80@evil.test/cb", "http://localhost/cb", "http://127.0.0.1:0/cb",
                      "http://127.0.0.1:65536/cb", "http://127.0.0.1:/cb", "http://127.1/cb"});
  };
  cases["redirect_loopback_port"] = [](OauthCast& cast) {
    for (const std::string host : {"127.0.0.1", "[::1]", "localhost"}) {
      const auto id = cast.stage.app("http://" + host + "/cb");
      const auto uri = "http://" + host + ":51515/cb";
      const auto code = cast.stage.code(cast.bob, id, uri);
      CHECK_FALSE(code.empty());
      OauthStage::tokens_of(cast.stage.redeem(id, code, uri));
    }
    refuse_redirects(cast, "https://c:8443/cb", {"https://c:8444/cb", "https://c/cb"});
  };
  cases["redirect_scheme"] = [](OauthCast& cast) {
    for (const char* uri :
         {"javascript:x", "data:x", "file:///x", "http://evil.test/cb", "vbscript:x", "about:blank",
          "unknown-app://x", "HTTPS://c/cb", "https://user@c/cb", "//c/cb", ""})
      cast.stage.refused(400, "invalid_redirect_uri", [&] {
        return cast.stage.register_app({{"redirect_uris", {uri}}});
      });
    const auto kept =
        json::parse(cast.stage
                        .register_app({{"redirect_uris",
                                        {"javascript:x", "cursor://anysphere.cursor-mcp/oauth/callback"}}})
                        .body);
    CHECK(kept.at("redirect_uris") == json::array({"cursor://anysphere.cursor-mcp/oauth/callback"}));
  };
  cases["redirect_fragment"] = [](OauthCast& cast) {
    cast.stage.refused(400, "invalid_redirect_uri", [&] {
      return cast.stage.register_app({{"redirect_uris", {"https://c/cb#x"}}});
    });
  };
  cases["redirect_missing_multi"] = [](OauthCast& cast) {
    const auto reply = cast.stage.register_app({{"redirect_uris", {web, "https://c/other"}}});
    const std::string id = json::parse(reply.body).at("client_id");
    const auto query = OauthStage::authorize_query(id, web, {{"redirect_uri", "-"}});
    cast.stage.refused_on_page([&] { return cast.stage.authorize(cast.bob, query); });
  };
  cases["open_redirect_error"] = [](OauthCast& cast) {
    const auto query = OauthStage::authorize_query("x", "https://evil.test/");
    cast.stage.refused_on_page([&] { return cast.stage.authorize(cast.bob, query); });
    Browser stranger(cast.stage);
    cast.stage.refused_on_page([&] { return cast.stage.authorize(stranger, query); });
  };
}

void refuse_to_client(OauthCast& cast, const std::string& error, const Changes& changes) {
  const auto id = cast.stage.app(web);
  cast.stage.refused_to_client(error, web, [&] {
    return cast.stage.authorize(cast.bob, OauthStage::authorize_query(id, web, changes));
  });
}

void add_request_cases(OauthCases& cases) {
  cases["pkce_missing"] = [](OauthCast& cast) {
    refuse_to_client(cast, "invalid_request", {{"code_challenge", "-"}});
  };
  cases["pkce_plain"] = [](OauthCast& cast) {
    refuse_to_client(cast, "invalid_request", {{"code_challenge_method", "plain"}});
    refuse_to_client(cast, "invalid_request", {{"code_challenge_method", "-"}});
  };
  cases["scope_unknown"] = [](OauthCast& cast) {
    for (const char* scope : {"root", "mcp:read root", "admin", "catalog:read", "MCP:READ"})
      refuse_to_client(cast, "invalid_scope", {{"scope", scope}});
  };
  cases["resource_foreign"] = [](OauthCast& cast) {
    for (const char* resource :
         {"https://other/mcp", "https://gate.example.evil.test/mcp", "https://gate.example/v1",
          "https://gate.example/mcp/servers/../x", "http://gate.example/mcp", "https://gate.example/mcp#x"})
      refuse_to_client(cast, "invalid_target", {{"resource", resource}});
    const auto id = cast.stage.app(web);
    const auto code = cast.stage.code(cast.bob, id, web);
    cast.stage.refused(400, "invalid_target", [&] {
      return cast.stage.redeem(id, code, web, {{"resource", "https://other/mcp"}});
    });
  };
  cases["resource_missing"] = [](OauthCast& cast) {
    const auto id = cast.stage.app(web);
    const auto tokens = cast.stage.sign_in_app(cast.bob, id, web);
    const auto shown =
        json::parse(cast.stage.post("/oauth/introspect", {{"client_id", id}, {"token", tokens.access}}).body);
    CHECK(shown.at("aud") == "https://gate.example/mcp");
  };
  cases["request_duplicate_param"] = [](OauthCast& cast) {
    const auto id = cast.stage.app(web);
    const auto query = OauthStage::authorize_query(id, web) + "&client_id=" + id;
    cast.stage.refused_on_page([&] { return cast.stage.authorize(cast.bob, query); });
  };
  cases["prompt_none_logged_out"] = [](OauthCast& cast) {
    const auto id = cast.stage.app(web);
    Browser stranger(cast.stage);
    const auto query = OauthStage::authorize_query(id, web, {{"prompt", "none"}});
    cast.stage.refused_to_client("login_required", web,
                                 [&] { return cast.stage.authorize(stranger, query); });
    const auto evil = OauthStage::authorize_query(id, "https://evil.test/", {{"prompt", "none"}});
    cast.stage.refused_on_page([&] { return cast.stage.authorize(stranger, evil); });
    cast.stage.refused_to_client("consent_required", web,
                                 [&] { return cast.stage.authorize(cast.bob, query); });
  };
}

bool asks(const HttpReply& reply) {
  return reply.status == 200 && reply.body.find("name=\"decision\"") != std::string::npos;
}

void add_consent_cases(OauthCases& cases) {
  cases["consent_csrf"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto query = OauthStage::authorize_query(stage.app(web), web);
    const auto csrf = stage.csrf_of(cast.bob, query);
    const auto send = [&](const std::string& token, const std::string& origin) {
      const auto before = stage.refusals();
      const auto reply = stage.browse(cast.bob, "POST", "/oauth/consent",
                                      {{"request", query}, {"csrf", token}, {"decision", "allow"}}, origin);
      CHECK(reply.status == 403);
      CHECK(OauthStage::header(reply, "Location").empty());
      CHECK(stage.refusals() == before + 1);
    };
    send(csrf, "https://evil.test");
    send("", "https://gate.example");
    send(csrf + "x", "https://gate.example");
    send("", "");
    send(stage.csrf_of(stage.ann, query), "https://gate.example");
  };
  cases["consent_skip"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto id = stage.app(web);
    stage.sign_in_app(cast.bob, id, web, {{"scope", "mcp:read"}});
    const auto again =
        stage.authorize(cast.bob, OauthStage::authorize_query(id, web, {{"scope", "mcp:read"}}));
    CHECK(again.status == 303);
    CHECK_FALSE(OauthStage::parameter(again, "code").empty());
    CHECK(asks(stage.authorize(cast.bob, OauthStage::authorize_query(id, web, {{"scope", "mcp:write"}}))));
    CHECK(asks(stage.authorize(
        cast.bob, OauthStage::authorize_query(id, web, {{"scope", "mcp:read"}, {"prompt", "consent"}}))));
    CHECK(asks(stage.authorize(stage.ann, OauthStage::authorize_query(id, web, {{"scope", "mcp:read"}}))));
  };
  cases["consent_new_client_same_name"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    stage.sign_in_app(cast.bob, stage.app("https://good.test/cb", "Claude"), "https://good.test/cb");
    const auto other = stage.app("https://evil.test/cb", "Claude");
    const auto page = stage.authorize(cast.bob, OauthStage::authorize_query(other, "https://evil.test/cb"));
    CHECK(asks(page));
    CHECK_THAT(page.body, ContainsSubstring("<p class=\"host\">evil.test</p>"));
  };
  cases["consent_frame"] = [](OauthCast& cast) {
    const auto page = cast.stage.authorize(cast.bob, OauthStage::authorize_query(cast.stage.app(web), web));
    CHECK_THAT(OauthStage::header(page, "Content-Security-Policy"),
               ContainsSubstring("frame-ancestors 'none'"));
    CHECK(OauthStage::header(page, "X-Frame-Options") == "DENY");
  };
  cases["session_fixation"] = [](OauthCast& cast) {
    // The attacker is Ann: her page's request and token in Bob's browser lead nowhere, and what Bob approves
    // is a code for Bob.
    OauthStage& stage = cast.stage;
    const auto id = stage.app(web);
    const auto query = OauthStage::authorize_query(id, web);
    const auto hers = stage.csrf_of(stage.ann, query);
    const auto refused = stage.browse(cast.bob, "POST", "/oauth/consent",
                                      {{"request", query}, {"csrf", hers}, {"decision", "allow"}});
    CHECK(refused.status == 403);
    const auto tokens = stage.sign_in_app(cast.bob, id, web);
    CHECK(stage.bearer.check("Bearer " + tokens.access, "/mcp").caller->name == "bob");
    // Once the session that approved it has ended, its code is worth nothing.
    Browser eve = stage.join("eve" + new_uuid(stage.store.clock().now()).substr(24));
    const auto code = stage.code(eve, id, web);
    eve.csrf = eve.ask("GET", "/v1/session").at("csrf");
    REQUIRE(eve.call("DELETE", "/v1/session").status == 204);
    stage.refused(400, "invalid_grant", [&] { return stage.redeem(id, code, web); });
  };
}

void add_registration_cases(OauthCases& cases) {
  cases["dcr_flood"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const json body = {{"redirect_uris", {web}}};
    int made = 0;
    const auto before = stage.refusals();
    for (int i = 0; i < 30; ++i) made += stage.register_app(body).status == 201 ? 1 : 0;
    CHECK(made == 20);
    const auto refused = stage.register_app(body);
    CHECK(refused.status == 429);
    CHECK_FALSE(OauthStage::header(refused, "Retry-After").empty());
    CHECK(stage.refusals() == before + 1);  // not one for each
    stage.store.clock().advance(std::chrono::seconds(61));
    const auto unapproved = [&] {
      return stage.store.read([](Database& db) { return store::count_unapproved_apps(db); });
    };
    stage.store.transact([&](Database& db) {
      for (auto count = store::count_unapproved_apps(db); count < 999; ++count) {
        App app;
        app.id = "flood-" + std::to_string(count);
        app.redirect_uris = {web};
        app.created_at = stage.store.clock().now();
        store::add_app(db, app);
      }
    });
    CHECK(stage.register_app(body).status == 201);
    CHECK(unapproved() == 1000);
    CHECK(stage.register_app(body).status == 429);
    // Those of yesterday go, those that somebody is signed in with stay.
    stage.store.clock().advance(std::chrono::hours(25));
    REQUIRE(cast.bob.sign_in("bob", password));
    REQUIRE(stage.ann.sign_in("ann", password));
    CHECK(stage.register_app(body).status == 201);
    CHECK(unapproved() == 1);
    const auto kept =
        stage.store.read([](Database& db) { return store::list_app_grants(db, std::nullopt, {}); });
    CHECK_FALSE(kept.empty());
  };
  cases["dcr_huge"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto status = [&](const json& body) { return stage.register_app(body).status; };
    CHECK(status({{"client_name", std::string(1 << 20, 'x')}, {"redirect_uris", {web}}}) == 413);
    json many = json::array();
    for (int i = 0; i < 10; ++i) many.push_back(web + std::to_string(i));
    CHECK(status({{"redirect_uris", many}}) == 201);
    many.push_back(web);
    CHECK(status({{"redirect_uris", many}}) == 400);
    CHECK(status({{"redirect_uris", {web + std::string(2048 - web.size(), 'x')}}}) == 201);
    CHECK(status({{"redirect_uris", {web + std::string(2049 - web.size(), 'x')}}}) == 400);
    CHECK(status({{"client_name", std::string(128, 'x')}, {"redirect_uris", {web}}}) == 201);
    CHECK(status({{"client_name", std::string(129, 'x')}, {"redirect_uris", {web}}}) == 400);
  };
  cases["dcr_html_name"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto id = stage.app(web, "<script>alert(1)</script>\"'");
    const auto page = stage.authorize(cast.bob, OauthStage::authorize_query(id, web));
    CHECK(page.body.find("<script") == std::string::npos);
    CHECK_THAT(page.body, ContainsSubstring("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;"));
    for (const char* name : {"a\nb", "a\x7f",
                             "\xe2\x80\xae"
                             "evil",
                             "a\xe2\x80\x8b", "\xe2\x81\xa6x"})
      stage.refused(400, "invalid_client_metadata", [&] {
        return stage.register_app({{"client_name", name}, {"redirect_uris", {web}}});
      });
  };
  cases["dcr_grant_types"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    stage.refused(400, "invalid_client_metadata", [&] {
      return stage.register_app(
          {{"redirect_uris", {web}}, {"grant_types", {"client_credentials", "password", "implicit"}}});
    });
    const auto reply = stage.register_app(
        {{"redirect_uris", {web}},
         {"grant_types", {"password", "authorization_code", "refresh_token", "implicit"}}});
    CHECK(json::parse(reply.body).at("grant_types") == json::array({"authorization_code", "refresh_token"}));
  };
}

}  // namespace

void add_authorize_cases(OauthCases& cases) {
  add_redirect_cases(cases);
  add_request_cases(cases);
  add_consent_cases(cases);
  add_registration_cases(cases);
}
