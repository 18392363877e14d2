#include "store/servers.h"

#include "store/tools.h"
#include "support/builders.h"
#include "support/catch.h"
#include "support/test_store.h"

using namespace patchbay;

namespace {

Server an_entry(const std::string& slug) {
  Server server = a_server(slug);
  server.id = {};
  server.origin = ServerOrigin::catalog;
  return server;
}

store::CatalogSync sync(TestStore& store, const std::vector<Server>& entries) {
  return store.transact(
      [&](Database& db) { return store::sync_catalog_servers(db, entries, store.clock().now()); });
}

std::optional<Server> find(TestStore& store, std::string_view slug) {
  return store.read([&](Database& db) { return store::find_server(db, slug); });
}

void put_header(TestStore& store, const ServerId& id, const std::string& value) {
  store.transact([&](Database& db) {
    store::put_server_headers(db, store->vault(), id, {{"Authorization", Secret(value)}},
                              store.clock().now());
  });
}

std::vector<store::ServerHeader> headers(TestStore& store, const ServerId& id) {
  return store.read([&](Database& db) { return store::open_server_headers(db, store->vault(), id); });
}

std::int64_t count_secrets(TestStore& store) {
  return store.read([](Database& db) {
    auto rows = db.query("select count(*) as number from server_secret");
    return rows.next()->integer("number");
  });
}

}  // namespace

TEST_CASE("a server comes back whole", "[store]") {
  TestStore store;
  Server server = a_server("notion");
  server.description = "Pages";
  server.icon = "/icons/notion.svg";
  server.transport = TransportKind::sse;
  server.auth = AuthType::headers;
  server.credential_mode = CredentialMode::per_member;
  server.availability = Availability::force_on;
  server.allow = {"a", "b\"c"};
  server.deny = {"d"};
  server.timeout = std::chrono::seconds(7);
  server.ca_file = "/etc/ca.pem";
  server.pin_sha256 = std::string(64, '0');
  server.pin_tools = true;
  server.access = {false, {"mo"}, {"ops", "dev"}};
  const Server found = store.add(server);
  CHECK(found.id == server.id);
  CHECK(found.slug == server.slug);
  CHECK(found.title == server.title);
  CHECK(found.description == server.description);
  CHECK(found.icon == server.icon);
  CHECK(found.transport == server.transport);
  CHECK(found.url == server.url);
  CHECK(found.auth == server.auth);
  CHECK(found.credential_mode == server.credential_mode);
  CHECK(found.availability == server.availability);
  CHECK(found.enabled);
  CHECK(found.allow == server.allow);
  CHECK(found.deny == server.deny);
  CHECK(found.timeout == server.timeout);
  CHECK(found.ca_file == server.ca_file);
  CHECK(found.pin_sha256 == server.pin_sha256);
  CHECK(found.pin_tools);
  CHECK(found.access == server.access);
  CHECK(found.origin == ServerOrigin::admin);
  CHECK(found.revision == 1);
  CHECK(found.created_at == server.created_at);
  CHECK(found.updated_at == server.updated_at);
}

TEST_CASE("a server change made from a stale revision is refused", "[store]") {
  TestStore store;
  Server first = store.add(a_server("notion"));
  Server second = first;

  first.title = "Notion";
  second.title = "notion!";
  store.transact([&](Database& db) { store::update_server(db, first); });

  CHECK_THROWS_MATCHES(store.transact([&](Database& db) { store::update_server(db, second); }), Error,
                       HasId("stale_revision"));
  CHECK(store.get(first.id).title == "Notion");
  CHECK(store.get(first.id).revision == 2);
}

TEST_CASE("two servers cannot share a name, whatever its case", "[store]") {
  TestStore store;
  store.add(a_server("notion"));
  CHECK_THROWS_MATCHES(store.add(a_server("Notion")), Error, HasId("slug_taken"));
  CHECK(find(store, "NOTION").has_value());
  CHECK_FALSE(find(store, "linear").has_value());
  CHECK_THROWS_MATCHES(store.read([](Database& db) { return store::require_server(db, "linear"); }), Error,
                       HasId("no_server"));
}

TEST_CASE("R65: a removed server takes its secrets and tools along", "[store]") {
  TestStore store;
  const Server server = store.add(a_server("notion"));
  put_header(store, server.id, "Bearer x");
  store.transact([&](Database& db) { store::remember_tools(db, server.id, {{"a", "1"}}, false, {1}); });
  store.transact([&](Database& db) { store::remove_server(db, server.id); });
  CHECK(count_secrets(store) == 0);
  CHECK(store.read([&](Database& db) { return store::list_tools(db, server.id); }).empty());
  CHECK_THROWS_MATCHES(store.transact([&](Database& db) { store::remove_server(db, server.id); }), Error,
                       HasId("no_server"));
}

