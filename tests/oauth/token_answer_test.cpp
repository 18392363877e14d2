#include "oauth/token_answer.h"

#include "base/json.h"
#include "base/text.h"
#include "oauth/foreign_text.h"
#include "support/catch.h"

using namespace patchbay;
using namespace patchbay::oauth;

namespace {

constexpr Instant now{1'800'000'000'000};
constexpr std::int64_t hour = 3'600'000;

TokenAnswer read(std::string_view body, std::string_view type = "application/json") {
  return parse_token_answer(200, type, body, now);
}

TokenError failure(int status, std::string_view body, std::string_view type = "application/json",
                   const TokenDialect& dialect = {}) {
  try {
    parse_token_answer(status, type, body, now, dialect);
  } catch (const TokenError& error) {
    return error;
  }
  FAIL("taken");
  return no_token_answer({});
}

std::int64_t lifetime(const std::string& expires_in) {
  return (read(cat(R"({"access_token":"t","expires_in":)", expires_in, "}")).expires_at - now).count();
}

}  // namespace

TEST_CASE("a token answer gives tokens, expiry and scope", "[oauth]") {
  const auto answer = read(
      R"({"access_token":"at-1","token_type":"bearer","expires_in":600,"refresh_token":"rt-1","scope":"a  b"})",
      "Application/JSON; charset=utf-8");
  CHECK(answer.access.reveal() == "at-1");
  CHECK(answer.refresh->reveal() == "rt-1");
  CHECK(answer.expires_at == now + std::chrono::seconds(600));
  CHECK_FALSE(answer.expiry_is_guess);
  CHECK(answer.scope == "a b");
  CHECK(answer.has_scope);
  CHECK_FALSE(read(R"({"access_token":"t"})").has_scope);
  CHECK_FALSE(read(R"({"access_token":"t","refresh_token":null})").refresh.has_value());
  CHECK_FALSE(read(R"({"access_token":"t","refresh_token":""})").refresh.has_value());
}

TEST_CASE("odd lifetimes are bounded, and a missing one is a guess of an hour", "[oauth]") {
  CHECK(lifetime("-1") == 0);
  CHECK(lifetime("0") == 0);
  CHECK(lifetime("1e99") == 365 * 24 * hour);
  CHECK(lifetime("\"3600\"") == hour);
  CHECK(lifetime("\" 60 \"") == 60'000);
  CHECK(lifetime("59.9") == 59'000);
  CHECK(lifetime("null") == hour);
  CHECK(lifetime("\"soon\"") == hour);
  CHECK(lifetime("[1]") == hour);
  const auto missing = read(R"({"access_token":"t"})");
  CHECK(missing.expires_at == now + std::chrono::hours(1));
  CHECK(missing.expiry_is_guess);
}

TEST_CASE("bearer is the only type, in any case; a provider may have another word for it", "[oauth]") {
  for (const char* type : {"Bearer", "bearer", "BEARER"})
    CHECK(read(cat(R"({"access_token":"t","token_type":")", type, "\"}")).access.reveal() == "t");
  const char* mac = R"({"access_token":"t","token_type":"mac"})";
  CHECK(failure(200, mac).id() == "oauth_bad_token_answer");
  TokenDialect slack;
  slack.token_types = {"user"};
  CHECK(parse_token_answer(200, "application/json", R"({"access_token":"t","token_type":"user"})", now, slack)
            .access.reveal() == "t");
  CHECK(failure(200, mac, "application/json", slack).id() == "oauth_bad_token_answer");
}

TEST_CASE("a token that no header can carry is refused", "[oauth]") {
  for (const char* token : {"a\\r\\nX: y", "a b", "a\\u0000", "", "t\\u00e9", "\\u007f"}) {
    INFO(token);
    CHECK(failure(200, cat(R"({"access_token":")", token, "\"}")).id() == "oauth_bad_token_answer");
  }
  CHECK(failure(200, R"({"access_token":"t","refresh_token":"a\nb"})").id() == "oauth_bad_token_answer");
  CHECK(failure(200, R"({"access_token":7})").id() == "oauth_bad_token_answer");
  const auto sized = [](std::size_t size) {
    return cat(R"({"access_token":")", std::string(size, 'x'), "\"}");
  };
  CHECK(read(sized(16384)).access.reveal().size() == 16384);
  CHECK(failure(200, sized(16385)).failure() == TokenFailure::transient);
}

