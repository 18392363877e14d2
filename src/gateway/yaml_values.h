#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/catalog.h"
#include "gateway/yaml_tree.h"

namespace patchbay::gateway {

// Throws Error::invalid("catalog").
[[noreturn]] void refuse(std::string_view sentence);

// What a value of the file must be. Each expect_ gives the value or refuses, and remembers the node, so that
// a refusal can say where.
class YamlValues {
 public:
  using Index = YamlTree::Index;

  explicit YamlValues(const YamlTree& tree) : tree_(tree) {}

  // Calls `visit` with the indices of each key and its value.
  template <class Visit>
  void each_pair(Index map, Visit visit) const {
    for (Index key = map + 1; key < tree_[map].end;) {
      const Index value = tree_[key].end;
      visit(key, value);
      key = tree_[value].end;
    }
  }
  std::optional<Index> find_value(Index map, std::string_view key) const;

  void expect_map(Index at);
  std::string_view expect_word(Index at);
  std::string expect_text(Index at);
  std::string expect_filled(Index at);
  bool expect_truth(Index at);
  std::vector<std::string> expect_texts(Index at);
  SecretReference expect_reference(Index at);
  template <class Read>
  auto expect_list(Index at, Read read) -> std::vector<decltype(read(at))> {
    at_ = at;
    if (tree_.kind(at) != YamlNode::Kind::list) refuse("This must be a list, as in [one, two].");
    std::vector<decltype(read(at))> items;
    for (Index item = at + 1; item < tree_[at].end; item = tree_[item].end) items.push_back(read(item));
    return items;
  }
  template <class Value>
  Value expect_one_of(Index at, std::optional<Value> (*parse)(std::string_view), std::string_view sentence) {
    const std::optional<Value> value = parse(expect_word(at));
    if (!value) refuse(sentence);
    return *value;
  }

 protected:
  const YamlTree& tree_;
  Index at_ = 0;  // the node last looked at
};

}  // namespace patchbay::gateway
