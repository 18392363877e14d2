#include "gateway/catalog_file.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>
#include <unordered_map>

#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "gateway/yaml_words.h"

namespace patchbay::gateway {

namespace {

using Kind = YamlNode::Kind;
using Index = YamlTree::Index;

constexpr std::size_t max_depth = 16;
constexpr std::size_t max_ahead = 128 * 1024;
constexpr const char* too_many = "The catalog may have 100,000 entries at most.";
constexpr std::size_t max_keys =
    64;  // of one mapping: more than any has, and few enough to compare each with each

struct Position {
  int line = 1;
  int column = 1;
};

// Carries a refusal of the whole file through yaml-cpp, which knows nothing of it.
class FileRefused : public Error {
 public:
  FileRefused(Position at, const std::string& sentence)
      : Error(Kind::invalid, "catalog", sentence), at_(at) {}
  Position at() const { return at_; }

 private:
  Position at_;
};

std::size_t offset_of(const YAML::Mark& mark) {
  return static_cast<std::size_t>(std::max(mark.pos, 0));
}

Position position(const YAML::Mark& mark) {
  return {std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
}

Position position_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line_start = before.rfind('\n') + 1;  // npos + 1 is the start
  return {static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<int>(offset - line_start) + 1};
}

// Gives yaml-cpp the text piece by piece, and no more once it is max_ahead bytes beyond the last value it
// reported: it holds back everything inside [ ] or { } until their end, with more than 100 bytes for each one
// of the text.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) : text_(text) {}

  void report(std::size_t offset) { reported_ = offset; }
  bool was_cut() const { return was_cut_; }

 protected:
  int_type underflow() override {
    const std::string_view piece = text_.substr(given_, 4096);
    if (piece.empty()) return traits_type::eof();
    was_cut_ = was_cut_ || given_ > reported_ + max_ahead;
    if (was_cut_) return traits_type::eof();
    given_ += piece.size();
    char* begin = const_cast<char*>(piece.data());  // never written: there is no put area
    setg(begin, begin, begin + piece.size());
    return traits_type::to_int_type(*begin);
  }

 private:
  std::string_view text_;
  std::size_t given_ = 0;
  std::size_t reported_ = 0;
  bool was_cut_ = false;
};

// Builds the tree from yaml-cpp's events, one after the other, and refuses what a catalog may not have before
// anything can walk it: yaml-cpp itself accepts alias bombs, repeated keys and unknown tags.
class Scan final : public YAML::EventHandler {
 public:
  Scan(std::string_view text, TextBuffer& buffer, YamlTree& tree, std::size_t max_values)
      : text_(text), buffer_(buffer), tree_(tree), max_values_(max_values) {
    tree_.texts.reserve(text.size());
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (has_document_) refuse(mark, "There is a second document. Keep everything in one.");
    has_document_ = true;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(mark, Kind::null, "?", anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "Aliases (*name) are not allowed. Write the value out.");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const Index at = add(mark, tag == "!" ? Kind::quoted : Kind::plain, tag, anchor);
    tree_.nodes[at].text_at = static_cast<std::uint32_t>(tree_.texts.size());
    tree_.nodes[at].text_size = static_cast<std::uint32_t>(value.size());
    tree_.texts += value;
    if (is_key(at)) check_key(mark, at);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, Kind::list, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, Kind::map, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Index node;
    std::vector<Index> keys;
    std::size_t children = 0;
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, const std::string& sentence) {
    throw FileRefused(position(mark), sentence);
  }

  Index add(const YAML::Mark& mark, Kind kind, const std::string& tag, YAML::anchor_t anchor);
  void open(const YAML::Mark& mark, Kind kind, const std::string& tag, YAML::anchor_t anchor);
  void close() {
    tree_.nodes[open_.back().node].end = static_cast<Index>(tree_.nodes.size());
    open_.pop_back();
  }
  // Whether the node that was just added is a key of the innermost mapping.
  bool is_key(Index at) const {
    return !open_.empty() && open_.back().node != at && tree_.kind(open_.back().node) == Kind::map &&
           open_.back().children % 2 == 1;
  }
  void check_key(const YAML::Mark& mark, Index at);
  void check_properties(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) const;
  void count_entry(const YAML::Mark& mark);

