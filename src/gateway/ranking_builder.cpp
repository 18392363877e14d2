#include "gateway/ranking_builder.h"

#include "base/error.h"
#include "base/text.h"
#include "gateway/ranking_schema.h"
#include "gateway/ranking_weights.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

namespace patchbay::gateway {

namespace {

constexpr std::size_t longest_field = 16'384;  // bytes read of one text
constexpr std::size_t most_cached_words = 1 << 17;
constexpr std::size_t most_aliases = 32;
constexpr std::size_t most_terms = 512;  // different ones of one tool, and of one server

// How often each field of one tool, or of one server, holds a term.
struct Occurrence {
  std::uint32_t term = 0;
  std::array<std::uint8_t, field_count> counts{};
};

struct Lengths {
  std::array<std::uint32_t, field_count> of{};
};

// Numbers terms, gathers what each tool and server holds, and weighs it once all lengths are known. Tools of
// one server share what was read of the server.
class Builder {
 public:
  Builder(std::span<const ToolDocument> tools, const SynonymGroups& synonyms, const RankingParts* background)
      : tools_(tools), groups_(synonyms), background_(background) {}

  RankingParts build() {
    order_by_id();
    for (const std::uint32_t at : order_) read_tool(tools_[at]);
    read_synonyms();
    weigh();
    parts_.grams.finish();
    note_letters();
    parts_.terms.shrink();
    return std::move(parts_);
  }

 private:
  void order_by_id() {
    order_.resize(tools_.size());
    std::iota(order_.begin(), order_.end(), 0U);
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return tools_[a].id < tools_[b].id; });
    parts_.ids.reserve(order_.size());
    for (const std::uint32_t at : order_) parts_.ids.push_back(tools_[at].id);
  }

  std::uint32_t term_of(std::string_view word) {
    if (is_stop_word(word)) return TermTable::none;
    const std::uint32_t known = words_.find(word);
    if (known != TermTable::none) return term_of_word_[known];
    const std::uint32_t term = parts_.terms.intern(thread_stemmer().stem(word));
    if (words_.size() < most_cached_words) {
      words_.intern(word);
      term_of_word_.push_back(term);
    }
    return term;
  }

  void read_field(Field field, std::string_view text) {
    scratch_.read(text.substr(0, longest_field));
    for (const Word& word : scratch_.all()) {
      const std::uint32_t term = term_of(scratch_.text(word));
      if (term == TermTable::none) continue;
      if (row_of_.size() <= term)
        row_of_.resize(std::max<std::size_t>(term + 1, row_of_.size() * 2), TermTable::none);
      if (row_of_[term] == TermTable::none) {
        if (rows_.size() >= most_terms) continue;
        row_of_[term] = static_cast<std::uint32_t>(rows_.size());
        rows_.push_back({term, {}});
      }
      auto& count = rows_[row_of_[term]].counts[field];
      if (count < 255) ++count;
      lengths_.of[field] += 1;
    }
  }

  // Moves what read_field() gathered to the end of `to`.
  void close_rows(std::vector<Occurrence>& to, std::vector<std::uint32_t>& ends,
                  std::vector<Lengths>& lengths) {
    for (const Occurrence& row : rows_) row_of_[row.term] = TermTable::none;
    to.insert(to.end(), rows_.begin(), rows_.end());
    ends.push_back(static_cast<std::uint32_t>(to.size()));
    lengths.push_back(lengths_);
    rows_.clear();
    lengths_ = {};
  }

  std::uint32_t server_of(const ToolDocument& tool) {
    const auto key = std::tuple(tool.server_slug, tool.server_title, tool.server_description);
    const auto [at, is_new] = servers_.try_emplace(key, static_cast<std::uint32_t>(servers_.size()));
    if (!is_new) return at->second;
    const auto full_name = cat(tool.server_slug, " ", tool.server_title);
    read_field(server_name, full_name);
    read_field(server_description, tool.server_description);
    close_rows(server_rows_, server_ends_, server_lengths_);
    scratch_.read(full_name);
    parts_.grams.add_server(scratch_);
    return at->second;
  }

