// What comes back to /oauth/callback: state, issuer, errors, and whose browser it is.

#include "http/oauth_client_topics.h"
#include "support/catch.h"
#include "support/oauth_fixture.h"

using namespace patchbay;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// Ann has begun a sign-in at "notion" and said yes at its provider.
struct Begun : OAuthFixture {
  explicit Begun(const json& more = json::object()) {
    add_server("notion", as1, more);
    started = start(ann, "notion");
    approval = as1.approve(started.at("authorize_url"));
  }
  json started;
  test::Provider::Approval approval;
};

void state_missing() {
  Begun it;
  it.callback_refused(it.ann, "/oauth/callback?code=c1", 400, "oauth_state_missing");
  CHECK(it.is_waiting(it.started));
  it.check_no_secret_is_out();
}

void state_forged() {
  Begun it;
  it.callback_refused(it.ann, cat("/oauth/callback?code=c1&state=", std::string(43, 'x')), 400,
                      "oauth_state_unknown");
  CHECK(it.is_waiting(it.started));
  it.check_no_secret_is_out();
}

// The state is looked up by its SHA-256 in an index: what a guess has in common with it cannot be timed.
void state_bitflip() {
  Begun it;
  char& last = it.approval.state.back();
  last = static_cast<char>(last ^ 1);
  it.callback_refused(it.ann, it.approval.target(), 400, "oauth_state_unknown");
  CHECK(it.is_waiting(it.started));
  const auto state = it.approval.state;
  CHECK(it.store.read([&](Database& db) {
    auto rows = db.query("select length(state_hash) as bytes from oauth_flow");
    return rows.next()->integer("bytes");
  }) == 32);
  it.check_no_secret_is_out();
}

void state_replay() {
  Begun it;
  CHECK(it.visit(it.ann, "GET", it.approval.target()).status == 200);
  const auto before = it.account_of("notion", "ann");
  REQUIRE(before.has_value());
  const auto reply = it.callback_refused(it.ann, it.approval.target(), 400, "oauth_state_used");
  CHECK_THAT(reply.body, ContainsSubstring("used already"));
  CHECK(it.account_of("notion", "ann")->id == before->id);
  CHECK(it.account_of("notion", "ann")->generation == before->generation);
  CHECK(it.as1.count("/token") == 1);
  it.check_no_secret_is_out();
}

void state_expired() {
  Begun it;
  it.store.clock().advance(11min);
  const auto reply = it.callback_refused(it.ann, it.approval.target(), 400, "oauth_state_expired");
  CHECK_THAT(reply.body, ContainsSubstring("expired"));
  CHECK(it.visit(it.ann, "GET", cat("/v1/me/oauth/flows/", it.started.at("flow").get<std::string>()))
            .body.find(R"("state":"expired")") != std::string::npos);
  it.check_no_secret_is_out();
}

void state_other_user() {
  Begun it;
  Browser bob = it.join("bob");
  it.callback_refused(bob, it.approval.target(), 403, "oauth_other_session");
  CHECK_FALSE(it.is_waiting(it.started));
  // Burned for Ann too.
  it.callback_refused(it.ann, it.approval.target(), 400, "oauth_state_used");
  CHECK(it.accounts().empty());
  it.check_no_secret_is_out();
}

void state_no_session() {
  Begun it;
  Browser nobody(it);
  it.callback_refused(nobody, it.approval.target(), 403, "oauth_no_session");
  // A token of Ann's own is no browser session of hers.
  const auto before = it.trail().size();
  CHECK(it.call("GET", it.approval.target(), it.admin).status == 403);
  CHECK(it.trail().size() == before + 1);
  CHECK(it.as1.count("/token") == 0);
  CHECK(it.accounts().empty());
  it.check_no_secret_is_out();
}

void state_error_param() {
  Begun it;
  it.callback_refused(it.ann, "/oauth/callback?error=access_denied", 400, "oauth_state_missing");
  it.callback_refused(it.ann, "/oauth/callback?error=access_denied&state=x", 400, "oauth_state_unknown");
  CHECK(it.is_waiting(it.started));
  CHECK(it.visit(it.ann, "GET", it.approval.target()).status == 200);
  it.check_no_secret_is_out();
}

