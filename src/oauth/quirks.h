#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "oauth/client_auth.h"
#include "oauth/token_answer.h"

namespace patchbay::oauth {

// Where a provider deviates from the specifications; providers.json, explained in docs/oauth-providers.md,
// holds one for each that is known to.
struct Quirks {
  std::string id;                       // "google"; empty for a provider without deviations
  std::string name;                     // "Google"
  std::vector<std::string> host_names;  // a host matches that is one of these or ends in "." and one
  std::vector<std::pair<std::string, std::string>> authorize_parameters;  // added to every authorization
  bool send_resource = true;              // RFC 8707's `resource`, in all requests
  bool assume_pkce = false;               // for EndpointRules::assume_pkce
  std::optional<ClientAuth> client_auth;  // used whatever the metadata say
  std::string register_by_hand;           // a sentence for the admin; empty where clients register themselves
  std::vector<std::string> endpoint_origins;  // for EndpointRules::allowed_origins
  std::vector<std::string> issuers;           // for EndpointRules::accepted_issuers
  TokenDialect tokens;
};

// The first that matches one of these hosts, in their order: the issuer's, the authorization endpoint's, the
// server's. One without deviations where none does.
const Quirks& quirks_for(const std::vector<std::string>& hosts);

// Every entry of the file.
const std::vector<Quirks>& all_quirks();
// Throws Error::internal("oauth_providers") that names the entry and the key that is unknown, missing or of
// the wrong kind.
std::vector<Quirks> parse_quirks(std::string_view json);

}  // namespace patchbay::oauth
