#include "base/encoding.h"

#include "support/catch.h"

using namespace patchbay;

TEST_CASE("hex is read in both cases and written in lower case", "[base]") {
  CHECK(to_hex(std::string("\x00\x7f\xff", 3)) == "007fff");
  CHECK(from_hex("007FfF") == std::string("\x00\x7f\xff", 3));
  CHECK(from_hex("") == "");
  CHECK_FALSE(from_hex("0"));
  CHECK_FALSE(from_hex("0g"));
}

TEST_CASE("base64url gives the texts of RFC 4648, without padding", "[base]") {
  const std::pair<std::string, std::string> pairs[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xbf", "-_-_"},
  };
  for (const auto& [bytes, text] : pairs) {
    CHECK(to_base64url(bytes) == text);
    CHECK(from_base64url(text) == bytes);
  }
}

TEST_CASE("base64url refuses a second spelling of the same bytes", "[base]") {
  CHECK_FALSE(from_base64url("Zg=="));
  CHECK_FALSE(from_base64url("Zh"));
  CHECK_FALSE(from_base64url("Zm9"));
  CHECK_FALSE(from_base64url("Z"));
  CHECK_FALSE(from_base64url("+/+/"));
  CHECK_FALSE(from_base64url("Zm9v\n"));
}

TEST_CASE("percent-encoding keeps the unreserved characters only", "[base]") {
  CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
  CHECK(percent_encode("a b/ü+%") == "a%20b%2F%C3%BC%2B%25");
  CHECK(percent_decode("a%20b%2f%C3%BC+") == "a b/ü+");
  CHECK_FALSE(percent_decode("%"));
  CHECK_FALSE(percent_decode("%2"));
  CHECK_FALSE(percent_decode("%2x"));
}

TEST_CASE("UTF-8 is what RFC 3629 says", "[base]") {
  for (const char* good : {"", "a", "ü", "€", "\xED\x9F\xBF", "\xEE\x80\x80", "😀", "\xF4\x8F\xBF\xBF"})
    CHECK(is_utf8(good));
  for (const char* bad : {"\x80", "\xC3", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
                          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"})
    CHECK_FALSE(is_utf8(bad));
}

TEST_CASE("foreign text loses what cannot be seen", "[base]") {
  CHECK(clean_text("a\x1b[31mb\x7f\xC2\x85", 100, true) == "a[31mb");
  CHECK(clean_text("x\u202Ey\u200Bz\u2066\uFEFF\u00AD", 100, true) == "xyz");
  CHECK(clean_text("t\U000E0041\U000E007F", 100, true) == "t");
  CHECK(clean_text("\xE2\x82z\xFF", 100, true) == "\uFFFDz\uFFFD");
  CHECK(clean_text("grün 日本 ❤️", 100, true) == "grün 日本 ❤️");
}

TEST_CASE("line breaks stay or become a space", "[base]") {
  CHECK(clean_text("a\r\nb\tc", 100, true) == "a\nb\tc");
  CHECK(clean_text("a\r\nb\tc", 100, false) == "a b c");
}

TEST_CASE("long text is cut at a character border and says so", "[base]") {
  CHECK(clean_text("abcdef", 7, true) == "abcdef");
  CHECK(clean_text("abcdef", 6, true) == "abcdef");
  CHECK(clean_text("abcdef", 5, true) == "ab…");
  CHECK(clean_text("aüüü", 6, true) == "aü…");
  CHECK(clean_text("aüüü", 5, true) == "a…");
  CHECK(clean_text("abcdef", 3, true) == "…");
  CHECK(clean_text("abcdef", 2, true).empty());
}
