#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/catalog.h"
#include "gateway/yaml_tree.h"

namespace patchbay::gateway {

// Why a catalog file, or one entry of it, is not used. Messages never hold a value from the file.
struct CatalogProblem {
  int line = 0;  // from 1; 0 where the file has not been read
  int column = 0;
  std::string entry;  // the entry's name, where it has one
  std::string field;  // "url", "oauth.callbackPort"; empty for the entry or the file as a whole
  std::string message;
  bool whole_file = false;  // nothing of the file is used
  bool operator==(const CatalogProblem&) const = default;
};

// Throws Error for a URL that a server of the catalog may not have.
using UrlCheck = std::function<void(std::string_view url)>;

// Reads the entry at `at`. Where something is wrong with it, adds every problem found and gives nothing.
std::optional<CatalogEntry> read_catalog_entry(const YamlTree& tree, YamlTree::Index at,
                                               const UrlCheck& check_url,
                                               std::vector<CatalogProblem>& problems);

}  // namespace patchbay::gateway
