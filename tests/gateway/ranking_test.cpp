#include "gateway/ranking.h"

#include "gateway/ranking_schema.h"
#include "support/catch.h"

#include "base/text.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace patchbay;
using gateway::RankingIndex;
using gateway::SynonymGroups;
using gateway::ToolDocument;

namespace {

ToolDocument a_tool(std::uint32_t id, std::string_view server, std::string_view name,
                    std::string_view description) {
  ToolDocument tool;
  tool.id = id;
  tool.server_slug = server;
  tool.name = name;
  tool.description = description;
  return tool;
}

std::vector<ToolDocument> some_tools() {
  return {a_tool(10, "github", "create_issue", "Open a new issue in a repository"),
          a_tool(11, "github", "list_issues", "List the issues of a repository"),
          a_tool(12, "github", "create_pull_request", "Propose a change for review"),
          a_tool(13, "github", "delete_branch", "Remove a branch of a repository"),
          a_tool(20, "weather", "get_forecast", "Weather forecast for a place, by day"),
          a_tool(21, "weather", "get_alerts", "Storm warnings of a region"),
          a_tool(30, "mail", "send_message", "Deliver an electronic letter to a recipient"),
          a_tool(31, "files", "read_file", "Read the whole text of a file on disk"),
          a_tool(32, "files", "write_file", "Write text to a file on disk"),
          a_tool(40, "kube", "list_pods", "Pods of a Kubernetes namespace")};
}

std::shared_ptr<const RankingIndex> index_of(const std::vector<ToolDocument>& tools) {
  return RankingIndex::build(tools, SynonymGroups::built_in());
}

std::vector<std::uint32_t> ids_of(const std::vector<RankingIndex::Hit>& hits) {
  std::vector<std::uint32_t> ids;
  for (const auto& hit : hits) ids.push_back(hit.id);
  return ids;
}

std::uint32_t best_of(const RankingIndex& index, std::string_view query) {
  const auto hits = index.search(query, 5, {});
  return hits.empty() ? 0 : hits.front().id;
}

bool finds(const RankingIndex& index, std::string_view query, std::uint32_t id) {
  const auto ids = ids_of(index.search(query, 5, {}));
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

TEST_CASE("the tool that an agent describes in its own words comes first", "[gateway]") {
  const auto index = index_of(some_tools());
  CHECK(best_of(*index, "create an issue") == 10);
  CHECK(best_of(*index, "please list all issues of my repository") == 11);
  CHECK(best_of(*index, "what will the weather be tomorrow") == 20);
  CHECK(best_of(*index, "createPullRequest") == 12);
  CHECK(best_of(*index, "github delete branches") == 13);
  CHECK(best_of(*index, "save text on the disk") == 32);
}

TEST_CASE("scores fall from one and stay above zero", "[gateway]") {
  const auto hits = index_of(some_tools())->search("issue in a repository", 20, {});
  REQUIRE(hits.size() >= 3);
  CHECK(hits.front().score == 1.0F);
  for (std::size_t at = 1; at < hits.size(); ++at) {
    CHECK(hits[at].score <= hits[at - 1].score);
    CHECK(hits[at].score > 0);
  }
}

TEST_CASE("synonyms find a tool that shares no word with the query", "[gateway]") {
  CHECK(finds(*index_of(some_tools()), "notify", 30));

  const auto without = RankingIndex::build(some_tools(), SynonymGroups{});
  CHECK_FALSE(finds(*without, "notify", 30));

  SynonymGroups own;
  own.add({"postcard", "letter"});
  own.add({"alone"});
  CHECK(own.all().size() == 1);
  CHECK(best_of(*RankingIndex::build(some_tools(), own), "postcard") == 30);
}

TEST_CASE("a tool is found by the aliases its operator gave", "[gateway]") {
  auto tools = some_tools();
  CHECK(index_of(tools)->search("helicopter", 5, {}).empty());
  tools[8].aliases = {"helicopter", "flugzeug"};
  CHECK(best_of(*index_of(tools), "helicopter") == 32);
  CHECK(best_of(*index_of(tools), "Flugzeug") == 32);
}

TEST_CASE("a tool is found by its server and by its input schema", "[gateway]") {
  auto tools = some_tools();
  tools[5].server_title = "Meteorology Service";
  tools[5].server_description = "Observations from lighthouses";
  tools[7].input_schema_json =
      R"({"type":"object","properties":{"encoding":{"description":"how umlauts are stored",
      "enum":["latin1"]},"range":{"type":"object","properties":{"firstLine":{"type":"integer"}}}}})";
  const auto index = index_of(tools);
  CHECK(best_of(*index, "meteorology") == 21);
  CHECK(best_of(*index, "lighthouse") == 21);
  CHECK(best_of(*index, "encodings") == 31);
  CHECK(best_of(*index, "umlaut") == 31);
  CHECK(best_of(*index, "latin1") == 31);
  CHECK(best_of(*index, "first line") == 31);
}

