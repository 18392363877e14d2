#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

#include "domain/catalog.h"

namespace patchbay::cli {

// What applying a catalog would change, against what is served. Names are slugs.
struct CatalogDiff {
  struct Change {
    std::string name;
    std::vector<std::string> fields;
  };
  std::vector<std::string> added;
  std::vector<Change> changed;
  std::vector<std::string> removed;
  std::vector<std::string> clashing;  // an admin's server has the name, so the entry would be left out
  bool any() const { return !added.empty() || !changed.empty() || !removed.empty(); }
};

// `served` is the list of GET /v1/servers.
CatalogDiff compare_catalog(const std::vector<CatalogEntry>& entries, const nlohmann::json& served);

}  // namespace patchbay::cli
