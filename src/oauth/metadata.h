#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/url.h"

namespace patchbay::oauth {

// What servers say about themselves in well-known documents. Nothing here asks the network: who fetches reads
// at most `longest_metadata` bytes and takes only 200 with application/json. Errors are Error::upstream and
// name the document's host and the field, never the text in it.

inline constexpr std::size_t longest_metadata = 256U << 10;

// Where the metadata of a protected resource can lie (RFC 9728 §3.1): below its path, then at the root.
std::vector<Url> resource_metadata_places(const Url& server);
// Where those of an issuer can lie (RFC 8414 §3.1, OpenID Connect Discovery §4), in the order to ask.
std::vector<Url> issuer_metadata_places(const Url& issuer);

// Which endpoints may be used.
struct EndpointRules {
  bool http_on_loopback = false;             // http beside https where the host is this machine
  std::vector<std::string> allowed_origins;  // beside the issuer's: "https://oauth2.example.com"
  // Issuers that a document may name in place of the one asked for, of providers known to do that (Quirks).
  std::vector<std::string> accepted_issuers;
  bool assume_pkce =
      false;  // for one that offers S256 without a word about it; where it lists methods they count
};

// A protected resource (RFC 9728 §2).
struct ResourceMetadata {
  std::string resource;  // byte for byte as the document has it: it goes into every request like this
  std::vector<std::string> authorization_servers;  // issuers, byte for byte; each is a good URL
  std::vector<std::string> scopes_supported;

  bool operator==(const ResourceMetadata&) const = default;
};

// An authorization server (RFC 8414 §2).
struct ServerMetadata {
  std::string issuer;  // byte for byte what was asked: the key of clients and tokens
  std::string iss;     // what the answer's `iss` must equal: the same, but for accepted_issuers
  Url authorization_endpoint;
  Url token_endpoint;
  std::optional<Url> registration_endpoint;
  std::optional<Url> revocation_endpoint;
  std::vector<std::string> scopes_supported;
  std::vector<std::string> token_auth_methods;  // empty where the document does not say
  std::vector<std::string> grant_types;
  bool takes_client_documents = false;  // client_id_metadata_document_supported
  bool promises_iss = false;            // authorization_response_iss_parameter_supported
  bool is_guess = false;                // from fallback_metadata: no document was there

  bool lists_scope(std::string_view scope) const;
  bool operator==(const ServerMetadata&) const = default;
};

// Throws oauth_bad_metadata (no JSON object, a field of another type, too long or too deep),
// oauth_resource_mismatch (`resource` is not the server's URL or a path above it: RFC 9728 §3.3) and
// oauth_bad_endpoint (an authorization server that is no https URL). Without authorization_servers the list
// is empty: the server's own origin is the issuer then.
ResourceMetadata parse_resource_metadata(std::string_view json, const Url& server,
                                         const EndpointRules& rules);

// `issuer` is the text that led here; the document must carry the identical one (RFC 8414 §3.3) or one that
// the rules accept. Throws oauth_bad_metadata, oauth_issuer_mismatch, oauth_pkce_unsupported,
// oauth_bad_endpoint (no https URL, a fragment, characters that URLs do not have, or an authorization
// endpoint that carries a parameter of ours) and oauth_foreign_endpoint (on another origin than the issuer
// and the allowed ones).
ServerMetadata parse_server_metadata(std::string_view json, std::string_view issuer,
                                     const EndpointRules& rules);

// What revision 2025-03-26 assumes where a server has no metadata at all: /authorize, /token and /register at
// its origin.
ServerMetadata fallback_metadata(const Url& server);

// `reference` of a challenge's resource_metadata as a URL that may be asked: on the server's origin or an
// allowed one. Throws oauth_foreign_endpoint or oauth_bad_endpoint.
Url checked_resource_metadata(std::string_view reference, const Url& server, const EndpointRules& rules);

// The same checks for endpoints that an admin typed in: https, or http to this machine where that is allowed.
Url checked_endpoint(std::string_view text, std::string_view field, const EndpointRules& rules);

// All that discovery found, as a flow and a connection keep it.
struct Discovery {
  ServerMetadata server;
  std::string resource;  // for RFC 8707; empty where there was no resource metadata
  std::vector<std::string> resource_scopes;

  bool operator==(const Discovery&) const = default;
};
std::string to_json_text(const Discovery& discovery);
// Of text that to_json_text wrote. Throws Error::internal("oauth_stored_metadata").
Discovery discovery_from_json_text(std::string_view text);

}  // namespace patchbay::oauth
