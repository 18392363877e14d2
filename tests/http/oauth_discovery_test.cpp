// The ways from a server's URL to its authorization server, and what is asked for there.

#include "support/catch.h"
#include "support/oauth_fixture.h"

using namespace patchbay;
using nlohmann::json;
using test::Provider;
using test::SeenRequest;

namespace {

constexpr const char* resource_path = "/.well-known/oauth-protected-resource/mcp";
constexpr const char* server_path = "/.well-known/oauth-authorization-server";

}  // namespace

TEST_CASE("R55: from a URL to its authorization server, by every way there is", "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  const auto paths = [&](const char* leg) {
    std::vector<std::string> asked;
    const json answer = it.start(it.ann, "notion");
    for (const auto& step : answer.at("trace"))
      if (step.at("leg") == leg)
        asked.push_back(step.at("url").get<std::string>().substr(it.as1.origin().size()));
    return asked;
  };
  const auto document = [&](bool is_resource) {
    json text;
    it.as1.change([&](auto& documents) { text = is_resource ? documents.resource : documents.metadata; });
    return [text](Provider::Peer& peer, const SeenRequest&) { peer.reply_json(text.dump()); };
  };
  const auto absent = [](Provider::Peer& peer, const SeenRequest&) { peer.reply(404, "", ""); };
  using Paths = std::vector<std::string>;

  SECTION("the challenge names the document") {
    it.as1.challenge_with(cat("Bearer scope=\"a b\", resource_metadata=\"", it.as1.url("/told"), "\""));
    it.as1.answer("GET /told", document(true));
    CHECK(paths("resource_metadata") == Paths{"/told"});
  }
  SECTION("below the server's path, without a challenge") {
    it.as1.answer("POST /mcp", absent);
    CHECK(paths("resource_metadata") == Paths{resource_path});
  }
  SECTION("at the root") {
    it.as1.answer("POST /mcp", absent);
    it.as1.answer(cat("GET ", resource_path), absent);
    it.as1.answer("GET /.well-known/oauth-protected-resource", document(true));
    CHECK(paths("resource_metadata") == Paths{resource_path, "/.well-known/oauth-protected-resource"});
  }
  SECTION("an issuer with a path: between, then OpenID's two") {
    it.as1.change([&](auto& documents) {
      documents.resource["authorization_servers"] = {it.as1.url("/t1")};
      documents.metadata["issuer"] = it.as1.url("/t1");
    });
    it.as1.answer("GET /t1/.well-known/openid-configuration", document(false));
    CHECK(paths("server_metadata") == Paths{"/.well-known/oauth-authorization-server/t1",
                                            "/.well-known/openid-configuration/t1",
                                            "/t1/.well-known/openid-configuration"});
  }
  SECTION("OpenID's at the root") {
    it.as1.answer(cat("GET ", server_path), absent);
    it.as1.answer("GET /.well-known/openid-configuration", document(false));
    CHECK(paths("server_metadata") == Paths{server_path, "/.well-known/openid-configuration"});
  }
  SECTION("nothing at all: what 2025-03-26 assumes") {
    it.as1.answer("POST /mcp", absent);
    it.as1.answer(cat("GET ", resource_path), absent);
    it.as1.answer(cat("GET ", server_path), absent);
    const std::string url = it.start(it.ann, "notion").at("authorize_url");
    CHECK(url.starts_with(it.as1.url("/authorize?")));
    CHECK(url.find("resource=") == std::string::npos);
    CHECK(it.as1.count("/register") == 1);
    CHECK(it.visit(it.ann, "GET", it.as1.approve(url).target()).status == 200);
  }
  SECTION("a document that is there but bad is no absent one") {
    it.as1.answer("POST /mcp", absent);
    it.as1.answer(cat("GET ", resource_path), absent);
    it.as1.answer(cat("GET ", server_path),
                  [](Provider::Peer& peer, const SeenRequest&) { peer.reply(200, "text/html", "<html>"); });
    CHECK(it.start_refused(it.ann, "notion") == "oauth_bad_metadata");
  }
  it.check_no_secret_is_out();
}

TEST_CASE("scopes: the challenge's, else the metadata's; the admin's before both; the union on step-up",
          "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  const auto scope = [&](const std::string& slug) {
    const std::string url = it.start(it.ann, slug).at("authorize_url");
    return oauth::FormFields::parse(url.substr(url.find('?') + 1)).text("scope");
  };
  CHECK(scope("notion").empty());
  it.as1.change([](auto& documents) { documents.resource["scopes_supported"] = {"read", "write"}; });
  CHECK(scope("notion") == "read write");
  it.as1.challenge_with(cat("Bearer scope=\"read\", resource_metadata=\"", it.as1.url(resource_path), "\""));
  CHECK(scope("notion") == "read");
  it.connect_at(it.ann, "notion", it.as1);
  it.as1.answer("POST /mcp", [](Provider::Peer& peer, const SeenRequest& request) {
    if (request.headers.contains("authorization"))
      peer.reply(403, "", "", "WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"files\"\r\n");
    else
      peer.reply(401, "", "", "WWW-Authenticate: Bearer scope=\"read\"\r\n");
  });
  CHECK(it.call_with(*it.account_of("notion", "ann"), it.as1) == "needs_connection");
  CHECK(scope("notion") == "read files");
  CHECK(scope("notion") == "read files");  // also when the sign-in was given up in between
  it.add_server("linear", it.as1, {{"oauth", {{"scopes", {"mine"}}}}});
  CHECK(scope("linear") == "mine");
}
