#include "http/page.h"

#include "base/text.h"
#include "support/catch.h"
#include "support/control_fixture.h"

using namespace patchbay;

namespace {

const http::Site site{"https://gate.example/base", "/base"};

std::string header_of(const HttpReply& reply, std::string_view name) {
  for (const Header& header : reply.headers)
    if (header.name == name) return header.value;
  return {};
}

}  // namespace

TEST_CASE("foreign text on a page is text, in elements and in attributes", "[http]") {
  http::Html body;
  body.add("<p title=\"").text("\" onload=\"x").add("\">").text("<script>&'").add("</p>");
  const auto reply = http::page(site, 400, "A <b>title", body);
  CHECK(reply.status == 400);
  CHECK_THAT(reply.body, ContainsSubstring("title=\"&quot; onload=&quot;x\">&lt;script&gt;&amp;&#39;</p>"));
  CHECK_THAT(reply.body, ContainsSubstring("<h1>A &lt;b&gt;title</h1>"));
  CHECK_THAT(reply.body, ContainsSubstring("href=\"/base/static/page.css\""));
}

TEST_CASE("a page cannot be framed, runs no script and is kept nowhere", "[http]") {
  const auto reply = http::page(site, 200, "Hello", {});
  CHECK(header_of(reply, "Content-Security-Policy") ==
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'");
  CHECK(header_of(reply, "X-Frame-Options") == "DENY");
  CHECK(header_of(reply, "Cache-Control") == "no-store");
  CHECK(reply.body.find("<script") == std::string::npos);
  http::PageOptions options;
  options.forms_lead_elsewhere = true;
  options.script = "callback.js";
  const auto open = http::page(site, 200, "Hello", {}, options);
  CHECK(header_of(open, "Content-Security-Policy").find("form-action") == std::string::npos);
  CHECK_THAT(header_of(open, "Content-Security-Policy"), ContainsSubstring("script-src 'self'"));
  CHECK_THAT(open.body, ContainsSubstring("<script src=\"/base/static/callback.js\" defer></script>"));
}

TEST_CASE("only a path of our own is a place to be sent to", "[http]") {
  for (const char* good : {"/base", "/base/", "/base/oauth/authorize?client_id=x&redirect_uri=http://a/..",
                           "/base/a%20b", "/base/#x"})
    CHECK(http::is_own_path(site, good));
  for (const char* bad : {"", "base/x", "//evil.example", "/\\evil.example", "https://evil.example", "/",
                          "/basement", "/base/../x", "/base/%2e%2E/x", "/base/./x", "/base/a b", "/base/\tx",
                          "/base/\xc3\xa4", "/base/%zz", "/base\\..\\x"})
    CHECK_FALSE(http::is_own_path(site, bad));
  CHECK_FALSE(http::is_own_path(site, cat("/base/", std::string(6 * 1024, 'x'))));
  CHECK(http::is_own_path({"https://gate.example", ""}, "/"));
  CHECK_FALSE(http::is_own_path({"https://gate.example", ""}, "//x"));
}

TEST_CASE("the style of the pages is served, and not again while it is the same", "[http]") {
  ControlFixture fixture;
  const auto reply = fixture.call("GET", "/static/page.css", {});
  REQUIRE(reply.status == 200);
  CHECK(header_of(reply, "Content-Type") == "text/css; charset=utf-8");
  auto request = ControlFixture::request_for("GET", "/static/page.css");
  request.headers.push_back({"if-none-match", header_of(reply, "ETag")});
  const auto again = fixture.routes.handle(request);
  CHECK(again.status == 304);
  CHECK(again.body.empty());
  for (const char* path : {"/static/none.css", "/static/..%2f..%2fschema.sql", "/static/../schema.sql"})
    CHECK(fixture.call("GET", path, {}).status == 404);
}
