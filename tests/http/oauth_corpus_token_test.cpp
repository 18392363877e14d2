// The cases of oauth.json about codes and refresh tokens; see oauth_corpus_test.cpp.

#include <atomic>
#include <thread>

#include "oauth/issuer.h"
#include "store/apps.h"
#include "support/catch.h"
#include "support/oauth_cases.h"

using namespace patchbay;
using nlohmann::json;

namespace {

const std::string web = "https://c/cb";
using Tokens = OauthStage::Tokens;

// A code that fails this way is worth nothing afterwards, not even told rightly.
void refuse_and_burn(OauthCast& cast, const std::map<std::string, std::string>& with) {
  OauthStage& stage = cast.stage;
  const auto id = stage.app(web);
  const auto code = stage.code(cast.bob, id, web);
  stage.refused(400, "invalid_grant", [&] { return stage.redeem(id, code, web, with); });
  stage.refused(400, "invalid_grant", [&] { return stage.redeem(id, code, web); });
}

void add_pkce_cases(OauthCases& cases) {
  cases["pkce_downgrade_token"] = [](OauthCast& cast) { refuse_and_burn(cast, {{"code_verifier", "-"}}); };
  cases["pkce_wrong"] = [](OauthCast& cast) {
    refuse_and_burn(cast, {{"code_verifier", std::string(42, 'v') + "2"}});
    refuse_and_burn(cast, {{"code_verifier", OauthStage::challenge()}});
  };
  cases["pkce_verifier_without_challenge"] = [](OauthCast& cast) {
    // No code is issued without a challenge, so one is put into the store by hand.
    OauthStage& stage = cast.stage;
    const auto id = stage.app(web);
    const auto code = stage.code(cast.bob, id, web);
    const auto hash = store::hash_app_secret(store::AppSecret::code, code);
    stage.store.transact(
        [&](Database& db) { db.run("update app_code set challenge = '' where hash = ?", Blob{hash}); });
    stage.refused(400, "invalid_grant", [&] { return stage.redeem(id, code, web); });
  };
  cases["pkce_bad_length"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto id = stage.app(web);
    const auto code = stage.code(cast.bob, id, web);
    for (const auto& verifier :
         {std::string(42, 'v'), std::string(129, 'v'), std::string(43, '+'), std::string(43, ' ')})
      stage.refused(400, "invalid_request", [&] {
        return stage.redeem(id, code, web, {{"code_verifier", verifier}});
      });
  };
}

void race_for_code(OauthCast& cast) {
  OauthStage& stage = cast.stage;
  const auto id = stage.app(web);
  const auto code = stage.code(cast.bob, id, web);
  std::vector<std::string> granted(20);
  std::vector<int> statuses(20);
  std::vector<std::thread> racers;
  for (std::size_t i = 0; i < granted.size(); ++i)
    racers.emplace_back([&, i] {
      auto request = ControlFixture::request_for("POST", "/oauth/token");
      request.body = OauthStage::form({{"grant_type", "authorization_code"},
                                       {"client_id", id},
                                       {"code", code},
                                       {"redirect_uri", web},
                                       {"code_verifier", OauthStage::verifier()}});
      request.headers.push_back({"content-type", "application/x-www-form-urlencoded"});
      const auto reply = stage.routes.handle(request);
      statuses[i] = reply.status;
      if (reply.status == 200) granted[i] = json::parse(reply.body).at("access_token");
    });
  for (auto& racer : racers) racer.join();
  CHECK(std::count(statuses.begin(), statuses.end(), 200) == 1);
  CHECK(std::count(statuses.begin(), statuses.end(), 400) == 19);
  for (const auto& token : granted)
    if (!token.empty()) CHECK_FALSE(stage.is_good(token));
}

void add_code_cases(OauthCases& cases) {
  cases["code_replay"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto id = stage.app(web);
    const auto code = stage.code(cast.bob, id, web);
    const Tokens tokens = OauthStage::tokens_of(stage.redeem(id, code, web));
    CHECK(stage.is_good(tokens.access));
    stage.refused(400, "invalid_grant", [&] { return stage.redeem(id, code, web); });
    CHECK_FALSE(stage.is_good(tokens.access));
    CHECK_FALSE(stage.revoked.empty());  // what it had open was ended
    stage.refused(400, "invalid_grant", [&] { return stage.refresh(id, tokens.refresh); });
  };
  cases["code_other_client"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto id = stage.app(web);
    const auto other = stage.app(web);
    const auto code = stage.code(cast.bob, id, web);
    stage.refused(400, "invalid_grant", [&] { return stage.redeem(other, code, web); });
    CHECK(stage.trail().front().event.reason == "code_of_another_app");
    stage.refused(400, "invalid_grant", [&] { return stage.redeem(id, code, web); });
  };
  cases["code_redirect_mismatch"] = [](OauthCast& cast) {
    refuse_and_burn(cast, {{"redirect_uri", "https://c/other"}});
  };
  cases["code_expired"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto id = stage.app(web);
    const auto good = stage.code(cast.bob, id, web);
    const auto late = stage.code(cast.bob, id, web, {{"prompt", "consent"}});
    stage.store.clock().advance(std::chrono::seconds(59));
    OauthStage::tokens_of(stage.redeem(id, good, web));
    stage.store.clock().advance(std::chrono::seconds(2));
    stage.refused(400, "invalid_grant", [&] { return stage.redeem(id, late, web); });
  };
  cases["code_race"] = race_for_code;
}

struct SignedIn {
  std::string id;
  Tokens tokens;
};
SignedIn sign_in(OauthCast& cast, const std::string& scope = "mcp:read mcp:write") {
  const auto id = cast.stage.app(web);
  return {id, cast.stage.sign_in_app(cast.bob, id, web, {{"scope", scope}, {"prompt", "consent"}})};
}

void add_refresh_cases(OauthCases& cases) {
  cases["refresh_reuse"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto [id, first] = sign_in(cast);
    const Tokens second = OauthStage::tokens_of(stage.refresh(id, first.refresh));
    const Tokens third = OauthStage::tokens_of(stage.refresh(id, second.refresh));
    stage.store.clock().advance(std::chrono::seconds(11));
    stage.refused(400, "invalid_grant", [&] { return stage.refresh(id, first.refresh); });
    CHECK(stage.trail().front().event.reason == "refresh_reuse");
    for (const auto& token : {first.access, second.access, third.access}) CHECK_FALSE(stage.is_good(token));
    stage.refused(400, "invalid_grant", [&] { return stage.refresh(id, third.refresh); });
    // A predecessor whose grace is over counts as well, used or not.
    const auto [other, begun] = sign_in(cast);
    const Tokens next = OauthStage::tokens_of(stage.refresh(other, begun.refresh));
    stage.store.clock().advance(std::chrono::milliseconds(10'001));
    stage.refused(400, "invalid_grant", [&] { return stage.refresh(other, begun.refresh); });
    CHECK_FALSE(stage.is_good(next.access));
  };
  cases["refresh_retry_grace"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto [id, first] = sign_in(cast);
    const Tokens second = OauthStage::tokens_of(stage.refresh(id, first.refresh));
    stage.store.clock().advance(std::chrono::seconds(10));
    const Tokens again = OauthStage::tokens_of(stage.refresh(id, first.refresh));
    CHECK(again.refresh == second.refresh);
    CHECK(again.access != second.access);
    CHECK(stage.is_good(second.access));
    CHECK(stage.is_good(again.access));
    OauthStage::tokens_of(stage.refresh(id, again.refresh));
  };
  cases["refresh_grandparent"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto [id, first] = sign_in(cast);
    const Tokens second = OauthStage::tokens_of(stage.refresh(id, first.refresh));
    const Tokens third = OauthStage::tokens_of(stage.refresh(id, second.refresh));
    stage.refused(400, "invalid_grant", [&] { return stage.refresh(id, first.refresh); });
    CHECK_FALSE(stage.is_good(third.access));
  };
  cases["refresh_scope_up"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto [id, tokens] = sign_in(cast, "mcp:read");
    CHECK(tokens.scope == "mcp:read");
    stage.refused(400, "invalid_scope", [&] {
      return stage.refresh(id, tokens.refresh, {{"scope", "mcp:read mcp:write"}});
    });
    const auto [wide, both] = sign_in(cast);
    const Tokens narrow = OauthStage::tokens_of(stage.refresh(wide, both.refresh, {{"scope", "mcp:read"}}));
    CHECK(narrow.scope == "mcp:read");
    CHECK(OauthStage::tokens_of(stage.refresh(wide, narrow.refresh)).scope == "mcp:read mcp:write");
  };
  cases["refresh_other_client"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto [id, tokens] = sign_in(cast);
    const auto other = stage.app(web);
    stage.refused(400, "invalid_grant", [&] { return stage.refresh(other, tokens.refresh); });
    OauthStage::tokens_of(stage.refresh(id, tokens.refresh));
  };
  cases["disabled_member"] = [](OauthCast& cast) {
    OauthStage& stage = cast.stage;
    const auto [id, tokens] = sign_in(cast);
    CHECK(stage.is_good(tokens.access));
    stage.ann.call("PATCH", "/v1/users/bob", R"({"disabled":true})");
    CHECK_FALSE(stage.is_good(tokens.access));
    stage.refused(400, "invalid_grant", [&] { return stage.refresh(id, tokens.refresh); });
    stage.ann.call("PATCH", "/v1/users/bob", R"({"disabled":false})");
    CHECK(cast.bob.sign_in("bob", password));
  };
}

}  // namespace

void add_token_cases(OauthCases& cases) {
  add_pkce_cases(cases);
  add_code_cases(cases);
  add_refresh_cases(cases);
}
