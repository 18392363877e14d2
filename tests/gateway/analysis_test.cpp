#include "gateway/analysis.h"

#include "support/catch.h"

#include <string>
#include <vector>

using namespace patchbay;
using gateway::Words;

namespace {

std::vector<std::string> words_of(std::string_view text) {
  Words words;
  words.read(text);
  std::vector<std::string> all;
  for (const auto& word : words.all()) all.emplace_back(words.text(word));
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("identifiers are split at their boundaries and kept joined when they are short", "[gateway]") {
  CHECK(words_of("gitHub") == Texts{"git", "hub", "github"});
  CHECK(words_of("create_issue") == Texts{"create", "issue"});
  CHECK(words_of("HTTPServer") == Texts{"http", "server", "httpserver"});
  CHECK(words_of("parseJSON") == Texts{"parse", "json", "parsejson"});
  CHECK(words_of("getHTTPUrl") == Texts{"get", "http", "url", "gethttpurl"});
  CHECK(words_of("base64") == Texts{"base", "64", "base64"});
  CHECK(words_of("3DModel") == Texts{"3", "d", "model", "3dmodel"});
  CHECK(words_of("PDF") == Texts{"pdf"});
  CHECK(words_of("list-pull requests.v2") == Texts{"list", "pull", "requests", "v", "2", "v2"});
  CHECK(words_of("aBcDeF").back() == "f");                                // four parts are not joined
  CHECK(words_of("internationalOrganization").back() == "organization");  // 25 characters are not joined
  CHECK(words_of("internationalOrganizatio").back() == "internationalorganizatio");
}

TEST_CASE("accents, case and compatibility forms do not matter", "[gateway]") {
  CHECK(words_of("Café RÉSUMÉ") == Texts{"cafe", "resume"});
  CHECK(words_of("e\xCC\x81t\xC3\xA9") == Texts{"ete"});
  CHECK(words_of("\xEF\xBC\xA7\xEF\xBD\x89\xEF\xBD\x94") == Texts{"git"});  // full width
  CHECK(words_of("Ελλάδα") == Texts{"ελλαδα"});
}

TEST_CASE("Chinese, Japanese and Korean text is read as pairs of characters", "[gateway]") {
  CHECK(words_of("天气预报") == Texts{"天气", "气预", "预报"});
  CHECK(words_of("查") == Texts{"查"});
  CHECK(words_of("查询 GitHub仓库") == Texts{"查询", "git", "hub", "github", "仓库"});
  CHECK(words_of("日程。会议") == Texts{"日程", "会议"});
}

TEST_CASE("any bytes are read as words without harm", "[gateway]") {
  CHECK(words_of("").empty());
  CHECK(words_of(" \t.,;-_").empty());
  CHECK(words_of(std::string_view("create\0issue", 12)) == Texts{"create", "issue"});
  CHECK(words_of("create\xFF\xFEissue") == Texts{"create", "issue"});
  CHECK(words_of("caf\xC3") == Texts{"caf"});
  CHECK(words_of(std::string(100'000, 'x')) == Texts{std::string(64, 'x')});
  std::string marks = "e";
  for (int i = 0; i < 50'000; ++i) marks += "\xCC\x81";
  CHECK(words_of(marks) == Texts{"e"});
}

TEST_CASE("a reader forgets the text before", "[gateway]") {
  Words words;
  words.read("one two three");
  words.read("four");
  REQUIRE(words.all().size() == 1);
  CHECK(words.text(words.all().front()) == "four");
}

TEST_CASE("stop words and stems are those of English", "[gateway]") {
  for (const auto* word : {"the", "a", "your", "need", "want", "please", "get", "give", "use"})
    CHECK(gateway::is_stop_word(word));
  for (const auto* word : {"issue", "create", "", "zz", "A"}) CHECK_FALSE(gateway::is_stop_word(word));

  auto& stemmer = gateway::thread_stemmer();
  CHECK(stemmer.stem("repositories") == "repositori");
  CHECK(stemmer.stem("repository") == "repositori");
  CHECK(stemmer.stem("creating") == stemmer.stem("creates"));
  CHECK(stemmer.stem("").empty());
}

TEST_CASE("a text is cut by characters, never inside one", "[gateway]") {
  CHECK(gateway::first_characters("abc", 2) == "ab");
  CHECK(gateway::first_characters("abc", 3) == "abc");
  CHECK(gateway::first_characters("abc", 4) == "abc");
  CHECK(gateway::first_characters("äöü", 2) == "äö");
  CHECK(gateway::first_characters("abc", 0).empty());
  CHECK(gateway::first_characters(std::string(100, '\x80'), 5).size() <= 20);
}

TEST_CASE("sentences end at a stop before a blank, and the last one holds the rest", "[gateway]") {
  using Views = std::vector<std::string_view>;
  CHECK(gateway::split_sentences("Find a file. Then mail it! Done", 6) ==
        Views{"Find a file", "Then mail it", "Done"});
  CHECK(gateway::split_sentences("open example.com now", 6) == Views{"open example.com now"});
  CHECK(gateway::split_sentences("a. b. c. d", 2) == Views{"a", "b. c. d"});
  CHECK(gateway::split_sentences("one\n\ntwo", 6) == Views{"one", "two"});
  CHECK(gateway::split_sentences("  ", 6).empty());
  CHECK(gateway::split_sentences("end.", 6) == Views{"end."});
}