TEST_CASE("headers come back in order and are replaced as a whole", "[store]") {
  TestStore store;
  const Server server = store.add(a_server("notion"));
  store.transact([&](Database& db) {
    store::put_server_headers(db, store->vault(), server.id,
                              {{"X-B", Secret("one")}, {"X-A", Secret(std::string(4096, 'y'))}}, {1});
  });
  auto found = headers(store, server.id);
  REQUIRE(found.size() == 2);
  CHECK(found[0].name == "X-B");
  CHECK(found[0].value.reveal() == "one");
  CHECK(found[1].value.reveal() == std::string(4096, 'y'));
  put_header(store, server.id, "Bearer z");
  found = headers(store, server.id);
  REQUIRE(found.size() == 1);
  CHECK(found[0].value.reveal() == "Bearer z");
}

TEST_CASE("R99: a secret moved to another server does not open", "[store]") {
  TestStore store;
  const Server mine = store.add(a_server("mine"));
  const Server yours = store.add(a_server("yours"));
  put_header(store, mine.id, "Bearer mine");
  put_header(store, yours.id, "Bearer yours");
  store.transact([&](Database& db) {
    db.run(
        "update server_secret set value_sealed = (select value_sealed from server_secret where server_id = ?)"
        " where server_id = ?",
        yours.id, mine.id);
  });
  CHECK_THROWS_MATCHES(headers(store, mine.id), Error, HasId("unsealable"));
  CHECK(headers(store, yours.id)[0].value.reveal() == "Bearer yours");
}

TEST_CASE("the catalog's servers become those of the file", "[store]") {
  TestStore store;
  auto result = sync(store, {an_entry("notion"), an_entry("linear")});
  CHECK(result.added == std::vector<std::string>{"notion", "linear"});
  const Server before = *find(store, "notion");
  CHECK(before.origin == ServerOrigin::catalog);
  CHECK_THROWS_MATCHES(store.transact([&](Database& db) { store::remove_server(db, before.id); }), Error,
                       HasId("catalog_server"));

  CHECK_FALSE(sync(store, {an_entry("notion"), an_entry("linear")}).any());
  CHECK(find(store, "notion")->revision == 1);

  Server changed = an_entry("notion");
  changed.url = "https://mcp.notion.example/mcp";
  result = sync(store, {changed, an_entry("linear")});
  REQUIRE(result.changed.size() == 1);
  CHECK(result.changed[0].slug == "notion");
  CHECK(result.changed[0].fields.text().starts_with(R"({"url":[)"));
  CHECK(find(store, "notion")->id == before.id);
  CHECK(find(store, "notion")->url == changed.url);
  CHECK(find(store, "notion")->revision == 2);
}

TEST_CASE("an entry that vanishes is gone at once and its secrets stay thirty days", "[store]") {
  TestStore store;
  sync(store, {an_entry("notion")});
  const Server server = *find(store, "notion");
  put_header(store, server.id, "Bearer x");
  CHECK(sync(store, {}).retired == std::vector<std::string>{"notion"});
  CHECK_FALSE(find(store, "notion").has_value());
  CHECK(store.read([](Database& db) { return store::list_servers(db); }).empty());
  CHECK_FALSE(sync(store, {}).any());
  CHECK_THROWS_MATCHES(store.add(a_server("notion")), Error, HasId("slug_taken"));
  const auto purge = [&] {
    return store.transact(
        [&](Database& db) { return store::purge_retired_servers(db, store.clock().now()); });
  };

  store.clock().advance(std::chrono::hours(30 * 24));
  CHECK(purge() == 0);
  SECTION("it comes back in time, with its secrets") {
    CHECK(sync(store, {an_entry("notion")}).returned == std::vector<std::string>{"notion"});
    CHECK(find(store, "notion")->id == server.id);
    CHECK(headers(store, server.id).size() == 1);
    store.clock().advance(std::chrono::hours(1));
    CHECK(purge() == 0);
  }
  SECTION("a millisecond later everything is deleted") {
    store.clock().advance(std::chrono::milliseconds(1));
    CHECK(purge() == 1);
    CHECK(count_secrets(store) == 0);
    CHECK(sync(store, {an_entry("notion")}).added == std::vector<std::string>{"notion"});
    CHECK(find(store, "notion")->id != server.id);
  }
}

TEST_CASE("an admin's server is not taken over by a catalog entry of its name", "[store]") {
  TestStore store;
  const Server mine = store.add(a_server("notion"));
  const auto result = sync(store, {an_entry("notion"), an_entry("linear")});
  CHECK(result.clashing == std::vector<std::string>{"notion"});
  CHECK(result.added == std::vector<std::string>{"linear"});
  CHECK(find(store, "notion")->id == mine.id);
  CHECK(sync(store, {}).retired == std::vector<std::string>{"linear"});
  CHECK(find(store, "notion").has_value());
}
