#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/id.h"

namespace patchbay {

using TokenId = Id<struct TokenTag>;

// What a token may be used for. A set of flags.
enum class Scope : std::uint8_t { none = 0, mcp_read = 1, mcp_write = 2, catalog_read = 4, admin = 8 };
constexpr Scope operator|(Scope a, Scope b) {
  return static_cast<Scope>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
constexpr bool has(Scope set, Scope one) {
  return (static_cast<std::uint8_t>(set) & static_cast<std::uint8_t>(one)) == static_cast<std::uint8_t>(one);
}
// "mcp:read mcp:write catalog:read admin", separated by blanks; nothing for an unknown word or no word.
std::optional<Scope> parse_scopes(std::string_view text);
std::string to_text(Scope scopes);

// An API token as the store knows it; the token itself is shown once and kept as a hash only.
struct Token {
  TokenId id;
  std::string name;
  Scope scopes = Scope::none;
  std::string audience;  // the public URL it was made for; empty means this appliance, whatever its URL
  Instant created_at;
  std::optional<Instant> expires_at;
  std::optional<Instant> revoked_at;
  std::optional<Instant> last_used_at;
  std::string last_client;  // the client name it was last used with
};

// Who is asking, and how it was proved.
struct Caller {
  enum class Proof : std::uint8_t {
    token,
    local_operator
  };  // local_operator: the control socket in the data directory
  Proof proof = Proof::token;
  TokenId token;
  std::string name;  // the token's name, or "operator"
  Scope scopes = Scope::none;
};

}  // namespace patchbay