void state_error_escape() {
  Begun it;
  const auto reply = it.callback_refused(
      it.ann,
      cat("/oauth/callback?error=%3Cscript%3Ealert(1)%3C/script%3E"
          "&error_description=%3Cimg%20src=x%20onerror=alert(1)%3E&error_uri=javascript:alert(1)&state=",
          it.approval.state, "&iss=", percent_encode(it.as1.origin())),
      400, "oauth_denied");
  CHECK(reply.body.find("<script>alert") == std::string::npos);
  CHECK(reply.body.find("<img") == std::string::npos);
  CHECK_THAT(reply.body, ContainsSubstring("&lt;script&gt;alert(1)"));
  CHECK(reply.body.find("javascript:") == std::string::npos);
  CHECK_FALSE(it.is_waiting(it.started));
  it.check_no_secret_is_out();
}

void iss_mismatch() {
  Begun it;
  it.approval.iss = it.as2.origin();
  it.callback_refused(it.ann, it.approval.target(), 400, "oauth_issuer_mismatch");
  CHECK(it.as2.requests() == 0);
  it.check_no_secret_is_out();
}

void iss_absent_promised() {
  Begun it;
  it.approval.iss.clear();
  it.callback_refused(it.ann, it.approval.target(), 400, "oauth_issuer_missing");
  it.check_no_secret_is_out();
}

void iss_normalised() {
  for (const std::string form : {"/", "?", "#"}) {
    Begun it;
    it.approval.iss += form;
    it.callback_refused(it.ann, it.approval.target(), 400, "oauth_issuer_mismatch");
  }
  Begun it;
  it.approval.iss = cat("HTTP", it.approval.iss.substr(4));
  it.callback_refused(it.ann, it.approval.target(), 400, "oauth_issuer_mismatch");
  it.check_no_secret_is_out();
}

// With one callback for all providers, what tells two answers apart is their issuer (RFC 9207 §2.4).
void mixup_two_upstreams() {
  Begun it;
  it.add_server("evil", it.as2);
  it.as2.change(
      [](auto& documents) { documents.metadata.erase("authorization_response_iss_parameter_supported"); });
  const json evil = it.start(it.ann, "evil");
  auto mixed = it.approval;  // the honest code, and the honest issuer, which the honest provider adds
  mixed.state = it.as2.approve(evil.at("authorize_url")).state;
  it.callback_refused(it.ann, mixed.target(), 400, "oauth_issuer_mismatch");
  CHECK(it.as2.count("/token") == 0);
  CHECK(it.is_waiting(it.started));
  it.check_no_secret_is_out();
}

}  // namespace

Topics callback_topics() {
  return {{"state_missing", state_missing},
          {"state_forged", state_forged},
          {"state_bitflip", state_bitflip},
          {"state_replay", state_replay},
          {"state_expired", state_expired},
          {"state_other_user", state_other_user},
          {"state_no_session", state_no_session},
          {"state_error_param", state_error_param},
          {"state_error_escape", state_error_escape},
          {"iss_mismatch", iss_mismatch},
          {"iss_absent_promised", iss_absent_promised},
          {"iss_normalised", iss_normalised},
          {"mixup_two_upstreams", mixup_two_upstreams}};
}

TEST_CASE("R47: a new sign-in drops the old token at once, and keeps the client", "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  it.connect_at(it.ann, "notion", it.as1);
  CHECK(it.ask("GET", "/v1/servers/notion/accounts").at("accounts").at(0).at("oauth").at("connected") ==
        true);
  it.start(it.ann, "notion");
  const json account = it.ask("GET", "/v1/servers/notion/accounts").at("accounts").at(0).at("oauth");
  CHECK(account.at("connected") == false);
  CHECK(account.at("reason") == "signing_in");
  CHECK(it.tokens_of(*it.account_of("notion", "ann")).access.empty());
  CHECK(it.tokens_of(*it.account_of("notion", "ann")).refresh.empty());
  CHECK(it.as1.count("/register") == 1);
  CHECK(it.clients() == 1);
}

