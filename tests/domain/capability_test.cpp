#include "domain/capability.h"

#include <set>

#include "support/catch.h"

using namespace patchbay;

TEST_CASE("R75: a capability name is split at the first colon, so tools may hold colons", "[domain]") {
  const std::string name = capability_name("notion", "a:b:c");
  CHECK(name == "mcp:notion:a:b:c");
  const auto parts = split_capability_name(name);
  REQUIRE(parts);
  CHECK(parts->slug == "notion");
  CHECK(parts->tool == "a:b:c");
}

TEST_CASE("a name of another form is no capability name", "[domain]") {
  for (const char* name : {"", "mcp:", "mcp:x", "mcp:x:", "mcp::t", "MCP:x:t", "x:t", "mcp__x__t"}) {
    INFO(name);
    CHECK_FALSE(split_capability_name(name));
  }
}

TEST_CASE("R43: a flat name of 64 characters stays as it is and a longer one is cut with a hash",
          "[domain]") {
  const std::string fits = flat_tool_name("notion", std::string(51, 't'));
  CHECK(fits == "mcp__notion__" + std::string(51, 't'));

  const std::string cut = flat_tool_name("notion", std::string(52, 't'));
  CHECK(cut.size() == 64);
  CHECK(cut.starts_with("mcp__notion__" + std::string(38, 't') + "_"));
  CHECK(cut == flat_tool_name("notion", std::string(52, 't')));
}

TEST_CASE("R43: flat names stay apart where their plain forms would meet", "[domain]") {
  const std::string longer(60, 't');
  const std::set<std::string> names{
      flat_tool_name("a", "b__c"),       flat_tool_name("a__b", "c"),      flat_tool_name("a", "_b"),
      flat_tool_name("a_", "b"),         flat_tool_name("a", "x.y"),       flat_tool_name("a", "x/y"),
      flat_tool_name("a", "x:y"),        flat_tool_name("a", "x_y"),       flat_tool_name("a", longer + "1"),
      flat_tool_name("a", longer + "2"), flat_tool_name("b", longer + "1")};
  CHECK(names.size() == 11);
  for (const std::string& name : names) {
    CHECK(name.size() <= 64);
    CHECK(name.find_first_of(".:/") == std::string::npos);
  }
}

TEST_CASE("a tool cannot be named so that it takes the hashed name of another", "[domain]") {
  const std::string taken = flat_tool_name("a", "x.y");
  const std::string copied = taken.substr(std::string("mcp__a__").size());
  CHECK(flat_tool_name("a", copied) != taken);
}

TEST_CASE("an upstream tool name has 1 to 128 plain characters", "[domain]") {
  CHECK(is_tool_name("a"));
  CHECK(is_tool_name("admin.tools/list-all_v2:x"));
  CHECK(is_tool_name(std::string(128, 'a')));
  CHECK_FALSE(is_tool_name(std::string(129, 'a')));
  CHECK_FALSE(is_tool_name(""));
  CHECK_FALSE(is_tool_name("a b"));
  CHECK_FALSE(is_tool_name("t\xC3\xA4"));
}