  std::string_view text_;
  TextBuffer& buffer_;
  YamlTree& tree_;
  const std::size_t max_values_;
  std::vector<Open> open_;
  bool has_document_ = false;
};

// yaml-cpp 0.7 drops the tag of an empty value, so the character at the mark is asked as well.
void Scan::check_properties(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) const {
  const std::size_t offset = offset_of(mark);
  const char first = offset < text_.size() ? text_[offset] : ' ';
  if (anchor != 0 || first == '&')
    refuse(mark, "Anchors (&name) are not allowed. Write each value where it is used.");
  if (first == '*') refuse(mark, "Aliases (*name) are not allowed. Write the value out.");
  const bool is_default = tag.empty() || tag == "?" || tag == "!";
  if (!is_default || first == '!') refuse(mark, "Tags (!name) are not allowed. Leave the tag out.");
}

Index Scan::add(const YAML::Mark& mark, Kind kind, const std::string& tag, YAML::anchor_t anchor) {
  check_properties(mark, tag, anchor);
  if (tree_.nodes.size() >= max_values_)
    refuse(mark, cat("The catalog may hold ", max_values_,
                     " values at most, keys included, and here is one more. Make it smaller."));
  const auto at = static_cast<Index>(tree_.nodes.size());
  const Position where = position(mark);
  buffer_.report(offset_of(mark));
  tree_.nodes.push_back({kind, where.line, where.column, 0, 0, at + 1});
  if (!open_.empty()) {
    ++open_.back().children;
    const bool is_text = kind == Kind::plain || kind == Kind::quoted;
    if (!is_text && is_key(at)) refuse(mark, "A key must be plain text.");
    if (open_.size() == 2 && tree_.kind(open_.back().node) == Kind::list) count_entry(mark);
  }
  return at;
}

void Scan::open(const YAML::Mark& mark, Kind kind, const std::string& tag, YAML::anchor_t anchor) {
  const Index at = add(mark, kind, tag, anchor);
  if (open_.size() == max_depth)
    refuse(mark, cat("Values may be nested ", max_depth, " levels deep at most."));
  open_.push_back({at, {}, 0});
}

void Scan::check_key(const YAML::Mark& mark, Index at) {
  std::vector<Index>& keys = open_.back().keys;
  const std::string_view key = tree_.text(at);
  if (key == "<<") refuse(mark, "Merge keys (<<) are not allowed. Write the fields out.");
  for (const Index other : keys)
    if (tree_.text(other) == key)
      refuse(mark, cat("The key ", quoted(key), " is there twice, first in line ", tree_[other].line, "."));
  if (keys.size() == max_keys) refuse(mark, cat("A mapping may have ", max_keys, " keys at most."));
  keys.push_back(at);
}

// An item of a list in the root's mapping: counted while scanning, so that a huge file ends here.
void Scan::count_entry(const YAML::Mark& mark) {
  if (open_.back().children > max_catalog_entries) refuse(mark, too_many);
}

// The offset of the first byte that is not UTF-8; the text's size where there is none.
std::size_t find_bad_utf8(std::string_view text) {
  if (is_utf8(text)) return text.size();
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (!is_utf8(text.substr(at, length))) break;
    at += length;
  }
  return at;
}

// yaml-cpp takes zero bytes for UTF-16 and the control character 4 for the end of the file.
std::string_view check_characters(std::string_view text) {
  if (text.size() > max_catalog_bytes) throw FileRefused({}, "The catalog may have 16 MiB at most.");
  if (const std::size_t bad = find_bad_utf8(text); bad < text.size())
    throw FileRefused(position_of(text, bad), "The file is not valid UTF-8 here. Save it as UTF-8.");
  const auto control = std::find_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F;
  });
  if (control != text.end())
    throw FileRefused(position_of(text, static_cast<std::size_t>(control - text.begin())),
                      "There is a control character here. Remove it.");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

// yaml-cpp's own words, but for what it copied from the file.
std::string explain(const YAML::Exception& error) {
  if (error.msg.starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR))
    return "Aliases (*name) are not allowed. Write the value out.";
  return cat("This is not YAML: ", std::string_view(error.msg).substr(0, error.msg.find(':')), ".");
}

// yaml-cpp needs more than a second for 100,000 entries, so lines that begin as the first item of a list does
// are counted before it begins.
void check_items(std::string_view text) {
  Position at{0, 1};
  std::size_t items = 0;
  std::optional<std::size_t> indentation;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    ++at.line;
    const auto first = std::min(line.find_first_not_of(' '), line.size());
    if (line.substr(first).starts_with("- ") && first == indentation.value_or(first)) {
      indentation = first;
      if (++items > max_catalog_entries) throw FileRefused(at, too_many);
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
}

YamlTree scan_yaml(std::string_view text, std::size_t max_values) {
  YamlTree tree;
  text = check_characters(text);
  check_items(text);
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  Scan scan(text, buffer, tree, max_values);
  const auto check_cut = [&] {
    if (!buffer.was_cut()) return;
    const YamlNode last = tree.nodes.empty() ? YamlNode{} : tree.nodes.back();
    throw FileRefused({last.line, last.column},
                      "From here no value ends within 128 KiB. Write long lists and mappings with \"- \" and"
                      " \"key: \" on lines of their own instead of brackets.");
  };
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(scan)) check_cut();
  } catch (const YAML::Exception& error) {
    check_cut();
    throw FileRefused(position(error.mark), explain(error));
  } catch (const FileRefused&) {
    check_cut();
    throw;
  }
  check_cut();
  return tree;
}