  void read_tool(const ToolDocument& tool) {
    const std::uint32_t server = server_of(tool);
    server_of_tool_.push_back(server);
    read_field(name, tool.name);
    for (const Occurrence& row : rows_) parts_.name_terms.numbers.push_back(row.term);
    parts_.name_terms.close();
    read_field(title, tool.title);
    read_field(description, tool.description);
    const SchemaText schema = read_schema(tool.input_schema_json);
    read_field(property_names, schema.property_names);
    read_field(property_texts, schema.descriptions);
    const std::size_t aliases = std::min(tool.aliases.size(), most_aliases);
    for (std::size_t at = 0; at < aliases; ++at) read_field(alias, tool.aliases[at]);
    close_rows(tool_rows_, tool_ends_, tool_lengths_);

    Words words;
    words.read(tool.name.substr(0, longest_field));
    scratch_.read(tool.description.substr(0, longest_field));
    parts_.grams.add_tool(words, scratch_, server);
  }

  void read_synonyms() {
    for (const auto& group : groups_.all()) {
      std::vector<std::uint32_t> members;
      for (const auto& text : group) {
        scratch_.read(text);
        if (scratch_.all().size() != 1) continue;
        const std::uint32_t term = term_of(scratch_.text(scratch_.all().front()));
        if (term != TermTable::none) members.push_back(term);
      }
      for (const std::uint32_t from : members)
        for (const std::uint32_t to : members)
          if (from != to) synonyms_[from].push_back(to);
    }
    parts_.synonym_row.assign(parts_.terms.size(), TermTable::none);
    for (auto& [from, to] : synonyms_) {
      std::sort(to.begin(), to.end());
      to.erase(std::unique(to.begin(), to.end()), to.end());
      parts_.synonym_row[from] = static_cast<std::uint32_t>(parts_.synonyms.ends.size());
      parts_.synonyms.numbers.insert(parts_.synonyms.numbers.end(), to.begin(), to.end());
      parts_.synonyms.close();
    }
  }

  // Calls visit(occurrence) for each term of a tool, those of its server included.
  template <class Visit>
  void each_term(std::uint32_t tool, Visit visit) {
    const auto rows = [](const std::vector<Occurrence>& all, const std::vector<std::uint32_t>& ends,
                         std::uint32_t at) {
      const std::uint32_t begin = at == 0 ? 0 : ends[at - 1];
      return std::span(all).subspan(begin, ends[at] - begin);
    };
    const auto own = rows(tool_rows_, tool_ends_, tool);
    const auto shared = rows(server_rows_, server_ends_, server_of_tool_[tool]);
    for (std::size_t at = 0; at < shared.size(); ++at)
      row_of_[shared[at].term] = static_cast<std::uint32_t>(at);
    for (Occurrence row : own) {
      auto& at = row_of_[row.term];
      if (at != TermTable::none) {
        for (const Field field : {server_name, server_description})
          row.counts[field] = shared[at].counts[field];
        at = TermTable::none;
      }
      visit(row);
    }
    for (const Occurrence& row : shared) {
      if (row_of_[row.term] == TermTable::none) continue;
      row_of_[row.term] = TermTable::none;
      visit(row);
    }
  }

  Lengths lengths_of(std::uint32_t tool) const {
    Lengths lengths = tool_lengths_[tool];
    const Lengths& shared = server_lengths_[server_of_tool_[tool]];
    for (const Field field : {server_name, server_description}) lengths.of[field] = shared.of[field];
    return lengths;
  }

  std::array<float, field_count> average_lengths() const {
    std::array<double, field_count> sums{};
    for (std::uint32_t tool = 0; tool < order_.size(); ++tool) {
      const Lengths lengths = lengths_of(tool);
      for (std::size_t field = 0; field < field_count; ++field) sums[field] += lengths.of[field];
    }
    std::array<float, field_count> averages{};
    const auto tools = static_cast<double>(std::max<std::size_t>(order_.size(), 1));
    for (std::size_t field = 0; field < field_count; ++field)
      averages[field] = static_cast<float>(std::max(sums[field] / tools, 1e-3));
    return averages;
  }

