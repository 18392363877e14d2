// Drives corpora/yaml.json, or another file of its form named by PATCHBAY_CORPORA, through the catalog's own
// loader. The corpus calls an entry's name `id` and knows no `transport`; both are mapped in the text.

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/egress.h"
#include "base/encoding.h"
#include "base/files.h"
#include "base/text.h"
#include "gateway/catalog_file.h"
#include "gateway/catalog_watch.h"
#include "support/catch.h"

using namespace patchbay;
using namespace patchbay::gateway;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;  // both keep freed memory and cost several times the time
#else
constexpr bool is_sanitized = false;
#endif

void check_admin_url(std::string_view url) {
  check_url(url, UrlGiver(UrlSource::admin), EgressPolicy{});
}

std::string repeat(std::string_view unit, std::size_t count) {
  std::string text;
  text.reserve(unit.size() * count);
  for (std::size_t i = 0; i < count; ++i) text += unit;
  return text;
}

// "id: a" becomes "transport: http, name: a", or two lines where it stands in a block.
std::string with_our_names(const std::string& text) {
  std::string out;
  std::size_t line_start = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_flow = at > 0 && text[at - 1] == '{';
    const bool is_block = text.find_first_not_of(" -", line_start) == at;
    if (text.compare(at, 4, "id: ") == 0 && (is_flow || is_block)) {
      out += is_flow ? "transport: http, name: "
                     : cat("transport: http\n", repeat(" ", at - line_start), "name: ");
      at += 3;
      continue;
    }
    if (text[at] == '\n') line_start = at + 1;
    out += text[at];
  }
  return out;
}

std::string alias_levels(int levels, int width) {
  std::string text = cat("a0: &a0 [", repeat("x,", static_cast<std::size_t>(width)), "x]\n");
  for (int level = 1; level < levels; ++level) {
    text += cat("a", level, ": &a", level, " [");
    for (int i = 0; i < width; ++i) text += cat(i > 0 ? "," : "", "*a", level - 1);
    text += "]\n";
  }
  return cat(text, "servers: [*a", levels - 1, "]\n");
}

std::string good_entries(int count) {
  std::string text = "servers:\n";
  for (int i = 0; i < count; ++i) text += cat("  - {id: s", i, ", url: 'https://s", i, ".example/mcp'}\n");
  return text;
}

std::string generate(const Json& yaml) {
  const std::string kind = yaml.at("gen");
  const std::size_t n = yaml.at("n");
  std::string text;
  if (kind == "alias_levels") return alias_levels(yaml.at("n"), yaml.at("width"));
  const auto word = [&](const char* key) { return yaml.value(key, std::string()); };
  if (kind == "nest") return cat(repeat(word("open"), n), repeat(word("close"), n));
  if (kind == "repeat") return cat(repeat(word("unit"), n), word("tail"));
  if (kind == "scalar")
    return cat("servers:\n  - id: a\n    url: https://x.example/mcp\n    description: ", repeat("x", n),
               "\n");
  if (kind == "nest_key") return cat(repeat("{", n), "a", repeat(": b}", n));
  if (kind == "indent_map")
    for (std::size_t i = 0; i < n; ++i) text += cat(repeat(" ", i), "k:\n");
  if (kind == "entries") return good_entries(yaml.at("n"));
  if (kind == "map_keys") {
    text = "servers:\n  - id: a\n    url: https://x.example/mcp\n";
    for (std::size_t i = 0; i < n; ++i) text += cat("    k", i, ": v\n");
  }
  if (text.empty()) throw std::runtime_error("unknown generator " + kind);
  return text;
}

std::string text_of(const Json& yaml) {
  if (yaml.is_string()) return with_our_names(yaml);
  if (yaml.contains("hex")) return from_hex(yaml.at("hex").get<std::string>()).value();
  return with_our_names(generate(yaml));
}

// The most memory this process has held since reset_peak(), in KiB.
long peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::atol(line.c_str() + 6);
  return 0;
}
void reset_peak() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

std::string verdict_of(const CatalogText& parsed) {
  if (parsed.usable && parsed.problems.empty()) return "accept";
  for (const CatalogProblem& problem : parsed.problems)
    if (problem.line < 1 || problem.column < 1 || problem.message.empty()) return "a refusal without a place";
  return "reject";
}

std::string run_text(const Json& one) {
  const std::string text = text_of(one.at("yaml"));
  reset_peak();
  const long before = peak_memory();
  const auto start = std::chrono::steady_clock::now();
  const CatalogText parsed = parse_catalog(text, check_admin_url);
  const auto taken = std::chrono::steady_clock::now() - start;
  const std::string verdict = verdict_of(parsed);
  if (taken > (is_sanitized ? 20s : 2s)) return "too slow";
  if (!is_sanitized && peak_memory() - before > (verdict == "accept" ? 128 : 64) * 1024)
    return "too much memory";
  return verdict;
}

