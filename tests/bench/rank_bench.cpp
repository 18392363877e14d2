// Judges the ranking alone, without a gateway around it.
//
//   rank_bench FOLDER                     recall and latency of each set: SET/{tools,servers,queries}.jsonl
//   rank_bench FOLDER --scale 100000      latency, build time and memory over that many tools of all sets
//   --misses N                            prints N queries of each set whose first five hold nothing
//
// Times are CPU milliseconds of one thread.

#include "base/text.h"
#include "gateway/ranking.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>

#include <malloc.h>

namespace {

using namespace patchbay;
using gateway::RankingIndex;
using gateway::SynonymGroups;
using gateway::ToolDocument;
using nlohmann::json;

// Query sets over another set's tools, as in the reference judge.
const std::map<std::string, std::string> borrowed = {
    {"mcp-prompts", "mcp-union"}, {"mcpverse", "mcp-union"}, {"mcp-tasks", "mcp-union"}};

struct Tool {
  std::string id, server, name, title, description, schema;
};
struct Server {
  std::string title, description;
};
struct Corpus {
  std::vector<Tool> tools;
  std::map<std::string, Server> servers;
};
struct Query {
  std::string text;
  std::vector<std::vector<std::string>> groups;
};
struct Figures {
  double recall_1 = 0, recall_5 = 0, ndcg_5 = 0;
};

std::vector<json> read_lines(const std::filesystem::path& path) {
  std::vector<json> rows;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (!trim(line).empty()) rows.push_back(json::parse(line));
  return rows;
}

Corpus read_corpus(const std::filesystem::path& folder) {
  Corpus corpus;
  for (const auto& row : read_lines(folder / "tools.jsonl"))
    corpus.tools.push_back({row.at("id"), row.at("server"), row.at("name"), row.value("title", ""),
                            row.value("description", ""), row.value("inputSchema", json::object()).dump()});
  for (const auto& row : read_lines(folder / "servers.jsonl"))
    corpus.servers[row.at("server")] = {row.value("title", ""), row.value("description", "")};
  return corpus;
}

std::vector<Query> read_queries(const std::filesystem::path& folder) {
  std::vector<Query> queries;
  for (const auto& row : read_lines(folder / "queries.jsonl"))
    queries.push_back({row.at("query"), row.at("groups")});
  return queries;
}

std::vector<ToolDocument> documents_of(const Corpus& corpus) {
  std::vector<ToolDocument> documents;
  for (const Tool& tool : corpus.tools) {
    const auto server = corpus.servers.find(tool.server);
    ToolDocument document;
    document.id = static_cast<std::uint32_t>(documents.size());
    document.server_slug = tool.server;
    if (server != corpus.servers.end()) {
      document.server_title = server->second.title;
      document.server_description = server->second.description;
    }
    document.name = tool.name;
    document.title = tool.title;
    document.description = tool.description;
    document.input_schema_json = tool.schema;
    documents.push_back(std::move(document));
  }
  return documents;
}

Figures score(const Query& query, const std::vector<std::string>& ranked) {
  Figures figures;
  const auto groups = static_cast<double>(query.groups.size());
  double gain = 0, ideal = 0;
  for (const auto& group : query.groups) {
    const auto first = std::find_if(ranked.begin(), ranked.end(), [&](const auto& id) {
      return std::find(group.begin(), group.end(), id) != group.end();
    });
    const auto place = first - ranked.begin();
    if (first == ranked.end() || place >= 5) continue;
    figures.recall_5 += 1 / groups;
    if (place == 0) figures.recall_1 += 1 / groups;
    gain += 1 / std::log2(static_cast<double>(place) + 2);
  }
  for (std::size_t at = 0; at < std::min<std::size_t>(5, query.groups.size()); ++at)
    ideal += 1 / std::log2(static_cast<double>(at) + 2);
  figures.ndcg_5 = std::min(1.0, gain / ideal);
  return figures;
}

// CPU time of this thread, so that what else runs on the machine does not count.
double cpu_milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double percentile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<std::size_t>(part * static_cast<double>(values.size())))];
}

struct Built {
  std::shared_ptr<const RankingIndex> index;
  double build_ms = 0;
};

Built build(const std::vector<ToolDocument>& documents) {
  const auto start = cpu_milliseconds();
  Built built{RankingIndex::build(documents, SynonymGroups::built_in()), 0};
  built.build_ms = cpu_milliseconds() - start;
  return built;
}