TEST_CASE("R48: a sign-in's state is good once, at its browser, for ten minutes, for its server", "[http]") {
  Begun it;
  it.add_server("linear", it.as2);
  it.store.clock().advance(10min - 1ms);
  it.callback_refused(it.ann, cat("/oauth/callback?code=x&state=", it.approval.state.substr(1)), 400,
                      "oauth_state_unknown");
  CHECK(it.visit(it.ann, "GET", it.approval.target()).status == 200);
  CHECK(it.account_of("notion", "ann").has_value());
  CHECK_FALSE(it.account_of("linear", "ann").has_value());
  it.callback_refused(it.ann, it.approval.target(), 400, "oauth_state_used");
  CHECK_THAT(it.ann.set_cookie, ContainsSubstring("SameSite=Lax"));  // comes along when a provider sends back
}

TEST_CASE("R49, R50: the way to the provider carries state, S256 and the resource, byte for byte", "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  const std::string url = it.start(it.ann, "notion").at("authorize_url");
  const auto query = oauth::FormFields::parse(url.substr(url.find('?') + 1));
  CHECK(url.starts_with(it.as1.url("/authorize?")));
  CHECK_FALSE(query.repeated().has_value());
  CHECK(query.text("response_type") == "code");
  CHECK(query.text("state").size() == 43);
  CHECK(query.text("code_challenge_method") == "S256");
  CHECK(query.text("code_challenge").size() == 43);
  CHECK(query.text("resource") == it.as1.url("/mcp"));
  CHECK(it.store.read([&](Database& db) { return store::find_flow_by_state(db, query.text("state")); })
            .has_value());
  // The provider compares challenge, resource, redirect URI and client itself.
  CHECK(it.visit(it.ann, "GET", it.as1.approve(url).target()).status == 200);
  const auto form = oauth::FormFields::parse(it.as1.seen("/token").at(0).body);
  CHECK(form.text("resource") == it.as1.url("/mcp"));
  it.check_no_secret_is_out();

  SECTION("and no resource where an admin turned it off") {
    it.add_server("linear", it.as2, {{"oauth", {{"send_resource", false}}}});
    const std::string other = it.start(it.ann, "linear").at("authorize_url");
    CHECK(other.find("resource=") == std::string::npos);
    CHECK(it.visit(it.ann, "GET", it.as2.approve(other).target()).status == 200);
    CHECK(it.as2.seen("/token").at(0).body.find("resource") == std::string::npos);
  }
}

TEST_CASE("R51: the callback page loads nothing of others and keeps its opener", "[http]") {
  Begun it;
  const auto reply = it.visit(it.ann, "GET", it.approval.target());
  CHECK(reply.status == 200);
  const auto header = [&](std::string_view name) {
    for (const auto& one : reply.headers)
      if (equal_ignoring_case(one.name, name)) return one.value;
    return std::string();
  };
  CHECK_THAT(header("Content-Security-Policy"), ContainsSubstring("default-src 'none'"));
  CHECK_THAT(header("Content-Security-Policy"), ContainsSubstring("frame-ancestors 'none'"));
  CHECK(header("Content-Security-Policy").find("unsafe") == std::string::npos);
  CHECK(header("Cross-Origin-Opener-Policy") != "same-origin");
  CHECK_THAT(header("Cache-Control"), ContainsSubstring("no-store"));
  CHECK(header("Referrer-Policy") == "same-origin");
  CHECK(reply.body.find("postMessage") == std::string::npos);
  const auto script = it.visit(it.ann, "GET", "/static/callback.js");
  CHECK(script.status == 200);
  CHECK_THAT(script.body, ContainsSubstring("BroadcastChannel"));
  CHECK(script.body.find("\"*\"") == std::string::npos);
  CHECK(script.body.find("opener") == std::string::npos);
  CHECK(it.visit(it.ann, "GET", "/oauth/wait").status == 200);
}

