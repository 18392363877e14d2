#include "oauth/form.h"

#include "base/text.h"
#include "oauth/client_auth.h"
#include "support/catch.h"

using namespace patchbay;
using namespace patchbay::oauth;

TEST_CASE("a form that we build is the one that we read", "[oauth]") {
  Form form;
  form.add("grant_type", "authorization_code")
      .add("code", Secret("a+b&c=d é"))
      .add_if("scope", "")
      .add("x", "");
  CHECK(form.body().reveal() == "grant_type=authorization_code&code=a%2Bb%26c%3Dd%20%C3%A9&x=");
  const auto fields = FormFields::parse(form.body().reveal());
  CHECK(fields.text("grant_type") == "authorization_code");
  CHECK(fields.find("code")->reveal() == "a+b&c=d é");
  CHECK(fields.has("x"));
  CHECK_FALSE(fields.has("scope"));
  CHECK(fields.find("scope") == nullptr);
}

TEST_CASE("a plus is a blank, an empty piece is nothing, a name alone has an empty value", "[oauth]") {
  const auto fields = FormFields::parse("a=b+c&&d&");
  CHECK(fields.text("a") == "b c");
  CHECK(fields.text("d").empty());
  CHECK(fields.fields().size() == 2);
  CHECK(FormFields::parse("").fields().empty());
}

TEST_CASE("a field that stands twice is reported by its decoded name", "[oauth]") {
  CHECK(FormFields::parse("a=1&b=2&%61=3").repeated() == "a");
  const auto fields = FormFields::parse("resource=1&resource=2");
  CHECK(fields.repeated() == "resource");
  CHECK_FALSE(fields.repeated({"resource"}).has_value());
  CHECK(fields.all("resource") == std::vector<std::string>{"1", "2"});
  CHECK_FALSE(FormFields::parse("a=1&A=2").repeated().has_value());
}

TEST_CASE("a form with broken escapes, NUL or bytes that are no UTF-8 is refused", "[oauth]") {
  for (const std::string_view text :
       {"a=%", "a=%4", "a=%zz", "a=%00", "%00=a", "a=%ff", "a=\xff", "=a", "a=1&=2", "a=%C0%80"}) {
    INFO(text);
    CHECK_THROWS_MATCHES(FormFields::parse(text), Error, HasId("bad_form"));
  }
}

TEST_CASE("a form is bounded in bytes, fields and values", "[oauth]") {
  FormLimits limits;
  limits.max_bytes = 20;
  limits.max_fields = 3;
  limits.max_value = 5;
  CHECK(FormFields::parse("a=1&b=2&c=3", limits).fields().size() == 3);
  CHECK_THROWS_MATCHES(FormFields::parse("a=1&b=2&c=3&d=4", limits), Error, HasId("bad_form"));
  CHECK(FormFields::parse("a=%31%32%33%34%35", limits).text("a") == "12345");
  CHECK_THROWS_MATCHES(FormFields::parse("a=123456", limits), Error, HasId("bad_form"));
  CHECK(FormFields::parse(std::string(20, '&'), limits).fields().empty());
  CHECK_THROWS_MATCHES(FormFields::parse(std::string(21, '&'), limits), Error, HasId("bad_form"));
}

TEST_CASE("a client proves itself as it registered: in the header, in the body or not at all", "[oauth]") {
  Form basic;
  const auto header = identify(basic, {"id:1", Secret("p w%"), ClientAuth::basic});
  REQUIRE(header.has_value());
  CHECK(header->reveal() == "Basic aWQlM0ExOnAlMjB3JTI1");  // id%3A1:p%20w%25
  CHECK(basic.body().empty());

  Form post;
  CHECK_FALSE(identify(post, {"id", Secret("s&t"), ClientAuth::post}).has_value());
  CHECK(post.body().reveal() == "client_id=id&client_secret=s%26t");

  Form none;
  CHECK_FALSE(identify(none, {"id", Secret("never sent"), ClientAuth::none}).has_value());
  CHECK(none.body().reveal() == "client_id=id");

  Form padded;
  CHECK(identify(padded, {"ab", Secret("c"), ClientAuth::basic})->reveal() == "Basic YWI6Yw==");
}

TEST_CASE("the way to prove oneself follows from what the server lists", "[oauth]") {
  CHECK(choose_for_registration({}) == ClientAuth::none);
  CHECK(choose_for_registration({"client_secret_post", "none"}) == ClientAuth::none);
  CHECK(choose_for_registration({"client_secret_post", "client_secret_basic"}) == ClientAuth::basic);
  CHECK(choose_for_registration({"private_key_jwt", "client_secret_post"}) == ClientAuth::post);
  CHECK_FALSE(choose_for_registration({"private_key_jwt"}).has_value());
  CHECK(choose_for_client({"client_secret_post"}, true) == ClientAuth::post);
  CHECK(choose_for_client({}, true) == ClientAuth::basic);
  CHECK(choose_for_client({"client_secret_basic"}, false) == ClientAuth::none);
  for (const auto auth : {ClientAuth::none, ClientAuth::basic, ClientAuth::post})
    CHECK(parse_client_auth(to_text(auth)) == auth);
  CHECK_FALSE(parse_client_auth("private_key_jwt").has_value());
}
