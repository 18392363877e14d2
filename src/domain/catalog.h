#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/server.h"

namespace patchbay {

// A value that the catalog names but does not hold: "${env:NAME}" or "${file:/path}", with at most one
// authentication scheme before it ("Bearer ${env:TOKEN}").
struct SecretReference {
  enum class Source : std::uint8_t { environment, file };
  std::string prefix;  // "Bearer " or empty
  Source source = Source::environment;
  std::string name;  // of the variable, or the file's absolute path
  bool operator==(const SecretReference&) const = default;
};
std::optional<SecretReference> parse_secret_reference(std::string_view text);

struct HeaderReference {
  std::string name;
  SecretReference value;
  bool operator==(const HeaderReference&) const = default;
};

// The `oauth` mapping of a catalog entry (requirements 1.1), as clients read it.
struct CatalogOAuth {
  std::string client_id;
  std::string scope;
  std::string callback_host = "localhost";
  std::uint16_t callback_port = 0;
  std::string authorization_url;
  std::string token_url;
  std::optional<std::vector<std::string>> authorization_server;
  bool operator==(const CatalogOAuth&) const = default;
};

// A published catalog entry and its contract.
struct CatalogEntry {
  Server server;  // origin catalog; id empty until the store knows it; slug is the entry's `name`
  std::optional<std::vector<std::string>> clients;  // absent or empty: every client
  std::optional<CatalogOAuth> oauth;
  std::vector<HeaderReference> headers;  // of auth apiKey and headers
};

// Whether `client` is served this entry; an empty client means no filter.
bool is_for_client(const CatalogEntry& entry, std::string_view client);

// The bare JSON array of GET /v1/mcp/managed-servers: camelCase, null for what is unset (R5). Entries that
// are disabled or need a header only Patchbay can give (apiKey, headers) are reached through Patchbay and
// left out; so are entries that are not for everyone, since the array does not know who asks.
std::string managed_servers_json(const std::vector<CatalogEntry>& entries, std::string_view client);

}  // namespace patchbay
