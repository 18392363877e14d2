// The cases of oauth.json for the resource server; see oauth_corpus_test.cpp. Refusals of those who prove
// nobody are counted, not recorded one by one (http/mcp_routes).

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "base/crypto.h"
#include "base/encoding.h"
#include "store/app_tokens.h"
#include "store/tokens.h"
#include "support/catch.h"
#include "support/fake_upstream.h"
#include "support/oauth_cases.h"

using namespace patchbay;
using nlohmann::json;

namespace {

const std::string web = "https://c/cb";
const std::string first_challenge =
    "Bearer scope=\"mcp:read mcp:write\", "
    "resource_metadata=\"https://gate.example/.well-known/oauth-protected-resource/mcp\"";
const std::string token_challenge = "Bearer error=\"invalid_token\", " + first_challenge.substr(7);

std::string challenge_of(const HttpReply& reply) {
  return OauthStage::header(reply, "WWW-Authenticate");
}

// One that the data plane does not know, sent as it is.
void refuse_header(OauthCast& cast, const std::string& authorization) {
  INFO(authorization);
  const auto reply = cast.plane.rpc("/mcp", authorization, "tools/list");
  CHECK(reply.status == 401);
  CHECK(challenge_of(reply) == token_challenge);
}

OauthStage::Tokens sign_in(OauthCast& cast, const std::string& scope = "mcp:read mcp:write",
                           const std::string& resource = "https://gate.example/mcp") {
  const auto id = cast.stage.app(web);
  return cast.stage.sign_in_app(cast.bob, id, web, {{"scope", scope}, {"resource", resource}});
}

void refuse_without_token(OauthCast& cast) {
  for (const char* method : {"POST", "GET", "DELETE"}) {
    auto request = ControlFixture::request_for(method, "/mcp");
    const auto reply = cast.plane.ask(std::move(request));
    CHECK(reply.status == 401);
    CHECK(challenge_of(reply) == first_challenge);
    CHECK(json::parse(reply.body).size() == 2);  // an id and a sentence, nothing about what is there
  }
  // The same words for a server that is there and one that is not, each with metadata of its own.
  const auto one = cast.plane.rpc("/mcp/servers/everything", "", "tools/list");
  CHECK(challenge_of(one).find("/oauth-protected-resource/mcp/servers/everything\"") != std::string::npos);
  const auto none = cast.plane.rpc("/mcp/servers/nowhere", "", "tools/list");
  CHECK(challenge_of(none).find("/oauth-protected-resource/mcp/servers/nowhere\"") != std::string::npos);
  CHECK(one.body == none.body);
  CHECK(challenge_of(cast.plane.rpc("/mcp/servers/a%22b", "", "tools/list")) == first_challenge);
}

void refuse_other_audience(OauthCast& cast) {
  OauthStage& stage = cast.stage;
  const auto other = stage.store.transact([&](Database& db) {
    store::TokenWish wish;
    wish.name = "other audience " + new_uuid(stage.store.clock().now());
    wish.scopes = Scope::mcp_read | Scope::mcp_write;
    wish.audience = "https://other.example";
    return store::create_token(db, wish, stage.store.clock().now());
  });
  stage.bearer.reload();
  refuse_header(cast, "Bearer " + other.secret.reveal());
  // An application's token is good for what it was made for and below, up to the border of a segment.
  const auto narrow = sign_in(cast, "mcp:read", "https://gate.example/mcp/servers/x").access;
  CHECK(stage.is_good(narrow, "/mcp/servers/x"));
  for (const char* path :
       {"/mcp", "/mcp/all", "/mcp/servers/xy", "/mcp/servers/y", "/mcp/p/x", "/v1/tools", "/v1/me", ""})
    CHECK_FALSE(stage.is_good(narrow, path));
  refuse_header(cast, "Bearer " + narrow);
  const auto wide = sign_in(cast, "mcp:read").access;
  for (const char* path : {"/mcp", "/mcp/all", "/mcp/servers/x", "/mcp/p/x", "/v1/tools", "/v1/tools/call"})
    CHECK(stage.is_good(wide, path));
  for (const char* path : {"/v1/me", "/v1/tools/x", "/mcpx", "/", "", "/v1/events"})
    CHECK_FALSE(stage.is_good(wide, path));
}

// A server that keeps what it is sent, and has one tool that only reads.
void play_upstream(test::FakeServer::Peer& peer) {
  while (const auto request = peer.read()) {
    const auto has = [&](const char* word) { return request->body.find(word) != std::string::npos; };
    if (request->method != "POST") {
      peer.reply(405, "", "");
    } else if (has("notifications/")) {
      peer.reply(202, "", "");
    } else {
      const auto id = json::parse(request->body).at("id");
      std::string result = R"({"content":[{"type":"text","text":"seen"}]})";
      if (has("\"initialize\""))
        result = R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}},)"
                 R"("serverInfo":{"name":"fake","version":"1"}})";
      else if (has("\"tools/list\""))
        result = R"({"tools":[{"name":"look","inputSchema":{"type":"object"}}]})";
      peer.reply_json(R"({"jsonrpc":"2.0","id":)" + id.dump() + R"(,"result":)" + result + "}");
    }
  }
}

