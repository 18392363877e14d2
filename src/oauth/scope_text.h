#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace patchbay::oauth {

// Scopes as RFC 6749 §3.3 writes them: names of visible ASCII without quotes and backslashes, blanks between.
// What is no such name is left out, as is one that stood before; 4 KiB and 100 names at most are kept.
std::vector<std::string> scope_names(std::string_view foreign);
std::string clean_scope(std::string_view foreign);
std::string join_scopes(const std::vector<std::string>& names);

// The names of both, those of `first` in front: what to ask for when a server wants more than was granted.
std::string scope_union(std::string_view first, std::string_view second);
// Those of `wanted` that `granted` does not hold.
std::vector<std::string> scopes_beyond(std::string_view wanted, std::string_view granted);

}  // namespace patchbay::oauth
