#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay {

// How a client shows at a token endpoint that it is who it says (RFC 6749 §2.3, RFC 7591 §2).
enum class ClientAuth : std::uint8_t { none, basic, post };
std::string_view to_text(ClientAuth);  // "none" | "client_secret_basic" | "client_secret_post"
std::optional<ClientAuth> parse_client_auth(std::string_view);

// What an admin says of signing in at a server with auth "oauth". What is empty is found out: by discovery,
// and by a client metadata document or registration.
struct OAuthSettings {
  std::string client_id;  // of a client that an admin registered by hand; its secret is a sealed row
  ClientAuth client_auth = ClientAuth::none;
  std::string authorization_endpoint;  // this and the next are both given or neither, and need client_id
  std::string token_endpoint;
  std::vector<std::string> scopes;  // asked for in place of what the server says
  bool send_resource = true;        // RFC 8707; off for authorization servers that refuse it
  // Besides the server's and the issuer's own: origins where documents and endpoints may be.
  std::vector<std::string> allowed_origins;

  bool has_client() const { return !client_id.empty(); }
  bool operator==(const OAuthSettings&) const = default;
};

// Throws Error::invalid("oauth") that names the field breaking a rule.
void validate(const OAuthSettings& settings);
// The whole in one line, for the audit trail; empty where nothing is said.
std::string shown(const OAuthSettings& settings);

// A scope as RFC 6749 §3.3 wants it: visible ASCII without quote and backslash.
bool is_scope(std::string_view text);

}  // namespace patchbay
