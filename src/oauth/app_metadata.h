#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/http_message.h"
#include "base/secret.h"
#include "domain/app.h"

namespace patchbay::oauth {

inline constexpr std::size_t most_redirect_uris = 10;
inline constexpr std::size_t longest_app_name = 128;            // bytes
inline constexpr std::size_t largest_registration = 64 * 1024;  // bytes
inline constexpr std::size_t largest_app_document = 5 * 1024;   // bytes

// An application as it describes itself (RFC 7591 §2), reduced to what it may be: redirect URIs that no code
// may go to are left out, grant types that we do not have as well. Members that nobody asked for are ignored.
// Throws Error::invalid whose id is the error code of RFC 7591 §3.2.2.
App read_app_metadata(const nlohmann::json& body, const AppSettings& settings);

// A new one, as registered: its id, and a secret where it wants one.
struct RegisteredApp {
  App app;
  Secret secret;
};
RegisteredApp register_app(App described, std::string_view remote, Instant now);
// What the registration answers (RFC 7591 §3.2.1).
nlohmann::json registration_answer(const RegisteredApp& registered);

// Whether a client_id is the URL of a document: https, a host, a path that is more than "/", nothing that
// another reader would take apart otherwise.
bool is_document_id(std::string_view client_id);
// The application that the document at `id` describes. Throws Error::invalid("invalid_client_metadata" |
// "invalid_redirect_uri").
App read_app_document(std::string_view id, std::string_view text, const AppSettings& settings);
// How long a document may be used before it is asked for again: what the answer's Cache-Control says, between
// five minutes and a day.
std::chrono::seconds document_freshness(std::string_view cache_control);

}  // namespace patchbay::oauth
