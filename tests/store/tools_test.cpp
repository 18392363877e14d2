#include "store/tools.h"

#include "support/builders.h"
#include "support/catch.h"
#include "support/test_store.h"

using namespace patchbay;
using namespace patchbay::store;

namespace {

struct Tools {
  Tools() : server(store.add(a_server("notion")).id) {}
  ToolChanges see(const std::vector<SeenTool>& tools, bool pin) {
    return store.transact(
        [&](Database& db) { return remember_tools(db, server, tools, pin, store.clock().now()); });
  }
  std::vector<ToolDefinition> list() {
    return store.read([&](Database& db) { return list_tools(db, server); });
  }
  void accept(const std::string& tool, const std::string& digest) {
    store.transact([&](Database& db) { accept_tool(db, server, tool, digest); });
  }
  TestStore store;
  ServerId server;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a changed tool is noticed and not held where its server is not pinned", "[store]") {
  Tools tools;
  CHECK(tools.see({{"a", "1"}, {"b", "1"}}, false).added == Names{"a", "b"});
  const auto before = tools.store->changes();
  const auto same = tools.see({{"a", "1"}, {"b", "1"}}, false);
  CHECK((same.added.empty() && same.changed.empty()));
  CHECK(tools.store->changes() == before);

  tools.store.clock().advance(std::chrono::hours(1));
  const auto changes = tools.see({{"a", "2"}}, false);
  CHECK(changes.changed == std::vector<store::ChangedTool>{{"a", "1", "2"}});
  CHECK(changes.held.empty());
  REQUIRE(tools.list().size() == 2);
  CHECK(tools.list()[0].accepted_digest == "2");
  CHECK(tools.list()[0].changed_at - tools.list()[0].first_seen == std::chrono::hours(1));
}

TEST_CASE("a changed tool of a pinned server is held until it is accepted", "[store]") {
  Tools tools;
  tools.see({{"a", "1"}}, true);
  CHECK(tools.list()[0].held == false);
  CHECK(tools.see({{"a", "2"}}, true).held == Names{"a"});
  CHECK(tools.see({{"a", "2"}}, true).held == Names{"a"});
  CHECK(tools.see({{"a", "2"}}, true).changed.empty());
  CHECK(tools.store.read([](Database& db) { return list_held_tools(db); }).size() == 1);

  SECTION("by the digest that was looked at") {
    tools.see({{"a", "3"}}, true);
    CHECK_THROWS_MATCHES(tools.accept("a", "2"), Error, HasId("tool_changed"));
    tools.accept("a", "3");
    CHECK(tools.see({{"a", "3"}}, true).held.empty());
    CHECK_THROWS_MATCHES(tools.accept("b", "3"), Error, HasId("no_tool"));
  }
  SECTION("or it changes back") {
    CHECK(tools.see({{"a", "1"}}, true).held.empty());
  }
  SECTION("or its server is no longer pinned") {
    CHECK(tools.see({{"a", "2"}}, false).held.empty());
    CHECK(tools.see({{"a", "2"}}, true).held.empty());
  }
}

TEST_CASE("a tool that a server lists twice is remembered once", "[store]") {
  Tools tools;
  CHECK(tools.see({{"a", "1"}, {"a", "1"}}, false).added == Names{"a"});
  CHECK(tools.list().size() == 1);
}
