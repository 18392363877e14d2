#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace patchbay::cli {

// Lines of columns for people: as wide as their longest cell, text of others made printable and put on one
// line.
class Table {
 public:
  explicit Table(std::vector<std::string> titles) { rows_.push_back(std::move(titles)); }
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.size() == 1; }
  void print(std::ostream& out) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Text of others on one line, at most so many bytes long.
std::string one_line(std::string_view foreign, std::size_t most = 1000);

}  // namespace patchbay::cli