TEST_CASE("R74: equal tools are ranked by id, whatever the order they came in", "[gateway]") {
  const std::vector<ToolDocument> rising = {a_tool(1, "a", "ping", "Same"), a_tool(2, "a", "ping", "Same"),
                                            a_tool(3, "a", "ping", "Same"), a_tool(9, "a", "other", "Else")};
  const std::vector<ToolDocument> mixed = {rising[2], rising[3], rising[0], rising[1]};
  CHECK(ids_of(index_of(rising)->search("ping", 3, {})) == std::vector<std::uint32_t>{1, 2, 3});
  CHECK(ids_of(index_of(mixed)->search("ping", 3, {})) == std::vector<std::uint32_t>{1, 2, 3});
}

TEST_CASE("R74: the same tools and query give the same answer each time", "[gateway]") {
  const auto first = index_of(some_tools())->search("create or list files and issues", 10, {});
  const auto second = index_of(some_tools())->search("create or list files and issues", 10, {});
  REQUIRE(first.size() == second.size());
  for (std::size_t at = 0; at < first.size(); ++at) {
    CHECK(first[at].id == second[at].id);
    CHECK(first[at].score == second[at].score);
  }
}

TEST_CASE("a tool the caller may not see takes no place in the answer", "[gateway]") {
  std::vector<std::string> names;
  for (int i = 0; i < 2000; ++i) names.push_back(cat("create_issue_", i % 7));
  std::vector<ToolDocument> tools;
  for (std::uint32_t i = 0; i < 2000; ++i) tools.push_back(a_tool(i, "tracker", names[i], "Create an issue"));
  for (std::uint32_t i = 0; i < 6; ++i)
    tools.push_back(a_tool(5000 + i, "wiki", "add_page", "Adds a page about an issue"));
  const auto index = index_of(tools);

  const auto hits = index->search("create an issue", 5, [](std::uint32_t id) { return id >= 5000; });
  CHECK(ids_of(hits) == std::vector<std::uint32_t>{5000, 5001, 5002, 5003, 5004});
  CHECK(hits.front().score == 1.0F);
  CHECK(index->search("create an issue", 5, [](std::uint32_t) { return false; }).empty());
  CHECK(index->search("create an isue", 5, [](std::uint32_t) { return false; }).empty());
}

TEST_CASE("the caller's rights are asked once for each tool of a search", "[gateway]") {
  std::vector<int> asked(100, 0);
  const auto index = index_of(some_tools());
  index->search("List all issues of a repository. Then create a new issue there. Then read a file on disk.",
                5, [&](std::uint32_t id) { return ++asked[id] > 0; });
  CHECK(asked[10] == 1);
  for (const int times : asked) CHECK(times <= 1);
}

TEST_CASE("mistyped and shortened words still find their tool", "[gateway]") {
  const auto index = index_of(some_tools());
  CHECK(best_of(*index, "forcast") == 20);
  CHECK(best_of(*index, "kubernets") == 40);
  CHECK(best_of(*index, "brnach") == 13);
  CHECK(best_of(*index, "repositry isue") == 10);
  CHECK(best_of(*index, "forecasting4u") == 20);
  CHECK(best_of(*index, "kubernetesnamespaces") == 40);
}

TEST_CASE("nothing is answered when nothing matches", "[gateway]") {
  const auto index = index_of(some_tools());
  for (const auto* query : {"", "   ", "the of and", "qzxv", "zzzz yyyy xxxx", "?!.", "\xFF\xFE\x80"})
    CHECK(index->search(query, 5, {}).empty());
  CHECK(index->search("issue", 0, {}).empty());
  CHECK(index_of({})->search("issue", 5, {}).empty());
  CHECK(index_of({})->size() == 0);
}

TEST_CASE("the limit bounds the answer", "[gateway]") {
  std::vector<ToolDocument> tools;
  for (std::uint32_t i = 0; i < 150; ++i) tools.push_back(a_tool(i, "s", "ping", "Ping a host"));
  const auto index = index_of(tools);
  CHECK(index->search("ping", 5, {}).size() == 5);
  CHECK(index->search("ping", 99, {}).size() == 99);
  CHECK(index->search("ping", 100, {}).size() == 100);
  CHECK(index->search("ping", 101, {}).size() == 100);
}

TEST_CASE("a query of several sentences finds the tool of each", "[gateway]") {
  const auto index = index_of(some_tools());
  const auto ids = ids_of(index->search(
      "I would like to see the weather forecast for Berlin. After that send a message to my boss about it.",
      3, {}));
  CHECK(std::find(ids.begin(), ids.end(), 20U) != ids.end());
  CHECK(std::find(ids.begin(), ids.end(), 30U) != ids.end());
}

