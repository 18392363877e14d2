#include "domain/capability.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"

namespace patchbay {

namespace {

constexpr std::string_view prefix = "mcp:";
constexpr std::size_t flat_limit = 64;
constexpr std::size_t hash_digits = 12;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_flat_character(char c) {
  return is_alphanumeric(c) || c == '_' || c == '-';
}

// Whether `name` ends as names do that we changed; such a name is hashed itself, or a server could name a
// tool so that it takes another's place.
bool looks_hashed(std::string_view name) {
  if (name.size() <= hash_digits) return false;
  const std::string_view end = name.substr(name.size() - hash_digits - 1);
  return end.front() == '_' && end.substr(1).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// A slug that hides where it ends ("a__b", "a_") could read as another slug with a longer tool name.
bool is_ambiguous(std::string_view slug) {
  return slug.find("__") != std::string_view::npos || slug.ends_with('_');
}

}  // namespace

std::string capability_name(std::string_view slug, std::string_view tool) {
  return cat(prefix, slug, ":", tool);
}

std::optional<CapabilityName> split_capability_name(std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  const auto colon = name.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == name.size()) return std::nullopt;
  return CapabilityName{name.substr(0, colon), name.substr(colon + 1)};
}

std::string flat_tool_name(std::string_view slug, std::string_view tool) {
  std::string flat = cat("mcp__", slug, "__", tool);
  const bool is_clean = std::all_of(flat.begin(), flat.end(), is_flat_character);
  if (is_clean && flat.size() <= flat_limit && !is_ambiguous(slug) && !looks_hashed(flat)) return flat;

  for (char& c : flat)
    if (!is_flat_character(c)) c = '_';
  flat.resize(std::min(flat.size(), flat_limit - hash_digits - 1));
  const std::string digest = to_hex(crypto::sha256(capability_name(slug, tool)));
  return cat(flat, "_", digest.substr(0, hash_digits));
}

bool is_tool_name(std::string_view text) {
  if (text.empty() || text.size() > 128) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_flat_character(c) || c == '.' || c == '/' || c == ':'; });
}

}  // namespace patchbay