class ManualWallClock final : public Clock {
 public:
  Instant now() const override { return {1'000}; }
};

// A catalog file in a folder of its own, with a watch whose time is moved by hand.
struct Folder {
  Folder() {
    std::string name = cat(std::filesystem::temp_directory_path().native(), "/patchbay-yaml-XXXXXX");
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path = name;
    file = path / "managed-servers.yaml";
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }

  std::filesystem::path path;
  std::filesystem::path file;
};

std::string a_version(int entries) {
  return with_our_names(good_entries(entries));
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

// Every 20 ms of a writer's life, somebody looks; `step` is told the time since the start in milliseconds.
template <class Step>
std::vector<std::size_t> watch(CatalogWatch& file, CatalogWatch::Time& now, std::chrono::milliseconds time,
                               Step step) {
  std::vector<std::size_t> served;
  for (auto passed = 0ms; passed < time; passed += 20ms) {
    step(static_cast<int>(passed.count()));
    now += 20ms;
    file.poll(now);
    served.push_back(file.view().catalog ? file.view().catalog->entries.size() : 0);
  }
  return served;
}

bool is_always(const std::vector<std::size_t>& served, std::size_t count) {
  return std::all_of(served.begin(), served.end(), [count](std::size_t one) { return one == count; });
}

std::string run_partial_write() {
  Folder folder;
  write(folder.file, a_version(5));
  const ManualWallClock clock;
  CatalogWatch file(folder.file, check_admin_url, clock);
  CatalogWatch::Time now{};
  file.poll(now);
  const std::string text = a_version(10);
  const auto served = watch(file, now, 1000ms, [&](int passed) {
    if (passed % 100 == 0)
      write(folder.file, text.substr(0, text.size() * static_cast<std::size_t>(passed / 100 + 1) / 10));
  });
  if (!is_always(served, 5)) return "served a part";
  watch(file, now, 700ms, [](int) {});
  return file.view().catalog->entries.size() == 10 ? "keep_old" : "the whole was never served";
}

std::string run_rename_swap() {
  Folder folder;
  write(folder.file, a_version(5));
  const ManualWallClock clock;
  CatalogWatch file(folder.file, check_admin_url, clock);
  CatalogWatch::Time now{};
  file.poll(now);
  const auto served = watch(file, now, 1000ms, [&](int passed) {
    write(folder.path / "new", a_version(passed % 40 == 0 ? 10 : 5));
    std::filesystem::rename(folder.path / "new", folder.file);
    if (passed % 200 == 0) file.reload_now();
  });
  for (const std::size_t count : served)
    if (count != 5 && count != 10) return "served what no version says";
  watch(file, now, 700ms, [](int) {});
  return file.view().state == CatalogState::good && file.view().catalog->entries.size() == 5 ? "accept"
                                                                                             : "not the last";
}

std::string run_vanishes() {
  Folder folder;
  write(folder.file, a_version(5));
  const ManualWallClock clock;
  CatalogWatch file(folder.file, check_admin_url, clock);
  CatalogWatch::Time now{};
  file.poll(now);
  std::filesystem::remove(folder.file);
  const auto served = watch(file, now, 5000ms, [](int) {});
  if (!is_always(served, 5)) return "served less";
  if (file.view().state != CatalogState::stale || !file.view().problem) return "not marked as stale";
  write(folder.file, a_version(6));
  watch(file, now, 700ms, [](int) {});
  return file.view().catalog->entries.size() == 6 ? "keep_old" : "not served again";
}

std::string run_case(const Json& one) {
  const std::string topic = one.at("topic");
  if (topic == "partial_write") return run_partial_write();
  if (topic == "rename_swap") return run_rename_swap();
  if (topic == "vanishes") return run_vanishes();
  return run_text(one);
}

std::filesystem::path corpus() {
  const char* folder = std::getenv("PATCHBAY_CORPORA");
  return cat(folder != nullptr ? folder : PATCHBAY_SOURCE_DIR "/../shared/corpora", "/yaml.json");
}

}  // namespace

TEST_CASE("every case of the YAML corpus has its verdict", "[gateway]") {
  if (!std::filesystem::exists(corpus())) {
    WARN("the corpus yaml.json is absent; set PATCHBAY_CORPORA to its folder");
    SUCCEED();
    return;
  }
  int passed = 0;
  int failed = 0;
  const Json file = Json::parse(read_file(corpus(), 16 << 20));
  for (const Json& one : file.at("cases")) {
    const std::string expected = one.at("expect");
    const std::string verdict = run_case(one);
    const bool is_either = expected == "accept_or_reject" && (verdict == "accept" || verdict == "reject");
    const bool is_right = verdict == expected || is_either;
    ++(is_right ? passed : failed);
    INFO(one.at("id").get<std::string>()
         << " " << one.at("topic").get<std::string>() << ": expected " << expected << ", seen " << verdict);
    CHECK(is_right);
  }
  std::printf("yaml.json: %d passed, %d failed\n", passed, failed);
  CHECK(passed > 0);
}
