#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"

namespace patchbay {

using TokenId = Id<struct TokenTag>;
using UserId = Id<struct UserTag>;
using TeamId = Id<struct TeamTag>;
using SessionId = Id<struct SessionTag>;  // of a browser

// What a caller may be asked to prove. A set of flags. `admin` is both halves of it; `self` is a person's own
// things and belongs to no appliance token.
enum class Scope : std::uint8_t {
  none = 0,
  mcp_read = 1,
  mcp_write = 2,
  catalog_read = 4,
  admin_read = 8,
  admin_write = 16,
  admin = 24,
  self = 32
};
constexpr Scope operator|(Scope a, Scope b) {
  return static_cast<Scope>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
constexpr Scope operator&(Scope a, Scope b) {
  return static_cast<Scope>(static_cast<std::uint8_t>(a) & static_cast<std::uint8_t>(b));
}
constexpr bool has(Scope set, Scope all) {
  return (set & all) == all;
}
// "mcp:read mcp:write catalog:read admin", separated by blanks, "admin:read" for that half of admin alone;
// nothing for an unknown word or no word.
std::optional<Scope> parse_scopes(std::string_view text);
std::string to_text(Scope scopes);

// member: uses what is granted. auditor: reads everything, changes nothing. admin: changes everything.
enum class Role : std::uint8_t { member, auditor, admin };
std::string_view to_text(Role);
std::optional<Role> parse_role(std::string_view);
// What the role may do in the API, whatever it is asked with.
Scope scopes_of(Role role);

// Someone who may sign in, or a service account, which only has tokens. The name is part of grants and never
// changes; a person's name is an e-mail address or a word.
struct User {
  UserId id;
  std::string name;   // unique ignoring case
  std::string title;  // how the person is shown
  Role role = Role::member;
  bool is_service = false;
  bool has_password = false;
  std::optional<Instant> disabled_at;
  std::optional<Instant> last_seen_at;
  std::int64_t revision = 1;
  Instant created_at;
  Instant updated_at;
};

// People who are granted things together. The name is part of grants and never changes.
struct Team {
  TeamId id;
  std::string name;
  std::string title;
  std::int64_t revision = 1;
  Instant created_at;
  Instant updated_at;
};

// Both throw Error::invalid that names the field.
void validate(const User& user);
void validate(const Team& team);

struct Profile;
struct Rollout;
struct Selection;

// What decisions need of a user, as of the last change. Shared by all requests; never changed.
struct Person {
  UserId id;
  std::string name;  // lower case
  std::string title;
  Role role = Role::member;
  bool is_service = false;
  std::vector<std::string> teams;  // names in lower case, sorted
  std::shared_ptr<const Selection> selection = nullptr;
};

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
  std::string last_client;     // the client name it was last used with
  std::optional<UserId> user;  // whose it is; none for one of the appliance
};

// Who is asking, and how it was proved.
struct Caller {
  enum class Proof : std::uint8_t {
    token,
    session,        // of a browser
    local_operator  // the control socket in the data directory
  };
  Proof proof = Proof::token;
  TokenId token;
  bool is_app = false;  // the token is an application's, which can sign in anew for more
  std::string name;     // the person's; the token's where it is the appliance's; "operator"
  Scope scopes = Scope::none;
  std::shared_ptr<const Person> person;  // null for the operator and for tokens of the appliance
  SessionId session;
  bool is_confirmed = false;  // a session whose password was given again a moment ago

  // What narrows the caller's view, as of this request.
  std::shared_ptr<const Rollout> rollout;      // of the appliance; null: on
  std::shared_ptr<const Selection> selection;  // of the client session, else of the person; null: untouched
  std::shared_ptr<const Profile> profile;      // whose endpoint is asked
  std::shared_ptr<const Selection> limit;      // what the person lets this application reach; null: all
  bool names_server = false;                   // the endpoint is one server's own, so nothing needs selecting

  static Caller of_operator(Scope scopes);
};

// How the audit trail calls a caller: a token's id, a person's id where a browser asked, or "operator".
std::string actor_of(const Caller& caller);

}  // namespace patchbay