TEST_CASE("R52: the callback answers 400 for a bad answer and 502 for a failed exchange", "[http]") {
  Begun it;
  SECTION("the provider says no") {
    it.callback_refused(it.ann,
                        cat("/oauth/callback?error=access_denied&state=", it.approval.state,
                            "&iss=", percent_encode(it.as1.origin())),
                        400, "oauth_denied");
  }
  SECTION("no code") {
    it.approval.code.clear();
    it.callback_refused(it.ann, it.approval.target(), 400, "oauth_code_missing");
  }
  SECTION("a parameter twice") {
    it.callback_refused(it.ann, cat(it.approval.target(), "&state=x"), 400, "oauth_bad_answer");
    CHECK(it.is_waiting(it.started));
  }
  SECTION("a server that is gone by now, with its sign-ins") {
    CHECK(it.call("DELETE", "/v1/servers/notion", it.admin).status == 204);
    it.callback_refused(it.ann, it.approval.target(), 400, "oauth_state_unknown");
    CHECK(it.start(it.ann, "notion", 404).at("error") == "no_server");
  }
  SECTION("the exchange fails, and the provider's words stay where they are") {
    it.as1.answer("POST /token", [](test::Provider::Peer& peer, const test::SeenRequest&) {
      peer.reply(400, "application/json",
                 R"({"error":"invalid_request","error_description":"planted words"})");
    });
    const auto before = it.trail().size();
    const auto reply = it.visit(it.ann, "GET", it.approval.target());
    CHECK(reply.status == 502);
    CHECK(reply.body.find("planted") == std::string::npos);
    CHECK(it.trail().size() == before + 1);
    CHECK(it.trail().front().event.outcome == "failed");
    CHECK(it.accounts().empty());
    const json flow = json::parse(
        it.visit(it.ann, "GET", cat("/v1/me/oauth/flows/", it.started.at("flow").get<std::string>())).body);
    CHECK(flow.at("state") == "failed");
    CHECK(flow.at("error") == "oauth_client_refused");
    CHECK(flow.at("trace").back().at("leg") == "token");
    CHECK(flow.at("trace").back().at("status") == 400);
  }
  it.check_no_secret_is_out();
}

TEST_CASE("R54: the return address is the public one wherever it is named", "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  auto request = ControlFixture::request_for("POST", "/v1/servers/notion/oauth/start", "{}");
  request.is_https = true;
  request.headers.push_back({"cookie", "__Host-pb=" + it.ann.cookie});
  request.headers.push_back({"origin", "https://gate.example"});
  request.headers.push_back({"host", "10.0.0.7:8080"});
  const json started = json::parse(it.routes.handle(request).body);
  const std::string url = started.at("authorize_url");
  const std::string ours = "https://gate.example/oauth/callback";
  CHECK(oauth::FormFields::parse(url.substr(url.find('?') + 1)).text("redirect_uri") == ours);
  CHECK(json::parse(it.as1.seen("/register").at(0).body).at("redirect_uris") == json::array({ours}));
  CHECK(it.visit(it.ann, "GET", it.as1.approve(url).target()).status == 200);
  CHECK(oauth::FormFields::parse(it.as1.seen("/token").at(0).body).text("redirect_uri") == ours);
  for (const auto& provider_request : it.as1.seen("/token"))
    CHECK(provider_request.body.find("10.0.0.7") == std::string::npos);
}

TEST_CASE("a sign-in begun by a link waits for a person who presses the button", "[http]") {
  OAuthFixture it;
  it.add_server("notion", it.as1);
  Browser nobody(it);
  CHECK(it.visit(nobody, "GET", "/connect/notion").status == 303);
  const auto page = it.visit(it.ann, "GET", "/connect/notion");
  CHECK(page.status == 200);
  CHECK(it.as1.requests() == 0);
  const auto at = page.body.find("name=\"csrf\" value=\"") + 19;
  const auto csrf = page.body.substr(at, page.body.find('"', at) - at);
  CHECK(it.submit(it.ann, "/connect/notion", "csrf=wrong").status == 403);
  CHECK(it.flows().empty());
  CHECK(it.submit(it.ann, "/connect/notion", cat("csrf=", csrf)).status == 303);
  CHECK(it.flows().size() == 1);
  CHECK(it.call("POST", "/v1/servers/notion/oauth/start", it.admin, "{}").status >= 400);  // no browser
  CHECK(it.flows().size() == 1);
}
