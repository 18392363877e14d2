#include "base/log.h"

#include <type_traits>
#include <vector>

#include "support/catch.h"

using namespace patchbay;

namespace {

class Lines {
 public:
  Lines() {
    log::set_sink([this](std::string_view line) { all.emplace_back(line); });
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  ~Lines() {
    log::set_sink({});
    log::set_level(log::Level::info);
  }
  // The last line behind its time.
  std::string last() const { return all.empty() ? "" : all.back().substr(all.back().find(' ') + 1); }

  std::vector<std::string> all;
};

}  // namespace

static_assert(!std::is_constructible_v<log::Value, Secret>);
static_assert(!std::is_constructible_v<log::Value, const Secret&>);
static_assert(!std::is_constructible_v<log::Value, double>);

TEST_CASE("an event is one line: time, level, name, fields", "[base]") {
  const Lines lines;
  log::warn("upstream.slow", {{"server", "notion"}, {"ms", 1200}, {"first", true}, {"why", "no answer"}});
  REQUIRE(lines.all.size() == 1);
  CHECK(lines.last() == "warning upstream.slow server=notion ms=1200 first=true why=\"no answer\"");
  const auto time = lines.all[0].substr(0, lines.all[0].find(' '));
  CHECK(time.size() == std::string("2026-01-01T00:00:00.000Z").size());
  CHECK(time.back() == 'Z');
}

TEST_CASE("a value cannot forge a second line, a field or a terminal command", "[base]") {
  const Lines lines;
  log::info("e", {{"v", "a\nb\r\x1b[0m"}});
  CHECK(lines.last() == "info e v=\"a\\nb\\u000d\\u001b[0m\"");
  log::info("e", {{"v", "x\" admin=\"true\\"}});
  CHECK(lines.last() == "info e v=\"x\\\" admin=\\\"true\\\\\"");
  log::info("e", {{"v", "a=b"}});
  CHECK(lines.last() == "info e v=\"a=b\"");
  log::info("e", {{"v", "\u202Eexe\u2028\xC2\x9B"}});
  CHECK(lines.last() == "info e v=\"\\u202eexe\\u2028\\u009b\"");
  log::info("e", {{"v", "\xFF\xE2\x82"}});
  CHECK(lines.last() == "info e v=\"\\xff\\xe2\\x82\"");
  log::info("e", {{"v", ""}, {"w", "grün"}});
  CHECK(lines.last() == "info e v=\"\" w=grün");
  log::info("e", {{"v", "{} %d {0}"}});
  CHECK(lines.last() == "info e v=\"{} %d {0}\"");
}

TEST_CASE("values are cut at 1,000 bytes, at a character's border", "[base]") {
  CHECK(log::Value(std::string(1000, 'x')).text() == std::string(1000, 'x'));
  CHECK(log::Value(std::string(1001, 'x')).text().find(std::string(1000, 'x') + "…") != std::string::npos);
  CHECK(log::Value(std::string(999, 'x') + "ü").text().find(std::string(999, 'x') + "…") !=
        std::string::npos);
}

TEST_CASE("the level is info unless set", "[base]") {
  const Lines lines;
  log::debug("hidden");
  CHECK(lines.all.empty());
  log::set_level(log::Level::debug);
  log::debug("shown");
  CHECK(lines.last() == "debug shown");
  log::set_level(log::Level::error);
  log::warn("hidden");
  CHECK(lines.all.size() == 1);
  log::error("shown");
  CHECK(lines.last() == "error shown");
}
