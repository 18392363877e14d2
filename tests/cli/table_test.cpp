#include "cli/table.h"

#include <sstream>

#include "support/catch.h"

using namespace patchbay::cli;

TEST_CASE("a table's columns are as wide as their longest cell, counted in characters", "[cli]") {
  Table table({"NAME", "STATE", ""});
  table.add({"größe", "ok", ""});
  table.add({"a", "error", "why"});
  std::ostringstream out;
  table.print(out);
  CHECK(out.str() == "NAME   STATE\ngröße  ok\na      error  why\n");
}

TEST_CASE("a cell of others neither breaks the line nor commands the terminal", "[cli]") {
  Table table({"NAME"});
  table.add({"a\nb\x1b[2Jc\td"});
  std::ostringstream out;
  table.print(out);
  CHECK(out.str().find('\x1b') == std::string::npos);
  CHECK(out.str().find('\t') == std::string::npos);
  CHECK(out.str().substr(0, 9) == "NAME\na b[");
}