const std::string look =
    R"({"name":"execute_capability","arguments":{"name":"mcp:fake:look","arguments":{}}})";

void look_for_passthrough(OauthCast& cast) {
  const auto token = sign_in(cast).access;  // before the server is there to be unticked
  test::FakeServer upstream(play_upstream);
  auto served = std::make_shared<gateway::ServedServer>();
  served->server = a_server("fake");
  served->server.url = upstream.url();
  served->server.access.everyone = true;
  cast.stage.store.add(served->server);
  served->headers.push_back({"Authorization", Secret("Bearer upstream-credential")});
  cast.plane.offer(served);
  const auto reply = cast.plane.rpc("/mcp", "Bearer " + token, "tools/call", look);
  INFO(reply.body);
  CHECK(reply.status == 200);
  CHECK_THAT(reply.body, ContainsSubstring("seen"));
  bool called = false;
  for (const auto& request : upstream.requests()) {
    CHECK(request.headers.at("authorization") == "Bearer upstream-credential");
    for (const auto& [name, value] : request.headers) CHECK(value.find("pbk_") == std::string::npos);
    CHECK((request.path + request.body).find("pbk_") == std::string::npos);
    called = called || request.body.find("tools/call") != std::string::npos;
  }
  CHECK(called);
  // That credential proves nobody to us, and is not sent on by us for having been sent to us.
  const auto before = upstream.requests().size();
  refuse_header(cast, "Bearer upstream-credential");
  CHECK(upstream.requests().size() == before);
}

