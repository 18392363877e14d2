#include "base/csv.h"

#include "support/catch.h"

using namespace patchbay;

TEST_CASE("a CSV field is quoted where it must be", "[base]") {
  CHECK(csv_field("") == "");
  CHECK(csv_field("plain text") == "plain text");
  CHECK(csv_field("a,b") == "\"a,b\"");
  CHECK(csv_field("say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(csv_field("a\r\nb") == "\"a\r\nb\"");
  CHECK(csv_line({"a", "", "c,d"}) == "a,,\"c,d\"\r\n");
}

TEST_CASE("a CSV field that begins like a formula is made text", "[base]") {
  for (const std::string first : {"=", "+", "-", "@", "\t", "\r"}) {
    CHECK(csv_field(first + "SUM(1)") == "\"'" + first + "SUM(1)\"");
    CHECK(csv_field(first) == "\"'" + first + "\"");
    CHECK(csv_field("a" + first).front() != '\'');
  }
  CHECK(csv_field("=HYPERLINK(\"x\")") == "\"'=HYPERLINK(\"\"x\"\")\"");
}
