#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace patchbay::store {

// Where a row holds what no version of Patchbay writes.
Error damaged_row();

// A word that the database holds must be one that the domain knows.
template <class Word>
Word known(std::optional<Word> word) {
  if (!word) throw damaged_row();
  return *word;
}

// Lists of names stand in one column, as a JSON array.
std::string to_column(const std::vector<std::string>& names);
std::vector<std::string> from_column(std::string_view text);

}  // namespace patchbay::store