TEST_CASE("huge and hostile queries are cut and answered", "[gateway]") {
  const auto index = index_of(some_tools());
  std::string sentences, words;
  for (int i = 0; i < 10'000; ++i) sentences += "List all the open issues now. ";
  for (int i = 0; i < 20'000; ++i) words += cat("word", i, " ");
  CHECK(best_of(*index, sentences) == 11);
  CHECK(index->search(std::string(100'000, 'a'), 5, {}).empty());
  CHECK(index->search(std::string(100'000, '\xC3'), 5, {}).empty());
  CHECK(index->search(std::string(100'000, '\0'), 5, {}).empty());
  CHECK_NOTHROW(index->search(words, 5, {}));
  CHECK(best_of(*index, std::string_view("create\0issue\xFF", 13)) == 10);

  // The cut is at 2,000 characters.
  CHECK(best_of(*index, std::string(1992, ' ') + "forecast") == 20);
  CHECK(best_of(*index, std::string(2000, ' ') + "forecast") == 0);
}

TEST_CASE("only the first 64 different terms of a query count", "[gateway]") {
  const auto index = index_of(some_tools());
  // Five tools match the first two words, so nothing is guessed for the rest.
  const auto query = [](std::size_t before) {
    std::string text = "repository disk ";
    constexpr std::string_view letters = "bcdfghjkl";  // no vowels, so that no stem is shorter than its word
    for (std::size_t i = 2; i < before; ++i) text += cat(letters[i / 9], "q", letters[i % 9], " ");
    return text + "forecast";
  };
  const auto finds_forecast = [&](std::size_t before) {
    const auto ids = ids_of(index->search(query(before), 20, {}));
    return std::find(ids.begin(), ids.end(), 20U) != ids.end();
  };
  CHECK(finds_forecast(62));
  CHECK(finds_forecast(63));
  CHECK_FALSE(finds_forecast(64));
}

TEST_CASE("hostile tools are indexed within bounds", "[gateway]") {
  auto tools = some_tools();
  std::string words;
  for (int i = 0; i < 100'000; ++i) words += cat("junk", i, " ");
  const std::string deep = R"({"properties":{"secretname":{"type":"string"},"x":)" + std::string(50'000, '[');
  tools[4].description = words;
  tools[4].title = std::string_view("\0\xFF\xC0", 3);
  tools[5].input_schema_json = deep;
  tools[6].aliases.assign(10'000, "alias");
  const auto index = index_of(tools);
  CHECK(index->memory_bytes() < 3'000'000);
  CHECK(best_of(*index, "get forecast") == 20);
  CHECK(index->search("secretname", 5, {}).empty());
}

TEST_CASE("a schema gives its property names, descriptions and enum values to depth 4", "[gateway]") {
  const auto text = gateway::read_schema(
      R"({"title":"no","description":"no","properties":{"a":{"description":"da","enum":["e1",2],"default":"no",
          "properties":{"b":{"items":{"properties":{"c":{"anyOf":[{"properties":{"d":{"description":"dd",
          "properties":{"e":{"description":"no"}}}}}]}}}}}}},"required":["no"],"$defs":{"T":{"properties":{"f":{}}}}})");
  CHECK(text.property_names == "a\nb\nc\nd\nf");
  CHECK(text.descriptions == "da\ne1\ndd");
}

TEST_CASE("a schema that cannot be read gives what stood before, or nothing when it is too deep",
          "[gateway]") {
  CHECK(gateway::read_schema("").property_names.empty());
  CHECK(gateway::read_schema("null").property_names.empty());
  CHECK(gateway::read_schema("[[1]]").property_names.empty());
  CHECK(gateway::read_schema(R"({"properties":{"a":{},"b")").property_names == "a\nb");
  CHECK(gateway::read_schema(R"({"properties":{"a":{},"\xFF)").property_names == "a");

  const auto nested = [](std::size_t arrays) {
    return R"({"properties":{"a":{}},"x":)" + std::string(arrays, '[') + std::string(arrays, ']') + "}";
  };
  CHECK(gateway::read_schema(nested(62)).property_names == "a");
  CHECK(gateway::read_schema(nested(63)).property_names == "a");
  CHECK(gateway::read_schema(nested(64)).property_names.empty());
  CHECK(gateway::read_schema(std::string(10'000'000, '[')).property_names.empty());

  const std::string padding(64 * 1024, ' ');
  CHECK(gateway::read_schema(padding + R"({"properties":{"a":{}}})").property_names.empty());
}

TEST_CASE("many threads search one index at once", "[gateway]") {
  const auto index = index_of(some_tools());
  const auto expected =
      ids_of(index->search("create an issue in a repositry. Then send the message to all.", 5, {}));
  std::atomic<int> different = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int round = 0; round < 50; ++round) {
          const auto hits = index->search("create an issue in a repositry. Then send the message to all.", 5,
                                          [](std::uint32_t) { return true; });
          if (ids_of(hits) != expected) ++different;
          const auto other = index_of({a_tool(1, "s", "ping", "Ping a host")});
          if (ids_of(other->search("ping", 5, {})) != std::vector<std::uint32_t>{1}) ++different;
        }
      });
  }
  CHECK(different == 0);
}