  // As rare as it is in the background, where that knows the word.
  float idf_of(std::uint32_t term, std::uint32_t holders, std::uint32_t tools) const {
    auto all = static_cast<float>(tools);
    if (background_ != nullptr) {
      const auto known = background_->terms.find(parts_.terms.text(term));
      if (known != TermTable::none && background_->idf[known] > 0) return background_->idf[known];
      all += static_cast<float>(background_->ids.size());
    }
    const auto count = static_cast<float>(holders);
    return std::log(1.0F + (all - count + .5F) / (count + .5F));
  }

  void weigh() {
    const std::uint32_t terms = parts_.terms.size();
    const auto tools = static_cast<std::uint32_t>(order_.size());
    row_of_.assign(terms, TermTable::none);
    std::vector<std::uint32_t> holders(terms, 0);
    for (std::uint32_t tool = 0; tool < tools; ++tool)
      each_term(tool, [&](const Occurrence& row) { ++holders[row.term]; });
    parts_.postings.reserve(holders);
    parts_.idf.resize(terms, 0);
    for (std::uint32_t term = 0; term < terms; ++term)
      if (holders[term] > 0) parts_.idf[term] = idf_of(term, holders[term], tools);
    const auto averages = average_lengths();
    for (std::uint32_t tool = 0; tool < tools; ++tool) weigh_tool(tool, averages);
  }

  // BM25F: one saturated sum over the fields.
  void weigh_tool(std::uint32_t tool, const std::array<float, field_count>& averages) {
    const Lengths lengths = lengths_of(tool);
    std::array<float, field_count> factors{};
    for (std::size_t field = 0; field < field_count; ++field) {
      const float relative = static_cast<float>(lengths.of[field]) / averages[field];
      factors[field] = field_weight[field] / (1 - field_flatness[field] + field_flatness[field] * relative);
    }
    each_term(tool, [&](const Occurrence& row) {
      float sum = 0;
      for (std::size_t field = 0; field < field_count; ++field)
        sum += factors[field] * static_cast<float>(row.counts[field]);
      parts_.postings.add(row.term, tool, sum / (saturation + sum));
    });
  }

  void note_letters() {
    parts_.letters.reserve(parts_.terms.size());
    for (std::uint32_t term = 0; term < parts_.terms.size(); ++term)
      parts_.letters.push_back(letters_of(parts_.terms.text(term)));
  }

  std::span<const ToolDocument> tools_;
  const SynonymGroups& groups_;
  const RankingParts* background_;
  RankingParts parts_;
  std::vector<std::uint32_t> order_;

  TermTable words_;  // the stem cache
  std::vector<std::uint32_t> term_of_word_;
  Words scratch_;

  std::vector<Occurrence> rows_;
  std::vector<std::uint32_t> row_of_;  // by term: its place in rows_
  Lengths lengths_;

  std::vector<Occurrence> tool_rows_, server_rows_;
  std::vector<std::uint32_t> tool_ends_, server_ends_, server_of_tool_;
  std::vector<Lengths> tool_lengths_, server_lengths_;
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, std::uint32_t> servers_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> synonyms_;
};

}  // namespace

std::uint32_t letters_of(std::string_view text) {
  std::uint32_t letters = 0;
  for (const char c : text) letters |= 1U << (static_cast<unsigned char>(c) % 32);
  return letters;
}

RankingParts build_ranking(std::span<const ToolDocument> tools, const SynonymGroups& synonyms,
                           const RankingParts* background) {
  if (tools.size() > Postings::most_tools)
    throw Error::invalid("too_many_tools", cat("Search holds at most ", Postings::most_tools, " tools."));
  return Builder(tools, synonyms, background).build();
}

}  // namespace patchbay::gateway
