#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patchbay::oauth {

// One challenge of a WWW-Authenticate header (RFC 9110 §11.6.1).
struct Challenge {
  std::string scheme;   // lower case
  std::string token68;  // where the challenge has one instead of parameters
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case, none twice

  const std::string* find(std::string_view name) const;  // null for none
};

// Reads all lines of the header, each of which may hold several challenges. Throws
// Error::upstream("oauth_bad_challenge") where they are longer than 8 KiB together, hold more than 32
// parameters or do not follow the grammar.
std::vector<Challenge> parse_challenges(const std::vector<std::string_view>& lines);

// What a server that wants a bearer token says (RFC 6750 §3, RFC 9728 §5.1). Absent and empty are the same.
struct BearerChallenge {
  std::string resource_metadata;  // a URL as it came; whether it may be fetched is not decided here
  std::string scope;              // names with one blank between them, each of them once
  std::string error;              // for the log: cleaned, short
  std::string error_description;
};

// The first Bearer challenge with resource_metadata, or else the first; nothing where there is none. Throws
// as parse_challenges.
std::optional<BearerChallenge> find_bearer(const std::vector<std::string_view>& lines);

}  // namespace patchbay::oauth
