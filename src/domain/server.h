#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "domain/event.h"
#include "domain/oauth_settings.h"
#include "domain/person.h"
#include "domain/rollout.h"
#include "domain/tool_policy.h"

namespace patchbay {

using ServerId = Id<struct ServerTag>;

enum class TransportKind : std::uint8_t { streamable_http, sse };
enum class AuthType : std::uint8_t { none, api_key, headers, oauth };
enum class CredentialMode : std::uint8_t { shared, per_member };
enum class Availability : std::uint8_t { force_on, default_on, default_off };
// catalog: only the file changes it. preset: an admin's, begun from one of ours. member: a person's own.
enum class ServerOrigin : std::uint8_t { catalog, admin, preset, member };

std::string_view to_text(TransportKind);   // "http" | "sse"
std::string_view to_text(AuthType);        // "none" | "apiKey" | "headers" | "oauth"
std::string_view to_text(CredentialMode);  // "shared" | "perMember"
std::string_view to_text(Availability);    // "forceOn" | "defaultOn" | "defaultOff"
std::string_view to_text(ServerOrigin);    // "catalog" | "admin" | "preset" | "member"
std::optional<TransportKind> parse_transport(std::string_view);
std::optional<AuthType> parse_auth_type(std::string_view);
std::optional<CredentialMode> parse_credential_mode(std::string_view);
std::optional<Availability> parse_availability(std::string_view);
std::optional<ServerOrigin> parse_server_origin(std::string_view);

// Who may use something. People and teams are names.
struct Access {
  bool everyone = true;
  std::vector<std::string> people;
  std::vector<std::string> teams;
  bool operator==(const Access&) const = default;
};

// An MCP server that people reach through Patchbay.
struct Server {
  ServerId id;
  std::optional<UserId> owner;  // whose own it is, and nobody else's to see; absent: the organisation's
  std::string slug;  // unique ignoring case for its owner; part of every tool name, so it never changes
  std::string external_key;  // what automation calls it; empty where none does
  std::string title;
  std::string description;
  std::string icon;  // an https URL or a path of this appliance, for display only
  TransportKind transport = TransportKind::streamable_http;
  std::string url;
  AuthType auth = AuthType::none;
  CredentialMode credential_mode = CredentialMode::shared;
  std::vector<std::string> member_headers;  // with per_member: headers whose values each person gives
  OAuthSettings oauth;                      // with auth oauth
  // Says with each request who asks: X-Patchbay-User and X-Patchbay-User-Id (R95).
  bool identity_headers = false;
  Availability availability = Availability::default_on;
  bool enabled = false;
  std::vector<std::string> allow;  // exact names of upstream tools; empty allows all
  std::vector<std::string> deny;   // deny wins over allow
  ToolPolicies policies;
  std::chrono::milliseconds timeout{60'000};  // of one call; 1 s to 600 s
  std::string ca_file;     // PEM file trusted for this server instead of the system's authorities
  std::string pin_sha256;  // hex SHA-256 of the server's certificate (DER), trusted instead of any authority
  bool pin_tools = false;  // a tool whose definition changed is held until an admin accepts it
  Access access;
  Rollout rollout;
  ServerOrigin origin = ServerOrigin::admin;
  std::int64_t revision = 1;  // grows with each change; a writer with an old one gets a conflict
  Instant created_at;
  Instant updated_at;
};

// What the audit trail calls it: the slug, and "own:<slug>" for a person's own.
std::string trail_name(const Server& server);

// What differs between the two, by the names that the admin API gives the fields; id, origin and history
// aside.
Changes changes_of(const Server& before, const Server& after);

// Throws Error::invalid that names the first field breaking a rule. The URL is checked by base/url, not here.
void validate(const Server& server);

// Credentials belong into headers; a URL is shown, logged and kept (R36). Throws
// Error::invalid("credential_in_url") where a key of the query is named like one.
void refuse_credentials_in(std::string_view url);

// The slug a title gives (requirements R34): lower case, [a-z0-9_-], 24 characters at most, "mcp" where
// nothing is left.
std::string derive_slug(std::string_view title);
bool is_slug(std::string_view text);

// Throws Error::invalid("secret_in_name") where a title or slug looks like a credential that was pasted into
// the wrong field ("Bearer …", "ghp_…"): names are shown, logged and part of every tool (R120).
void refuse_secret_in_name(std::string_view name);

// Header names and values an operator may configure (R37): an RFC 9110 token, 4,096 bytes of visible text,
// none of those that we compute (host, content-length, accept, mcp-*, …). Throws Error::invalid("header").
void validate_header(std::string_view name, std::string_view value);
void validate_header_name(std::string_view name);

}  // namespace patchbay