TEST_CASE("an answer that is no token answer decides nothing", "[oauth]") {
  for (const char* body : {"", "{}", "[]", "null", "<html>", R"({"access_token":"t"} x)"}) {
    INFO(body);
    CHECK(failure(200, body).id() == "oauth_bad_token_answer");
    CHECK(failure(200, body).failure() == TokenFailure::transient);
  }
  CHECK(failure(200, R"({"access_token":"t"})", "text/html").id() == "oauth_bad_token_answer");
  CHECK(failure(302, R"({"access_token":"t"})").failure() == TokenFailure::transient);
  CHECK(failure(404, "not here", "text/plain").failure() == TokenFailure::transient);
  CHECK(failure(200, std::string(5000, '[')).failure() == TokenFailure::transient);
}

TEST_CASE("a form is read where the content type says that it is one", "[oauth]") {
  const auto answer = read("access_token=gho_1&scope=repo%2Cgist&token_type=bearer",
                           "application/x-www-form-urlencoded; charset=utf-8");
  CHECK(answer.access.reveal() == "gho_1");
  CHECK(answer.scope == "repo gist");
  CHECK(answer.expiry_is_guess);
  CHECK(failure(200, "error=bad_verification_code&error_description=x", "application/x-www-form-urlencoded")
            .failure() == TokenFailure::ended);
  CHECK(failure(200, "access_token=a&access_token=b", "application/x-www-form-urlencoded").id() ==
        "oauth_bad_token_answer");
  CHECK(failure(200, "access_token=a", "application/json").id() == "oauth_bad_token_answer");
}

TEST_CASE("only a dead grant ends a sign-in, whatever the status it comes with", "[oauth]") {
  CHECK(failure(400, R"({"error":"invalid_grant"})").failure() == TokenFailure::ended);
  CHECK(failure(401, R"({"error":"invalid_grant"})").failure() == TokenFailure::ended);
  CHECK(failure(200, R"({"error":"bad_refresh_token"})").failure() == TokenFailure::ended);
  CHECK(failure(200, R"({"error":"invalid_grant","access_token":"t"})").failure() == TokenFailure::ended);
  CHECK(failure(400, R"({"error":"invalid_grant"})").id() == "oauth_sign_in_ended");
  const char* slack = R"({"ok":false,"error":"invalid_refresh_token"})";
  CHECK(failure(200, slack).failure() == TokenFailure::misconfigured);
  TokenDialect dialect;
  dialect.ended_errors = {"invalid_refresh_token"};
  CHECK(failure(200, slack, "application/json", dialect).failure() == TokenFailure::ended);
}

TEST_CASE("a fault of the client keeps the tokens and asks for an admin", "[oauth]") {
  for (const char* code : {"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope",
                           "invalid_target", "invalid_request", "incorrect_client_credentials", "anything"}) {
    const auto error = failure(400, cat(R"({"error":")", code, "\"}"));
    CHECK(error.failure() == TokenFailure::misconfigured);
    CHECK(error.id() == "oauth_client_refused");
  }
  CHECK(failure(401, "Unauthorized", "text/plain").failure() == TokenFailure::misconfigured);
  CHECK(failure(400, R"({"error":{"code":5}})").failure() == TokenFailure::misconfigured);
}

TEST_CASE("an overloaded provider keeps the tokens, even if it says invalid_grant", "[oauth]") {
  for (const int status : {500, 502, 503, 504, 429, 408}) {
    CHECK(failure(status, R"({"error":"invalid_grant"})").failure() == TokenFailure::transient);
    CHECK(failure(status, "<html>", "text/html").id() == "oauth_token_unavailable");
  }
  CHECK(failure(400, R"({"error":"temporarily_unavailable"})").failure() == TokenFailure::transient);
  CHECK(no_token_answer("timeout").failure() == TokenFailure::transient);
}

TEST_CASE("the provider's words go to the log alone, cleaned and without what may be a token", "[oauth]") {
  const auto error = failure(
      400,
      R"({"error":"invalid_grant","error_description":"Token <b>rt-4f5e6a7b8c9d0e1f2a</b> is\u0000 dead\n"})");
  CHECK(error.detail() == "status 400, error invalid_grant: Token <b>[…]</b> is dead ");
  CHECK_THAT(error.message(), !ContainsSubstring("dead"));
  CHECK(masked_text("unauthorized_client for 12 hours", 100) == "unauthorized_client for 12 hours");
  CHECK(masked_text("abcdefghijklmno1", 100) == "[…]");
  CHECK(masked_text("abcdefghijklmn1", 100) == "abcdefghijklmn1");
}
