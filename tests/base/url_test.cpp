#include "base/url.h"

#include <string>

#include "support/catch.h"

using namespace patchbay;

namespace {

std::string reason_of(std::string_view text) {
  try {
    parse_url(text);
    return "ok";
  } catch (const Error& error) {
    CHECK(error.kind() == Error::Kind::invalid);
    return error.id();
  }
}

}  // namespace

TEST_CASE("a URL falls into scheme, host, port and path", "[base]") {
  const Url url = parse_url("HTTPS://MCP.Example.COM:8443/mcp?tenant=A");
  CHECK(url.scheme == "https");
  CHECK(url.host == "mcp.example.com");
  CHECK(url.port == 8443);
  CHECK(url.has_explicit_port);
  CHECK_FALSE(url.ipv6_literal);
  CHECK(url.path_and_query == "/mcp?tenant=A");
  CHECK(url.origin() == "https://mcp.example.com:8443");
  CHECK(url.text() == "https://mcp.example.com:8443/mcp?tenant=A");

  CHECK(parse_url("http://a.example").port == 80);
  CHECK(parse_url("https://a.example").path_and_query == "/");
  CHECK(parse_url("https://a.example?x=1").path_and_query == "/?x=1");
  CHECK(parse_url("https://a.example:443/").origin() == "https://a.example");
  CHECK(parse_url("http://a.example:443/").origin() == "http://a.example:443");
}

TEST_CASE("an IPv6 host loses its brackets and gains them back in the authority", "[base]") {
  const Url url = parse_url("http://[0:0:0:0:0:0:0:1]:3000/mcp");
  CHECK(url.ipv6_literal);
  CHECK(url.host == "::1");
  CHECK(url.authority() == "[::1]:3000");
  CHECK(parse_url("https://[FD00::A]").text() == "https://[fd00::a]/");
}

TEST_CASE("a URL is at most 2048 characters long", "[base]") {
  const std::string start = "https://a.example/";
  CHECK(reason_of(start + std::string(2047 - start.size(), 'a')) == "ok");
  CHECK(reason_of(start + std::string(2048 - start.size(), 'a')) == "ok");
  CHECK(reason_of(start + std::string(2049 - start.size(), 'a')) == "too_long");
}

