#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "oauth/client_auth.h"
#include "oauth/metadata.h"

namespace patchbay::oauth {

// How we introduce ourselves to an authorization server.
struct ClientWish {
  std::string redirect_uri;  // <public_url>/oauth/callback
  std::string client_uri;    // the public URL
  std::string scope;         // may be empty
};

// A client that an authorization server made for us.
struct RegisteredClient {
  ClientIdentity identity;
  std::optional<Instant> secret_expires_at;  // never where absent
};

// The body of a registration request (RFC 7591 §2, §3.1). Throws Error::upstream("oauth_client_auth") where
// the server wants a proof at its token endpoint that we cannot give.
std::string registration_body(const ServerMetadata& server, const ClientWish& wish);

// Reads the answer (§3.2.1). The way to prove ourselves is the one the server tells, whatever we asked for.
// Throws Error::upstream("oauth_registration_refused"): an error, other redirect URIs than ours, an
// identifier that is no visible ASCII of at most 1024 characters, a proof that we cannot give.
RegisteredClient parse_registration(int status, std::string_view content_type, std::string_view body,
                                    const ServerMetadata& server, const ClientWish& wish);

// Our Client ID Metadata Document and the address that is our identifier where a server takes it:
// <public_url>/oauth/client.json, served without sign-in as application/json.
std::string client_document_url(std::string_view public_url);
std::string client_document(std::string_view public_url);
// Whether that address can be an identifier: https, and no host of this machine.
bool can_use_client_document(std::string_view public_url);

}  // namespace patchbay::oauth
