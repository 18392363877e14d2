#include "gateway/catalog_watch.h"

#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "support/catch.h"

using namespace patchbay;
using namespace patchbay::gateway;
using namespace std::chrono_literals;

namespace {

class FixedClock final : public Clock {
 public:
  Instant now() const override { return {42}; }
};

std::string catalog_of(std::string_view name) {
  return cat("servers: [{name: ", name, ", transport: http, url: 'https://x.example/'}]\n");
}

struct Watched {
  Watched() {
    std::string name = cat(std::filesystem::temp_directory_path().native(), "/patchbay-watch-XXXXXX");
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    path = folder / "servers.yaml";
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  ~Watched() { std::filesystem::remove_all(folder); }

  void write(const std::string& text) const { std::ofstream(path, std::ios::trunc) << text; }
  bool poll(CatalogWatch& watch, std::chrono::milliseconds later) { return watch.poll(now += later); }

  std::filesystem::path folder;
  std::filesystem::path path;
  FixedClock clock;
  CatalogWatch::Time now{};
};

std::string first_name(const CatalogWatch& watch) {
  return watch.view().catalog->entries.at(0).server.slug;
}

}  // namespace

TEST_CASE("a catalog that is not configured is not one that cannot be read", "[gateway]") {
  Watched files;
  CatalogWatch none(
      "", [](std::string_view) {}, files.clock);
  CHECK_FALSE(none.reload_now());
  CHECK(none.view().state == CatalogState::not_configured);

  CatalogWatch absent(
      files.path, [](std::string_view) {}, files.clock);
  CHECK(absent.view().state == CatalogState::unavailable);
  CHECK(files.poll(absent, 0ms));
  CHECK(absent.view().state == CatalogState::unavailable);
  CHECK(absent.view().problem);
  CHECK_FALSE(files.poll(absent, 1s));

  std::filesystem::create_directory(files.path);
  files.poll(absent, 1s);
  CHECK(absent.view().state == CatalogState::unavailable);
}

TEST_CASE("the first look reads the file at once and a change after it has settled", "[gateway]") {
  Watched files;
  files.write(catalog_of("one"));
  CatalogWatch watch(
      files.path, [](std::string_view) {}, files.clock);
  CHECK(files.poll(watch, 0ms));
  CHECK(watch.view().state == CatalogState::good);
  CHECK(watch.view().catalog->loaded_at == Instant{42});
  CHECK(watch.view().catalog->version.size() == 64);

  files.write(catalog_of("second"));
  CHECK_FALSE(files.poll(watch, 10ms));
  CHECK(watch.is_settling());
  CHECK_FALSE(files.poll(watch, 499ms));
  CHECK(first_name(watch) == "one");
  CHECK(files.poll(watch, 1ms));
  CHECK_FALSE(watch.is_settling());
  CHECK(first_name(watch) == "second");
}

TEST_CASE("a broken file keeps the last good catalog until it is good again", "[gateway]") {
  Watched files;
  files.write(catalog_of("one"));
  CatalogWatch watch(
      files.path, [](std::string_view) {}, files.clock);
  files.poll(watch, 0ms);
  const auto held = watch.view().catalog;

  files.write("servers: [");
  CHECK(watch.reload_now());
  CHECK(watch.view().state == CatalogState::stale);
  REQUIRE(watch.view().problem);
  CHECK(watch.view().problem->line == 1);
  CHECK(watch.view().catalog == held);
  CHECK_FALSE(watch.reload_now());

  files.write(catalog_of("one"));
  CHECK(watch.reload_now());
  CHECK(watch.view().state == CatalogState::good);
  CHECK_FALSE(watch.view().problem);
  CHECK(watch.view().catalog == held);
}

TEST_CASE("a confirmed empty catalog replaces the last one", "[gateway]") {
  Watched files;
  files.write(catalog_of("one"));
  CatalogWatch watch(
      files.path, [](std::string_view) {}, files.clock);
  files.poll(watch, 0ms);
  files.write("servers: []\n");
  CHECK(watch.reload_now());
  CHECK(watch.view().state == CatalogState::good);
  CHECK(watch.view().catalog->entries.empty());
}