TEST_CASE("what other parsers would repair is refused with its reason", "[base]") {
  struct Row {
    const char* text;
    const char* reason;
  };
  const Row rows[] = {
      {"", "bad_url"},
      {"example.com", "bad_url"},
      {"://example.com", "bad_url"},
      {"1https://example.com", "bad_url"},
      {"https://", "bad_url"},
      {"https:example.com", "bad_url"},
      {"https://a.example/a b", "bad_url"},
      {"https://a.example/\x7f", "bad_url"},
      {"https://a.example/\xc3\xa9", "bad_url"},
      {"https://a.example\\", "bad_url"},
      {"ftp://a.example/", "bad_scheme"},
      {"httpss://a.example/", "bad_scheme"},
      {"https://@a.example/", "userinfo"},
      {"https://a.example/@scope/x?at=@", "ok"},
      {"https://a_b.example/", "ok"},
      {"https://a..example/", "bad_url"},
      {"https://.example/", "bad_url"},
      {"https://a-.example/", "bad_url"},
      {"https://a*.example/", "bad_url"},
      {"https://a%2e.example/", "bad_url"},
      {"https://a.example./", "trailing_dot"},
      {"https://\xc3\xa9.example/", "non_ascii_host"},
      {"https://[::1%eth0]/", "zone_id"},
      {"https://[::1]x/", "bad_url"},
      {"https://[]/", "bad_url"},
      {"https://a.example:80:80/", "bad_url"},
      {"https://0x7f000001/", "noncanonical_ip"},
      {"https://0x/", "noncanonical_ip"},
      {"https://0X7F.1/", "noncanonical_ip"},
      {"https://4294967295/", "noncanonical_ip"},
      {"https://4294967296/", "bad_url"},
      {"https://127.16777215/", "noncanonical_ip"},
      {"https://127.16777216/", "bad_url"},
      {"https://08.1.1.1/", "bad_url"},
      {"https://a.0x1/", "bad_url"},
      {"https://a.0xg/", "ok"},
      {"https://a.7/", "bad_url"},
      {"https://a.7a/", "ok"},
      {"https://a.example:1024/", "ok"},
      {"https://a.example:65535/", "ok"},
      {"https://a.example:65536/", "bad_port"},
      {"https://a.example:0443/", "bad_port"},
      {"https://a.example:-1/", "bad_port"},
      {"https://a.example:44a/", "bad_port"},
      {"https://a.example:6000/", "bad_port"},
      {"https://a.example:10080/", "bad_port"},
      {"https://a.example:1/", "bad_port"},
      {"https://a.example/#", "fragment"},
      {"https://a.example#x", "fragment"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(reason_of(row.text) == row.reason);
  }
  CHECK(reason_of(std::string_view("https://a.example/\0x", 20)) == "bad_url");
}

TEST_CASE("a label has at most 63 characters and a host name 253", "[base]") {
  CHECK(is_host_name(std::string(63, 'a')));
  CHECK_FALSE(is_host_name(std::string(64, 'a')));
  std::string longest;
  while (longest.size() < 250) longest += "a.";
  CHECK(is_host_name(longest + "abc"));
  CHECK_FALSE(is_host_name(longest + "abcd"));
}

TEST_CASE("a refusal never repeats the text it refuses", "[base]") {
  try {
    parse_url("https://user:hunter2@a.example/");
    FAIL("user names must be refused");
  } catch (const Error& error) {
    CHECK_THAT(error.message(), !ContainsSubstring("hunter2"));
  }
}

TEST_CASE("a reference is joined as RFC 3986 describes", "[base]") {
  const Url base = parse_url("https://a.example:8443/b/c/d?q=1");
  const auto joined = [&](std::string_view reference) { return join(base, reference).text(); };
  CHECK(joined("/messages?s=1") == "https://a.example:8443/messages?s=1");
  CHECK(joined("messages") == "https://a.example:8443/b/c/messages");
  CHECK(joined("./g/.") == "https://a.example:8443/b/c/g/");
  CHECK(joined("../g") == "https://a.example:8443/b/g");
  CHECK(joined("../../../../g") == "https://a.example:8443/g");
  CHECK(joined("g?y=../x") == "https://a.example:8443/b/c/g?y=../x");
  CHECK(joined("?y") == "https://a.example:8443/b/c/d?y");
  CHECK(joined("") == base.text());
  CHECK(joined("..") == "https://a.example:8443/b/");
  CHECK(joined("/") == "https://a.example:8443/");
  CHECK(joined("//b.example/x") == "https://b.example/x");
  CHECK(joined("http://c.example/x") == "http://c.example/x");
  CHECK(join(parse_url("https://a.example"), "x").text() == "https://a.example/x");

  CHECK_THROWS_MATCHES(join(base, "x#y"), Error, HasId("fragment"));
  CHECK_THROWS_MATCHES(join(base, "javascript:alert(1)"), Error, HasId("bad_scheme"));
  CHECK_THROWS_MATCHES(join(base, "//u@b.example/"), Error, HasId("userinfo"));
  CHECK_THROWS_MATCHES(join(base, "/a\r\nX: y"), Error, HasId("bad_url"));
  CHECK_THROWS_MATCHES(join(base, std::string(2049, 'a')), Error, HasId("too_long"));
}

TEST_CASE("an origin is scheme, host and effective port", "[base]") {
  const auto same = [](std::string_view a, std::string_view b) {
    return same_origin(parse_url(a), parse_url(b));
  };
  CHECK(same("https://a.example/x", "https://A.example:443/y"));
  CHECK(same("http://[::1]:3000", "http://[0:0:0:0:0:0:0:1]:3000/"));
  CHECK_FALSE(same("https://a.example", "http://a.example:443"));
  CHECK_FALSE(same("https://a.example", "https://a.example:8443"));
  CHECK_FALSE(same("https://a.example", "https://a.example.evil.test"));
}

TEST_CASE("localhost is a name and everything below it", "[base]") {
  CHECK(is_localhost_name("localhost"));
  CHECK(is_localhost_name("app.localhost"));
  CHECK_FALSE(is_localhost_name(".localhost"));
  CHECK_FALSE(is_localhost_name("notlocalhost"));
  CHECK_FALSE(is_localhost_name("localhost.example"));
}

TEST_CASE("a redacted URL has no user name, password, query or fragment", "[base]") {
  CHECK(redacted("https://a.example:8443/x/@scope?token=s") == "https://a.example:8443/x/@scope");
  CHECK(redacted("https://A.example/x?token=s") == "https://a.example/x");
  CHECK(redacted("https://u:s@a.example/x?token=s") == "https://a.example/x");
  CHECK(redacted("https://u:s/s@a.example/x#s") == "https://a.example/x");
  CHECK(redacted("https://u:s?s@a.example/x") == "https://a.example/x");
  CHECK(redacted("https://u:s://s@a.example/x") == "https://a.example/x");
  CHECK(redacted("u:s@a.example?s") == "a.example");
  CHECK(redacted("not a url\r\nX") == "not?a?url??X");
  CHECK(redacted("") == "");
}
