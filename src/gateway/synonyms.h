#pragma once

#include <string>
#include <vector>

namespace patchbay::gateway {

// Groups of single words that mean much the same to somebody looking for a tool.
class SynonymGroups {
 public:
  static SynonymGroups built_in();

  // Takes the single words of an operator's group, 16 at most; fewer than two words change nothing.
  void add(const std::vector<std::string>& words);

  const std::vector<std::vector<std::string>>& all() const { return groups_; }

 private:
  std::vector<std::vector<std::string>> groups_;
};

}  // namespace patchbay::gateway
