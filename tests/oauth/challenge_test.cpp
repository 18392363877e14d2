#include "oauth/challenge.h"

#include "base/text.h"
#include "oauth/scope_text.h"
#include "support/catch.h"

using namespace patchbay;
using namespace patchbay::oauth;

TEST_CASE("a challenge of one server is read with all that matters to a client", "[oauth]") {
  const auto bearer = find_bearer(
      {R"(Bearer realm="OAuth", error="invalid_token", error_description="The \"old\" one", scope="mcp.read  mcp.write mcp.read", resource_metadata="https://u.example/.well-known/oauth-protected-resource/mcp")"});
  REQUIRE(bearer.has_value());
  CHECK(bearer->resource_metadata == "https://u.example/.well-known/oauth-protected-resource/mcp");
  CHECK(bearer->scope == "mcp.read mcp.write");
  CHECK(bearer->error == "invalid_token");
  CHECK(bearer->error_description == "The \"old\" one");
}

TEST_CASE("several challenges may stand in one line and several lines in one answer", "[oauth]") {
  const auto all = parse_challenges({R"(Basic realm="a, b", , Negotiate YWJj==, DPoP algs="ES256",x=y)",
                                     "bearer", "  ", R"(BEARER Scope = a , error=b)"});
  REQUIRE(all.size() == 5);
  CHECK(all[0].scheme == "basic");
  CHECK(*all[0].find("realm") == "a, b");
  CHECK(all[1].scheme == "negotiate");
  CHECK(all[1].token68 == "YWJj==");
  CHECK(*all[2].find("x") == "y");
  CHECK(all[3].scheme == "bearer");
  CHECK(all[3].parameters.empty());
  CHECK(*all[4].find("scope") == "a");
  CHECK(*all[4].find("error") == "b");
  CHECK(all[4].find("realm") == nullptr);
}

TEST_CASE("of several Bearer challenges the one that tells where the metadata are counts", "[oauth]") {
  CHECK(
      find_bearer({"Bearer scope=a", R"(Bearer resource_metadata="https://u.example/x", scope=b)"})->scope ==
      "b");
  CHECK(find_bearer({"Bearer scope=a", "Bearer scope=b"})->scope == "a");
  CHECK_FALSE(find_bearer({"Basic realm=x"}).has_value());
  CHECK_FALSE(find_bearer({}).has_value());
  CHECK(find_bearer({"Bearer resource_metadata=https://u.example/x?a=b"})->resource_metadata ==
        "https://u.example/x?a=b");
}

TEST_CASE("a challenge that breaks the grammar is refused, never half read", "[oauth]") {
  for (const std::string_view line :
       {R"(Bearer realm="open)", R"(Bearer realm="open\)", R"(realm="x")", "Bearer b=1, a=", "Bearer a=1 b=2",
        "Bearer a=1, a=2", "Bearer a=1, A=2", "Bearer (x)", "Bearer a=1,\"", "Bearer a b", "=",
        "Bearer x=\"a\x01\"", "Bearer a=\"b\"c=\"d\""}) {
    INFO(line);
    CHECK_THROWS_MATCHES(parse_challenges({line}), Error, HasId("oauth_bad_challenge"));
  }
}

TEST_CASE("challenges are bounded in bytes and parameters, over all lines", "[oauth]") {
  const std::string longest = cat("Bearer a=", std::string(8192 - 9, 'x'));
  CHECK(find_bearer({longest}).has_value());
  CHECK_THROWS_MATCHES(find_bearer({longest, "x"}), Error, HasId("oauth_bad_challenge"));

  const auto with = [](int count) {
    std::string line = "Bearer p=1";
    for (int i = 1; i < count; ++i) line += cat(",p", i, "=1");
    return line;
  };
  CHECK(parse_challenges({with(32)}).front().parameters.size() == 32);
  CHECK_THROWS_MATCHES(parse_challenges({with(33)}), Error, HasId("oauth_bad_challenge"));
  CHECK_THROWS_MATCHES(parse_challenges({with(20), with(13)}), Error, HasId("oauth_bad_challenge"));
  // oauth-027: 64 KiB, 500 parameters, unbalanced quotes
  CHECK_THROWS_MATCHES(find_bearer({std::string(65536, '"')}), Error, HasId("oauth_bad_challenge"));
}

TEST_CASE("what a challenge says for people is cleaned before it is shown", "[oauth]") {
  const auto bearer = find_bearer({
      "Bearer error=\"x\", error_description=\"a\xe2\x80\xae"
      "b\xff\"",
  });
  CHECK(bearer->error_description == "ab\xef\xbf\xbd");
}

TEST_CASE("scopes keep their order, lose what is no scope, and unite", "[oauth]") {
  CHECK(clean_scope(" a  b\ta \x01x c\"d e\\f g") == "a b g");
  CHECK(scope_union("a b", "b c") == "a b c");
  CHECK(scope_union("", "c") == "c");
  CHECK(scopes_beyond("mcp.read admin:*", "mcp.read") == std::vector<std::string>{"admin:*"});
  std::string many;
  for (int i = 0; i < 101; ++i) many += cat("s", i, ' ');
  CHECK(scope_names(many).size() == 100);
  std::string wide;
  for (int i = 0; i < 41; ++i) wide += cat(std::string(98, 'w'), 10 + i, ' ');
  CHECK(scope_names(wide).size() == 40);  // 4 KiB
}
