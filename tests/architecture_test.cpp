// The layer table of src/README.md, the one door of each library, and no circles between headers.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.h"

namespace {

using Sources = std::map<std::string, std::string, std::less<>>;  // path below src/ -> text
using Names = std::vector<std::string>;

const std::map<std::string, std::set<std::string>, std::less<>> layers = {
    {"base", {}},
    {"domain", {"base"}},
    {"store", {"base", "domain"}},
    {"mcp", {"base"}},
    {"oauth", {"base", "domain", "store"}},
    {"gateway", {"base", "domain", "store", "mcp", "oauth"}},
    {"provision", {"base", "domain"}},
    {"agent", {"base", "mcp"}},
    {"http", {"base", "domain", "store", "mcp", "oauth", "gateway"}},
    {"cli", {"base", "domain", "store", "mcp", "oauth", "gateway", "provision", "agent", "http"}},
};

// Who may include a header that begins like this. A door is a folder ("base/"), a file, or the files of one
// module ("base/http_front*"); ".cpp" stands for every source file. No door at all: nobody.
struct Door {
  std::string_view header;
  Names allowed;
};

const std::vector<Door> doors = {
    {"httplib.h", {"base/http_server*.cpp"}},
    {"boost/beast", {"base/http_front*.cpp", "base/http_client*.cpp"}},
    {"boost/asio", {"base/"}},
    {"sqlite3.h", {"store/database.cpp"}},
    {"sqlcipher/", {"store/database.cpp"}},
    {"openssl/", {"base/crypto.cpp", "base/secret.h", "base/secret.cpp", "base/tls*"}},
    {"yaml-cpp/", {"gateway/catalog_file*.cpp", "cli/config*.cpp"}},
    {"CLI/", {"cli/"}},
    {"spdlog/", {"base/log.cpp"}},
    {"toml++/", {"provision/"}},
    {"nlohmann/json.hpp", {".cpp", "base/json.h"}},
    {"utf8proc.h", {"gateway/", "base/unicode.cpp"}},
    {"libstemmer.h", {"gateway/"}},
    {"curl/", {}},
    {"regex", {}},
    {"catch2/", {}},
};

struct Include {
  std::string path;
  bool ours = false;
};

std::vector<Include> includes_of(const std::string& text) {
  std::vector<Include> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    auto at = line.find_first_not_of(" \t");
    if (at == std::string::npos || line[at] != '#') continue;
    at = line.find_first_not_of(" \t", at + 1);
    if (at == std::string::npos || line.compare(at, 7, "include") != 0) continue;
    const auto open = line.find_first_of("\"<", at);
    if (open == std::string::npos) continue;
    const auto close = line.find(line[open] == '"' ? '"' : '>', open + 1);
    if (close == std::string::npos) continue;
    found.push_back({line.substr(open + 1, close - open - 1), line[open] == '"'});
  }
  return found;
}