Figures judge_set(const std::filesystem::path& base, const std::string& set, int misses) {
  const auto owner = borrowed.find(set);
  const Corpus corpus = read_corpus(base / (owner == borrowed.end() ? set : owner->second));
  const auto queries = read_queries(base / set);
  const Built built = build(documents_of(corpus));
  Figures sum;
  std::vector<double> latencies;
  for (const Query& query : queries) {
    const auto start = cpu_milliseconds();
    const auto hits = built.index->search(query.text, 10, {});
    latencies.push_back(cpu_milliseconds() - start);
    std::vector<std::string> ranked;
    for (const auto& hit : hits) ranked.push_back(corpus.tools[hit.id].id);
    const Figures one = score(query, ranked);
    if (one.recall_5 == 0 && misses-- > 0)
      std::printf("    miss %s\n      want %s got %s\n", query.text.substr(0, 160).c_str(),
                  query.groups.front().front().c_str(), ranked.empty() ? "nothing" : ranked.front().c_str());
    sum.recall_1 += one.recall_1;
    sum.recall_5 += one.recall_5;
    sum.ndcg_5 += one.ndcg_5;
  }
  const auto n = static_cast<double>(queries.size());
  sum = {sum.recall_1 / n, sum.recall_5 / n, sum.ndcg_5 / n};
  std::printf(
      "%-14s n=%4zu tools=%5zu  R@1 %.3f  R@5 %.3f  nDCG@5 %.3f  ms p50 %.2f p99 %.2f  build %.0f ms  %.2f "
      "MB\n",
      set.c_str(), queries.size(), corpus.tools.size(), sum.recall_1, sum.recall_5, sum.ndcg_5,
      percentile(latencies, .5), percentile(latencies, .99), built.build_ms,
      static_cast<double>(built.index->memory_bytes()) / 1e6);
  return sum;
}

std::vector<std::string> sets_of(const std::filesystem::path& base) {
  std::vector<std::string> sets;
  for (const auto& entry : std::filesystem::directory_iterator(base))
    if (std::filesystem::exists(entry.path() / "queries.jsonl")) sets.push_back(entry.path().filename());
  std::sort(sets.begin(), sets.end());
  return sets;
}

int judge(const std::filesystem::path& base, int misses) {
  Figures macro;
  const auto sets = sets_of(base);
  for (const auto& set : sets) {
    const Figures one = judge_set(base, set, misses);
    macro.recall_1 += one.recall_1;
    macro.recall_5 += one.recall_5;
    macro.ndcg_5 += one.ndcg_5;
  }
  const auto n = static_cast<double>(std::max<std::size_t>(sets.size(), 1));
  std::printf("MACRO sets=%zu  R@1 %.3f  R@5 %.3f  nDCG@5 %.3f\n", sets.size(), macro.recall_1 / n,
              macro.recall_5 / n, macro.ndcg_5 / n);
  return 0;
}

// Copies of all tools, each round with server and tool names of its own.
Corpus enlarge(const std::filesystem::path& base, std::size_t wanted) {
  Corpus all, large;
  for (const auto& set : sets_of(base)) {
    if (borrowed.contains(set) || set == "livemcp") continue;  // livemcp is a part of mcp-union
    Corpus one = read_corpus(base / set);
    all.tools.insert(all.tools.end(), one.tools.begin(), one.tools.end());
    all.servers.merge(one.servers);
  }
  for (std::size_t at = 0; at < wanted && !all.tools.empty(); ++at) {
    Tool tool = all.tools[at % all.tools.size()];
    const std::size_t round = at / all.tools.size();
    if (round > 0) {
      const Server server = all.servers[tool.server];
      tool.server += cat("-site", round);
      large.servers[tool.server] = {cat(server.title, " site", round), server.description};
      tool.name += cat("_v", round);
      tool.description += cat(" Variant", round, "x", at % 97);
    } else {
      large.servers[tool.server] = all.servers[tool.server];
    }
    large.tools.push_back(std::move(tool));
  }
  return large;
}

int measure(const std::filesystem::path& base, std::size_t wanted) {
  const Corpus corpus = enlarge(base, wanted);
  const auto documents = documents_of(corpus);
  malloc_trim(0);
  const auto before = mallinfo2();
  const Built built = build(documents);
  const auto after = mallinfo2();
  std::vector<double> latencies;
  for (const auto& set : sets_of(base))
    for (const Query& query : read_queries(base / set)) {
      const auto start = cpu_milliseconds();
      built.index->search(query.text, 10, {});
      latencies.push_back(cpu_milliseconds() - start);
    }
  const auto in_use = static_cast<double>(after.uordblks + after.hblkhd) -
                      static_cast<double>(before.uordblks + before.hblkhd);
  std::printf(
      "tools=%zu  build %.0f ms  index %.1f MB (heap %.1f MB)  ms p50 %.2f p95 %.2f p99 %.2f max %.2f\n",
      corpus.tools.size(), built.build_ms, static_cast<double>(built.index->memory_bytes()) / 1e6,
      in_use / 1e6, percentile(latencies, .5), percentile(latencies, .95), percentile(latencies, .99),
      percentile(latencies, 1));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: rank_bench FOLDER [--scale TOOLS] [--misses N]\n", stderr);
    return 2;
  }
  std::size_t scale = 0;
  int misses = 0;
  for (int at = 2; at + 1 < argc; at += 2) {
    const std::string_view option = argv[at];
    if (option == "--scale") scale = parse_number<std::size_t>(argv[at + 1]).value_or(0);
    if (option == "--misses") misses = parse_number<int>(argv[at + 1]).value_or(0);
  }
  return scale > 0 ? measure(argv[1], scale) : judge(argv[1], misses);
}
