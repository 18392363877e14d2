#include "gateway/server_book.h"

#include <fstream>

#include "base/log.h"
#include "base/text.h"
#include "store/events.h"
#include "store/servers.h"
#include "support/builders.h"
#include "support/catch.h"
#include "support/test_store.h"

using namespace patchbay;
using namespace patchbay::gateway;
using namespace std::chrono_literals;

namespace {

constexpr const char* two_servers =
    "servers:\n  - {name: notion, transport: http, url: 'https://notion.example/'}\n"
    "  - {name: linear, transport: http, url: 'https://linear.example/'}\n";

// A store and a catalog file; start() is what a start of the appliance does with them.
struct Book {
  explicit Book(bool configured = true) { start(configured); }
  Book(const Book&) = delete;
  Book& operator=(const Book&) = delete;
  ~Book() { log::set_sink({}); }

  void start(bool configured = true) {
    log::set_sink([this](std::string_view line) { lines.emplace_back(line); });
    lines.clear();
    const auto path = configured ? folder / "servers.yaml" : std::filesystem::path();
    watch = std::make_unique<CatalogWatch>(
        path, [](std::string_view) {}, store.clock());
    book = std::make_unique<ServerBook>(
        *store, *watch, [](const SecretReference&) { return Secret("x"); },
        [](gateway::AccountKey) { return std::shared_ptr<mcp::TokenSource>(); }, store.clock(),
        "https://gate.example");
    watch->poll({});
    book->sync();
  }
  void write(const std::string& text) { std::ofstream(folder / "servers.yaml") << text; }
  bool logged(const std::string& event, const std::string& part) const {
    for (const auto& line : lines)
      if (line.find(event) != std::string::npos && line.find(part) != std::string::npos) return true;
    return false;
  }
  std::vector<Server> servers() {
    return store.read([](Database& db) { return store::list_servers(db); });
  }
  int purge() {
    return store.transact(
        [&](Database& db) { return store::purge_retired_servers(db, store.clock().now()); });
  }

  TestDirectory folder;
  TestStore store;
  std::vector<std::string> lines;
  std::unique_ptr<CatalogWatch> watch;
  std::unique_ptr<ServerBook> book;
};

}  // namespace

TEST_CASE("R64: a server without the key that it wants is not served as if it wanted none", "[gateway]") {
  Book one;
  Server server = a_server("crm");
  server.auth = AuthType::api_key;
  server = one.store.add(server);
  const auto put = [&](const std::vector<store::ServerHeader>& headers) {
    one.store.transact([&](Database& db) {
      store::put_server_headers(db, one.store->vault(), server.id, headers, one.store.clock().now());
    });
    return one.book->load().at(0)->problem_id;
  };
  CHECK(put({{"Authorization", Secret("Bearer k")}}).empty());
  CHECK(put({}) == "needs_connection");
  CHECK(put({{"Authorization", Secret("Bearer k")}}).empty());
}

TEST_CASE("a start without the catalog retires its servers, says so, and can be undone for 30 days",
          "[gateway]") {
  Book book;
  book.write(two_servers);
  book.start();
  REQUIRE(book.servers().size() == 2);
  const auto before = book.servers();

  book.start(false);
  CHECK(book.servers().empty());
  CHECK(book.book->published()->empty());
  CHECK(book.logged("warn", "catalog.not_configured"));
  CHECK(book.logged("catalog.not_configured", "retired=2"));
  book.start(false);  // each start says it again
  CHECK(book.logged("catalog.not_configured", "retired=2"));

  SECTION("within 30 days they come back as they were") {
    book.store.clock().advance(30 * 24h);
    CHECK(book.purge() == 0);
    book.start();
    REQUIRE(book.servers().size() == 2);
    CHECK(book.servers()[0].id == before[0].id);
    CHECK(book.servers()[1].id == before[1].id);
    CHECK_FALSE(book.logged("catalog.not_configured", ""));
  }
  SECTION("after that they are deleted, and there is nothing to warn of") {
    book.store.clock().advance(30 * 24h + 1ms);
    CHECK(book.purge() == 2);
    book.start(false);
    CHECK_FALSE(book.logged("catalog.not_configured", ""));
  }
}

TEST_CASE("after a restart with an unreadable file the last good version is served and shown with its time",
          "[gateway]") {
  Book book;
  book.write(two_servers);
  book.start();
  const auto version = book.book->view().catalog->version;
  const auto good_at = book.store.clock().now();
  book.store.clock().advance(1h);

  const auto check_recalled = [&] {
    const auto view = book.book->view();
    CHECK(view.state == CatalogState::stale);
    REQUIRE(view.problem.has_value());
    REQUIRE(view.catalog != nullptr);
    CHECK(view.catalog->version == version);
    CHECK(view.catalog->loaded_at.milliseconds == good_at.milliseconds);
    CHECK(view.catalog->entries.size() == 2);
    CHECK(book.book->published()->size() == 2);
    CHECK(book.servers().size() == 2);
    CHECK(book.logged("catalog.recalled", "entries=2"));
  };
  SECTION("gone") {
    std::filesystem::remove(book.folder / "servers.yaml");
    book.start();
    check_recalled();
  }
  SECTION("broken, and then repaired") {
    book.write("servers: [");
    book.start();
    check_recalled();
    book.write("servers: []\n");
    book.watch->reload_now();
    book.book->sync();
    CHECK(book.book->view().state == CatalogState::good);
    CHECK(book.book->view().catalog->entries.empty());
    CHECK(book.servers().empty());
  }
}

TEST_CASE("servers that were retired for want of a setting come back even where the file is gone by then",
          "[gateway]") {
  Book book;
  book.write(two_servers);
  book.start();
  book.start(false);
  std::filesystem::remove(book.folder / "servers.yaml");
  book.start();
  CHECK(book.servers().size() == 2);
  CHECK(book.book->view().state == CatalogState::stale);
}

TEST_CASE("a catalog that was never good is unavailable, with nothing in its place", "[gateway]") {
  Book book;
  CHECK(book.book->view().state == CatalogState::unavailable);
  CHECK(book.book->view().catalog == nullptr);
  CHECK(book.book->published() == nullptr);
}

TEST_CASE("the row of a changed catalog entry shows what was and what is", "[gateway]") {
  Book book;
  book.write(two_servers);
  book.start();
  book.write(
      "servers:\n  - {name: notion, transport: sse, url: 'https://other.example/'}\n"
      "  - {name: linear, transport: http, url: 'https://linear.example/'}\n");
  book.start();
  const auto trail = book.store.read([](Database& db) { return store::list_events(db, {}); });
  CHECK(trail.front().event.action == "server.change");
  CHECK(trail.front().event.server == "notion");
  CHECK(trail.front().event.reason ==
        R"({"transport":["http","sse"],"url":["https://notion.example/","https://other.example/"]})");
}