// Welch's t of how long it takes to refuse wrong tokens of two kinds, in random order.
double time_refusals(OauthCast& cast, const std::vector<std::string> (&headers)[2]) {
  double sum[2] = {};
  double squares[2] = {};
  int count[2] = {};
  const auto dice = crypto::random_bytes(200'000);
  for (std::size_t round = 0; round < 100'000; ++round) {
    const std::size_t kind = static_cast<unsigned char>(dice[2 * round]) & 1U;
    const std::size_t which = (static_cast<unsigned char>(dice[2 * round]) * 128U +
                               static_cast<unsigned char>(dice[2 * round + 1])) %
                              1000;
    const auto began = std::chrono::steady_clock::now();
    const auto verdict = cast.stage.bearer.check(headers[kind][which], "/mcp");
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - began;
    if (verdict.caller) throw std::runtime_error("a wrong token is good");
    if (took.count() > 50'000) continue;  // the machine did something else meanwhile
    sum[kind] += took.count();
    squares[kind] += took.count() * took.count();
    ++count[kind];
  }
  const auto mean = [&](int kind) { return sum[kind] / count[kind]; };
  const auto spread = [&](int kind) {
    return (squares[kind] / count[kind] - mean(kind) * mean(kind)) / count[kind];
  };
  return std::abs(mean(0) - mean(1)) / std::sqrt(spread(0) + spread(1));
}

// How long looking up takes must not tell how much of a token is right. A busy machine may tell the two kinds
// apart once by chance, but not each time.
void time_near_misses(OauthCast& cast) {
  const auto good = sign_in(cast).access;
  const auto bytes = from_base64url(good.substr(7)).value();
  std::vector<std::string> headers[2];  // the first half right, and nothing right
  for (int i = 0; i < 1000; ++i) {
    headers[0].push_back("Bearer pbk_at_" + to_base64url(bytes.substr(0, 16) + crypto::random_bytes(16)));
    headers[1].push_back("Bearer pbk_at_" + to_base64url(crypto::random_bytes(32)));
  }
  double least = time_refusals(cast, headers);
  for (int again = 0; again < 4 && least >= 5; ++again) least = std::min(least, time_refusals(cast, headers));
  INFO("t = " << least);
  CHECK(least < 5);
}

}  // namespace

void add_resource_cases(OauthCases& cases) {
  cases["no_token"] = refuse_without_token;
  cases["token_in_query"] = [](OauthCast& cast) {
    const auto token = sign_in(cast).access;
    const auto reply = cast.plane.rpc("/mcp?access_token=" + token, "", "tools/list");
    CHECK(reply.status == 401);
    CHECK(challenge_of(reply) == first_challenge);
  };
  cases["other_audience"] = refuse_other_audience;
  cases["upstream_token_presented"] = [](OauthCast& cast) {
    for (const char* token :
         {"gho_16C7e42F292c6912E7710c838347Ae178B4a", "eyJhbGciOiJub25lIn0.e30.", "upstream-credential"})
      refuse_header(cast, std::string("Bearer ") + token);
  };
  cases["passthrough"] = look_for_passthrough;
  cases["expired"] = [](OauthCast& cast) {
    const auto token = sign_in(cast).access;
    cast.stage.store.clock().advance(std::chrono::seconds(15 * 60 - 1));
    CHECK(cast.stage.is_good(token));
    cast.stage.store.clock().advance(std::chrono::seconds(2));
    refuse_header(cast, "Bearer " + token);
  };
  cases["revoked"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto id = stage.app(web);
    const auto tokens = stage.sign_in_app(cast.bob, id, web);
    CHECK(cast.plane.rpc("/mcp", "Bearer " + tokens.access, "tools/list").status == 200);
    CHECK(stage.post("/oauth/revoke", {{"client_id", id}, {"token", tokens.refresh}}).status == 200);
    refuse_header(cast, "Bearer " + tokens.access);
    const auto mine = sign_in(cast).access;
    const json mine_all = cast.bob.ask("GET", "/v1/me/apps");
    REQUIRE_FALSE(mine_all.at("apps").empty());
    for (const auto& app : mine_all.at("apps"))
      CHECK(cast.bob.call("DELETE", "/v1/me/apps/" + app.at("id").get<std::string>()).status == 204);
    refuse_header(cast, "Bearer " + mine);
  };
  cases["scope_read_calls_write"] = [](OauthCast& cast) {
    const auto token = sign_in(cast, "mcp:read").access;
    CHECK(cast.plane.rpc("/mcp", "Bearer " + token, "tools/list").status == 200);
    const auto before = cast.stage.refusals();
    const auto reply = cast.plane.rpc("/mcp/all", "Bearer " + token, "tools/call",
                                      R"({"name":"mcp__fake__look","arguments":{}})");
    CHECK(reply.status == 403);
    CHECK(challenge_of(reply) ==
          "Bearer error=\"insufficient_scope\", scope=\"mcp:read mcp:write\", "
          "resource_metadata=\"https://gate.example"
          "/.well-known/oauth-protected-resource/mcp/all\"");
    cast.stage.writer.settle();
    CHECK(cast.stage.refusals() == before + 1);
  };
  cases["case_and_spaces"] = [](OauthCast& cast) {
    const auto token = sign_in(cast).access;
    for (const char* scheme : {"bearer ", "BEARER ", "Bearer "})
      CHECK(cast.plane.rpc("/mcp", scheme + token, "tools/list").status == 200);
    for (const char* scheme : {"Bearer  ", "Bearer\t", "Bearer, ", "Bearer", "Token ", "Basic ", " Bearer "})
      refuse_header(cast, scheme + token);
    refuse_header(cast, "Bearer " + token + " ");
    refuse_header(cast, "Bearer " + token + ", Bearer " + token);
  };
  cases["token_percent"] = [](OauthCast& cast) {
    const auto token = sign_in(cast).access;
    for (const char* end : {"%00", "%0d%0a", "%20", "=", "=="}) refuse_header(cast, "Bearer " + token + end);
    refuse_header(cast, "Bearer pbk%5Fat_" + token.substr(7));
  };
  cases["token_timing"] = time_near_misses;
  cases["admin_cookie_on_mcp"] = [](OauthCast& cast) {
    auto request =
        ControlFixture::request_for("POST", "/mcp", R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
    request.is_https = true;
    request.headers.push_back({"cookie", "__Host-pb=" + cast.stage.ann.cookie});
    request.headers.push_back({"origin", "https://gate.example"});
    const auto reply = cast.plane.ask(std::move(request));
    CHECK(reply.status == 401);
    CHECK(challenge_of(reply) == first_challenge);
  };
  cases["mcp_token_on_admin"] = [](OauthCast& cast) {
    const auto id = cast.stage.app(web);
    const auto token = cast.stage.sign_in_app(cast.stage.ann, id, web).access;
    for (const char* path : {"/v1/servers", "/v1/users", "/v1/me", "/v1/tokens", "/v1/audit", "/v1/apps"})
      CHECK(cast.stage.call("GET", path, token).status == 401);
  };
}