[[noreturn]] void refuse_at(const YamlTree& tree, Index at, const std::string& sentence) {
  throw FileRefused({tree[at].line, tree[at].column}, sentence);
}

// file = "servers:" list of entries; nothing else at the top
Index find_servers(const YamlTree& tree) {
  constexpr std::string_view empty_hint = "Write \"servers: []\" for an empty catalog.";
  if (tree.nodes.empty() || tree.kind(0) == Kind::null)
    throw FileRefused({}, cat("The file is empty. ", empty_hint));
  if (tree.kind(0) != Kind::map)
    refuse_at(tree, 0, "The file must begin with \"servers:\" and a list below it.");
  std::optional<Index> servers;
  for (Index key = 1; key < tree[0].end;) {
    const Index value = tree[key].end;
    if (tree.text(key) != "servers") {
      const bool is_near = find_nearest(tree.text(key), {"servers"}).has_value();
      refuse_at(tree, key,
                cat("There is no field ", quoted(tree.text(key)), " at the top of the file.",
                    is_near ? " Did you mean \"servers\"?" : ""));
    }
    servers = value;
    key = tree[value].end;
  }
  if (!servers) refuse_at(tree, 0, cat("The list \"servers\" is missing. ", empty_hint));
  if (tree.kind(*servers) != Kind::list)
    refuse_at(tree, *servers, cat("The field \"servers\" must be a list. ", empty_hint));
  return *servers;
}

// Names are compared ignoring case, because they become slugs.
class Names {
 public:
  // The line of the entry that has the name already; 0 where it was free.
  int take(std::string_view name, int line) {
    const auto [at, is_new] = lines_.try_emplace(lower(name), line);
    return is_new ? 0 : at->second;
  }

 private:
  std::unordered_map<std::string, int> lines_;
};

void read_entries(const YamlTree& tree, Index servers, const UrlCheck& check_url, CatalogText& result) {
  Names names;
  std::vector<CatalogProblem> problems;
  for (Index at = servers + 1; at < tree[servers].end; at = tree[at].end) {
    problems.clear();
    std::optional<CatalogEntry> entry = read_catalog_entry(tree, at, check_url, problems);
    const int other = entry ? names.take(entry->server.slug, tree[at].line) : 0;
    if (other != 0)
      problems.push_back({tree[at].line, tree[at].column, entry->server.slug, "name",
                          cat("The entries in lines ", other, " and ", tree[at].line,
                              " have the same name (case does not count). Only the first is used."),
                          false});
    if (problems.empty()) {
      result.entries.push_back(std::move(*entry));
      continue;
    }
    ++result.dropped;
    const std::size_t room = max_catalog_problems - std::min(max_catalog_problems, result.problems.size());
    std::move(problems.begin(),
              problems.begin() + static_cast<std::ptrdiff_t>(std::min(room, problems.size())),
              std::back_inserter(result.problems));
  }
}

}  // namespace

std::string to_text(const CatalogProblem& problem, std::string_view file_name) {
  std::string text(file_name);
  if (problem.line > 0) text += cat(":", problem.line, ":", problem.column);
  text += ": ";
  if (!problem.entry.empty()) text += cat("entry \"", problem.entry, "\", ");
  if (!problem.field.empty()) text += cat(problem.field, ": ");
  return text + problem.message;
}

CatalogText parse_catalog(std::string_view yaml, const UrlCheck& check_url, std::size_t max_values) {
  CatalogText result;
  try {
    const YamlTree tree = scan_yaml(yaml, max_values);
    const Index servers = find_servers(tree);
    read_entries(tree, servers, check_url, result);
    if (result.entries.empty() && result.dropped > 0)
      refuse_at(tree, servers,
                "Not one entry is good, so nothing of the file is used. Write \"servers: []\" for an empty "
                "catalog.");
    result.usable = true;
  } catch (const FileRefused& refused) {
    result.problems.insert(result.problems.begin(),
                           {refused.at().line, refused.at().column, "", "", refused.message(), true});
  }
  return result;
}

}  // namespace patchbay::gateway