std::string layer_of(std::string_view path) {
  const auto slash = path.find('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

bool lets_through(std::string_view door, std::string_view file) {
  if (door.ends_with('/')) return file.starts_with(door);
  if (door == ".cpp") return file.ends_with(door);
  const auto star = door.find('*');
  if (star == std::string_view::npos) return file == door;
  return file.starts_with(door.substr(0, star)) && file.ends_with(door.substr(star + 1));
}

std::string wrong_layer(const std::string& file, const Include& include) {
  const std::string from = layer_of(file), to = layer_of(include.path);
  const bool made_by_the_build =
      file == "base/embedded.cpp" && (include.path == "texts_table.inc" || include.path == "web_table.inc");
  if (!include.ours || made_by_the_build) return {};
  if (!layers.contains(to)) return file + " includes \"" + include.path + "\", which is in no layer";
  if (from.empty()) return to == "cli" ? "" : file + " may include cli only, not " + include.path;
  if (from == to || layers.at(from).contains(to)) return {};
  return file + " includes " + include.path + ", but " + from + " may not know " + to;
}

std::string wrong_door(const std::string& file, const Include& include) {
  for (const Door& door : doors) {
    const bool whole_name = door.header == "regex";
    if (whole_name ? include.path != door.header : !include.path.starts_with(door.header)) continue;
    const bool allowed = std::any_of(door.allowed.begin(), door.allowed.end(),
                                     [&](const std::string& one) { return lets_through(one, file); });
    if (!allowed) return file + " includes " + include.path + ", which is not its door";
  }
  return {};
}

// Takes away, again and again, every header that includes none of the rest: what stays includes itself in the
// end.
Names headers_in_a_circle(const Sources& sources) {
  std::map<std::string, std::set<std::string>> open;
  for (const auto& [file, text] : sources) {
    if (!file.ends_with(".h")) continue;
    auto& targets = open[file];
    for (const Include& include : includes_of(text))
      if (include.ours && sources.contains(include.path)) targets.insert(include.path);
  }
  for (bool shrunk = true; shrunk;) {
    shrunk = std::erase_if(open, [&](const auto& entry) {
               return std::none_of(entry.second.begin(), entry.second.end(),
                                   [&](const std::string& target) { return open.contains(target); });
             }) > 0;
  }
  Names circle;
  for (const auto& entry : open) circle.push_back(entry.first);
  return circle;
}

Names broken_rules(const Sources& sources) {
  Names broken;
  const auto note = [&](const std::string& sentence) {
    if (!sentence.empty()) broken.push_back(sentence);
  };
  for (const auto& [file, text] : sources) {
    const std::string layer = layer_of(file);
    if (!layer.empty() && !layers.contains(layer)) {
      note(file + " lies in no layer");
      continue;
    }
    for (const Include& include : includes_of(text)) {
      note(wrong_layer(file, include));
      note(wrong_door(file, include));
    }
  }
  for (const std::string& file : headers_in_a_circle(sources))
    note(file + " is part of a circle, or includes one");
  return broken;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Sources our_sources() {
  const std::filesystem::path root = std::filesystem::path(PATCHBAY_SOURCE_DIR) / "src";
  Sources sources;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const auto extension = entry.path().extension();
    if (extension == ".h" || extension == ".cpp")
      sources[entry.path().lexically_relative(root).generic_string()] = text_of(entry.path());
  }
  return sources;
}

Names breaks(const std::string& file, const std::string& line) {
  return broken_rules({{file, line}});
}

}  // namespace

TEST_CASE("our sources include only what their layer may know, each library through its door",
          "[architecture]") {
  const Sources sources = our_sources();
  REQUIRE(sources.size() > 20);
  REQUIRE(sources.contains("main.cpp"));
  for (const std::string& sentence : broken_rules(sources)) FAIL_CHECK(sentence);
}

TEST_CASE("an include that points up, sideways or nowhere is found", "[architecture]") {
  CHECK(breaks("base/log.cpp", "#include \"domain/person.h\"").size() == 1);
  CHECK(breaks("domain/server.h", "  #  include \"store/store.h\" // why").size() == 1);
  CHECK(breaks("mcp/sse.h", "#include \"domain/person.h\"").size() == 1);
  CHECK(breaks("gateway/router.cpp", "#include \"http/route.h\"").size() == 1);
  CHECK(breaks("gateway/router.cpp", "#include \"router.h\"").size() == 1);
  CHECK(breaks("main.cpp", "#include \"base/log.h\"").size() == 1);
  CHECK(breaks("helpers/things.h", "").size() == 1);
  CHECK(breaks("store/servers.cpp", "#include \"domain/server.h\"\n#include \"base/id.h\"").empty());
  CHECK(breaks("main.cpp", "#include \"cli/verbs.h\"").empty());
}

TEST_CASE("a library included beside its door is found", "[architecture]") {
  CHECK(breaks("http/route.cpp", "#include <httplib.h>").size() == 1);
  CHECK(breaks("base/http_front.h", "#include <boost/beast/http.hpp>").size() == 1);
  CHECK(breaks("gateway/connections.cpp", "#include <boost/asio/post.hpp>").size() == 1);
  CHECK(breaks("store/vault.cpp", "#include <openssl/evp.h>").size() == 1);
  CHECK(breaks("store/store.cpp", "#include <sqlcipher/sqlite3.h>").size() == 1);
  CHECK(breaks("mcp/jsonrpc.h", "#include <nlohmann/json.hpp>").size() == 1);
  CHECK(breaks("base/text.h", "#include <regex>").size() == 1);
  CHECK(breaks("mcp/jsonrpc.h", "#include <nlohmann/json_fwd.hpp>").empty());
  CHECK(breaks("mcp/jsonrpc.cpp", "#include <nlohmann/json.hpp>").empty());
  CHECK(breaks("base/http_front.cpp", "#include <boost/beast/http.hpp>").empty());
}

TEST_CASE("headers that include each other are found, directly and on a detour", "[architecture]") {
  Sources sources = {{"base/a.h", "#include \"base/b.h\""},
                     {"base/b.h", "#include \"base/c.h\""},
                     {"base/c.h", ""},
                     {"base/c.cpp", "#include \"base/c.h\"\n#include \"base/a.h\""}};
  CHECK(broken_rules(sources).empty());
  sources["base/c.h"] = "#include \"base/a.h\"";
  CHECK(headers_in_a_circle(sources) == Names{"base/a.h", "base/b.h", "base/c.h"});
  sources["base/c.h"] = "#include \"base/c.h\"";
  CHECK(headers_in_a_circle(sources).size() == 3);
}

TEST_CASE("the layer table of src/README.md says what this test holds", "[architecture]") {
  const std::string readme = text_of(std::filesystem::path(PATCHBAY_SOURCE_DIR) / "src/README.md");
  for (const auto& [layer, may_include] : layers) {
    const auto row = readme.find("| `" + layer + "` |");
    if (row == std::string::npos) {
      INFO(layer << " has a folder but no row");
      CHECK_FALSE(std::filesystem::exists(std::filesystem::path(PATCHBAY_SOURCE_DIR) / "src" / layer));
      continue;
    }
    const std::string line = readme.substr(row, readme.find('\n', row) - row);
    const auto end = line.find_last_of('|');
    const auto cell = line.find_last_of('|', end - 1) + 2;
    std::istringstream words(line.substr(cell, end - 1 - cell));
    std::set<std::string> written;
    for (std::string word; std::getline(words, word, ',');)
      written.insert(word.substr(word.find_first_not_of(' ')));
    INFO(layer);
    CHECK((written == may_include || (may_include.empty() && written == std::set<std::string>{"–"}) ||
           (layer == "cli" && written == std::set<std::string>{"all"})));
  }
}
