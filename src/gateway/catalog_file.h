#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/catalog_entry.h"

namespace patchbay::gateway {

inline constexpr std::size_t max_catalog_bytes = 16 * 1024 * 1024;
inline constexpr std::size_t max_catalog_entries = 100'000;
inline constexpr std::size_t max_catalog_values = 800'000;  // keys count: 100,000 entries of what each needs
inline constexpr std::size_t max_catalog_problems = 1'000;  // more are counted only

// "managed-servers.yaml:3:10: entry "notion", url: The URL must start with https://."
std::string to_text(const CatalogProblem& problem, std::string_view file_name);

// What a catalog's text says: the good entries in the order of the file, and what is wrong with the others.
// Not usable means that nothing of it may be served; the first problem says why.
struct CatalogText {
  std::vector<CatalogEntry> entries;
  std::vector<CatalogProblem> problems;
  std::size_t dropped = 0;  // entries that are not among `entries`
  bool usable = false;
};

// Pure. A file is refused as a whole when it is not plain YAML (anchors, aliases, tags, merge keys, duplicate
// keys, a second document, 16 levels, more than `max_values` values), has no list `servers`, or holds entries
// of which not one is good: an empty catalog makes clients delete their servers, so only `servers: []` says
// it.
CatalogText parse_catalog(std::string_view yaml, const UrlCheck& check_url,
                          std::size_t max_values = max_catalog_values);

}  // namespace patchbay::gateway
