#include "domain/server.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/error.h"
#include "base/json_text.h"
#include "base/text.h"
#include "domain/capability.h"
#include "domain/words.h"

namespace patchbay {

namespace {

using namespace std::chrono_literals;

constexpr Words<TransportKind, 2> transport_words{
    {{TransportKind::streamable_http, "http"}, {TransportKind::sse, "sse"}}};
constexpr Words<AuthType, 4> auth_words{{{AuthType::none, "none"},
                                         {AuthType::api_key, "apiKey"},
                                         {AuthType::headers, "headers"},
                                         {AuthType::oauth, "oauth"}}};
constexpr Words<CredentialMode, 2> mode_words{
    {{CredentialMode::shared, "shared"}, {CredentialMode::per_member, "perMember"}}};
constexpr Words<Availability, 3> availability_words{{{Availability::force_on, "forceOn"},
                                                     {Availability::default_on, "defaultOn"},
                                                     {Availability::default_off, "defaultOff"}}};
constexpr Words<ServerOrigin, 4> origin_words{{{ServerOrigin::catalog, "catalog"},
                                               {ServerOrigin::admin, "admin"},
                                               {ServerOrigin::preset, "preset"},
                                               {ServerOrigin::member, "member"}}};

bool is_slug_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool has_control(std::string_view text, std::string_view but = {}) {
  return std::any_of(text.begin(), text.end(), [but](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 || byte == 0x7F) && but.find(c) == std::string_view::npos;
  });
}

[[noreturn]] void refuse(std::string_view field, std::string_view sentence) {
  throw Error::invalid(std::string(field), std::string(sentence));
}

// What stands in the API's addresses where a server's slug does: /v1/servers/probe.
bool is_taken(std::string_view slug) {
  return slug == "by-key" || slug == "presets" || slug == "probe";
}

void check_words(const Server& server) {
  if (!is_slug(server.slug)) refuse("slug", "The slug must be 1 to 64 letters, digits, \"_\" or \"-\".");
  if (is_taken(server.slug))
    refuse("slug", cat("The slug \"", server.slug, "\" is an address of the API. Choose another one."));
  if (count_characters(server.title) > 80) refuse("title", "The title may have 80 characters at most.");
  if (!is_utf8(server.title) || has_control(server.title))
    refuse("title", "The title must be one line of plain text.");
  if (count_characters(server.description) > 4096)
    refuse("description", "The description may have 4,096 characters at most.");
  if (!is_utf8(server.description) || has_control(server.description, "\n\t\r"))
    refuse("description", "The description must be plain text.");
  const bool is_link = server.icon.starts_with("https://");
  const bool is_path = server.icon.starts_with('/') && !server.icon.starts_with("//");
  if (!server.icon.empty() &&
      ((!is_link && !is_path) || server.icon.size() > 500 || has_control(server.icon, {})))
    refuse("icon",
           "The icon must be an https address or a path that starts with \"/\", 500 characters at most.");
}

void check_connection(const Server& server) {
  if (server.url.empty()) refuse("url", "The URL is missing.");
  if (server.url.size() > 500) refuse("url", "The URL may have 500 characters at most.");
  if (server.timeout < 1s || server.timeout > 600s)
    refuse("timeout", "The timeout must be between 1 and 600 seconds.");
  if (!server.ca_file.empty() && (!server.ca_file.starts_with('/') || has_control(server.ca_file)))
    refuse("ca", "The CA file must be an absolute path.");
  const bool is_hash = server.pin_sha256.size() == 64 &&
                       server.pin_sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!server.pin_sha256.empty() && !is_hash)
    refuse("certificate",
           "The certificate pin must be the SHA-256 of the certificate in 64 lower-case hex digits.");
}

void check_tools(std::string_view field, const std::vector<std::string>& tools) {
  if (tools.size() > 1000) refuse(field, cat("The list \"", field, "\" may name 1,000 tools at most."));
  for (const std::string& tool : tools)
    if (!is_tool_name(tool))
      refuse(field, cat("A tool in \"", field, "\" must have 1 to 128 letters, digits or \"_ - . / :\"."));
}

void check_names(std::string_view field, const std::vector<std::string>& names) {
  if (names.size() > 1000)
    refuse("access", cat("The access list \"", field, "\" may have 1,000 names at most."));
  for (const std::string& name : names)
    if (trim(name).empty() || count_characters(name) > 80 || !is_utf8(name) || has_control(name))
      refuse("access",
             cat("A name in the access list \"", field, "\" must have 1 to 80 characters on one line."));
}

ChangeValue shown(const Access& access) {
  return ChangeValue::of_json(cat("{\"everyone\":", access.everyone ? "true" : "false",
                                  ",\"people\":", ChangeValue(access.people).json(),
                                  ",\"teams\":", ChangeValue(access.teams).json(), "}"));
}

ChangeValue shown(const ToolPolicies& policies) {
  std::string json = cat("{\"otherwise\":", quote_string(to_text(policies.otherwise)));
  for (const auto& [tool, policy] : policies.named)
    json += cat(",", quote_string(tool), ":", quote_string(to_text(policy)));
  return ChangeValue::of_json(json + "}");
}

ChangeValue shown(const Rollout& rollout) {
  return ChangeValue::of_json(cat("{\"state\":", quote_string(to_text(rollout.state)),
                                  ",\"people\":", ChangeValue(rollout.people).json(),
                                  ",\"teams\":", ChangeValue(rollout.teams).json(), "}"));
}

void check_policies(const ToolPolicies& policies) {
  if (policies.named.size() > ToolPolicies::most)
    refuse("tool_policy", cat("The tool policy may name ", ToolPolicies::most, " tools at most."));
  for (const auto& [tool, policy] : policies.named)
    if (!is_tool_name(tool))
      refuse("tool_policy", "A tool in the policy must have 1 to 128 letters, digits or \"_ - . / :\".");
}

void check_members(const Server& server) {
  if (server.member_headers.size() > 20)
    refuse("member_headers", "A server may ask each person for 20 headers at most.");
  if (server.owner && server.credential_mode == CredentialMode::per_member)
    refuse("credential_mode", "A connector of your own has one account: yours.");
  const bool is_each = server.credential_mode == CredentialMode::per_member;
  if (!server.member_headers.empty() && (!is_each || server.auth != AuthType::headers))
    refuse("member_headers",
           "\"member_headers\" needs \"auth\": \"headers\" and \"credential_mode\": \"perMember\".");
  // A catalog's entry may be for clients that ask each person themselves.
  const bool is_ours = server.origin != ServerOrigin::catalog;
  if (is_ours && is_each && server.auth != AuthType::oauth && server.member_headers.empty())
    refuse(
        "credential_mode",
        "\"perMember\" needs \"auth\": \"oauth\", or \"member_headers\" that name what each person gives.");
  for (auto one = server.member_headers.begin(); one != server.member_headers.end(); ++one) {
    validate_header_name(*one);
    for (auto other = server.member_headers.begin(); other != one; ++other)
      if (equal_ignoring_case(*one, *other)) refuse("member_headers", cat("\"", *one, "\" is named twice."));
  }
}

bool is_token_character(char c) {
  return is_slug_character(c) || std::string_view("!#$%&'*+.^`|~").find(c) != std::string_view::npos;
}

// What the client or the protocol computes for each request; a configured one would contradict it.
constexpr std::array<std::string_view, 19> computed_headers{"accept",
                                                            "accept-encoding",
                                                            "connection",
                                                            "content-encoding",
                                                            "content-length",
                                                            "content-type",
                                                            "expect",
                                                            "forwarded",
                                                            "host",
                                                            "http2-settings",
                                                            "keep-alive",
                                                            "last-event-id",
                                                            "range",
                                                            "te",
                                                            "trailer",
                                                            "transfer-encoding",
                                                            "upgrade",
                                                            "user-agent",
                                                            "via"};

bool is_computed_header(std::string_view name) {
  const std::string key = lower(name);
  return key.starts_with("mcp-") || key.starts_with("proxy-") ||
         std::find(computed_headers.begin(), computed_headers.end(), key) != computed_headers.end();
}

}  // namespace

std::string_view to_text(TransportKind kind) {
  return word_of(transport_words, kind);
}
std::string_view to_text(AuthType auth) {
  return word_of(auth_words, auth);
}
std::string_view to_text(CredentialMode mode) {
  return word_of(mode_words, mode);
}
std::string_view to_text(Availability availability) {
  return word_of(availability_words, availability);
}
std::string_view to_text(ServerOrigin origin) {
  return word_of(origin_words, origin);
}

std::optional<TransportKind> parse_transport(std::string_view text) {
  return value_of(transport_words, text);
}
std::optional<AuthType> parse_auth_type(std::string_view text) {
  return value_of(auth_words, text);
}
std::optional<CredentialMode> parse_credential_mode(std::string_view text) {
  return value_of(mode_words, text);
}
std::optional<Availability> parse_availability(std::string_view text) {
  return value_of(availability_words, text);
}
std::optional<ServerOrigin> parse_server_origin(std::string_view text) {
  return value_of(origin_words, text);
}

std::string trail_name(const Server& server) {
  return server.owner ? cat("own:", server.slug) : server.slug;
}

Changes changes_of(const Server& before, const Server& after) {
  Changes changes;
  const auto add = [&](std::string_view name, const auto& field) {
    changes.add(name, before.*field, after.*field);
  };
  const auto add_word = [&](std::string_view name, const auto& field) {
    changes.add(name, to_text(before.*field), to_text(after.*field));
  };
  add("slug", &Server::slug);
  add("title", &Server::title);
  add("description", &Server::description);
  add("icon", &Server::icon);
  add_word("transport", &Server::transport);
  add("url", &Server::url);
  add_word("auth", &Server::auth);
  add_word("credential_mode", &Server::credential_mode);
  add("member_headers", &Server::member_headers);
  add("identity_headers", &Server::identity_headers);
  add_word("availability", &Server::availability);
  add("enabled", &Server::enabled);
  add("allow", &Server::allow);
  add("deny", &Server::deny);
  changes.add("timeout_seconds", before.timeout.count() / 1000, after.timeout.count() / 1000);
  add("ca_file", &Server::ca_file);
  add("certificate_sha256", &Server::pin_sha256);
  add("pin_tools", &Server::pin_tools);
  changes.add("tool_policy", shown(before.policies), shown(after.policies));
  changes.add("access", shown(before.access), shown(after.access));
  changes.add("rollout", shown(before.rollout), shown(after.rollout));
  changes.add("oauth", shown(before.oauth), shown(after.oauth));
  return changes;
}

void validate(const Server& server) {
  check_words(server);
  check_connection(server);
  check_tools("allow", server.allow);
  check_tools("deny", server.deny);
  check_policies(server.policies);
  check_members(server);
  validate(server.oauth);
  if (server.auth != AuthType::oauth && server.oauth != OAuthSettings())
    refuse("oauth", "\"oauth\" needs \"auth\": \"oauth\".");
  for (const auto* names : {&server.access.people, &server.rollout.people}) check_names("people", *names);
  for (const auto* names : {&server.access.teams, &server.rollout.teams}) check_names("teams", *names);
}

void refuse_secret_in_name(std::string_view name) {
  static constexpr std::array<std::string_view, 14> beginnings = {
      "bearer ", "basic ", "sk-", "sk_",  "pk_live",     "sb_secret_", "aiza",
      "ghp_",    "gho_",   "xox", "pbk_", "github_pat_", "eyj",        "akia"};
  const std::string text = lower(trim(name));
  for (const auto beginning : beginnings)
    if (text.starts_with(beginning) && text.size() >= beginning.size() + 6)
      refuse("secret_in_name",
             "The name looks like a credential. Names are shown to everybody: choose another, and give the "
             "credential as an API key or a header.");
}

void refuse_credentials_in(std::string_view url) {
  static constexpr std::array<std::string_view, 9> names = {"access_token",  "api_key",       "apikey",
                                                            "client_secret", "token",         "refresh_token",
                                                            "id_token",      "code_verifier", "api-key"};
  const auto question = url.find('?');
  if (question == std::string_view::npos) return;
  for (const auto pair : split(url.substr(question + 1), '&')) {
    const auto decoded = percent_decode(pair.substr(0, pair.find('=')));
    if (decoded && std::find(names.begin(), names.end(), lower(*decoded)) == names.end()) continue;
    throw Error::invalid(
        "credential_in_url",
        "The URL's query seems to hold a credential. Leave it out and give it as an API key or a header.");
  }
}

std::string derive_slug(std::string_view title) {
  std::string slug;
  for (const char raw : title) {
    const char c = is_slug_character(raw) ? ascii_lower(raw) : '-';
    if (c == '-' && slug.ends_with('-')) continue;
    slug += c;
  }
  const auto first = slug.find_first_not_of("-_");
  if (first == std::string::npos) return "mcp";
  slug.erase(slug.find_last_not_of("-_") + 1);
  slug = slug.substr(first, 24);
  return is_taken(slug) ? cat(slug, "-mcp") : slug;
}

bool is_slug(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), is_slug_character);
}

void validate_header_name(std::string_view name) {
  if (name.empty() || name.size() > 128 || !std::all_of(name.begin(), name.end(), is_token_character))
    refuse("header", "A header name must be 1 to 128 letters, digits or \"-\", without blanks.");
  if (is_computed_header(name))
    refuse("header", cat("The header \"", name, "\" is set by Patchbay for each request. Remove it."));
}

void validate_header(std::string_view name, std::string_view value) {
  validate_header_name(name);
  if (value.empty()) refuse("header", cat("The header \"", name, "\" has no value."));
  if (value.size() > 4096) refuse("header", cat("The header \"", name, "\" may have 4,096 bytes at most."));
  const bool is_visible =
      std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
  if (!is_visible || value.front() == ' ' || value.back() == ' ')
    refuse("header", cat("The value of header \"", name,
                         "\" must be visible ASCII text without line breaks or blanks at its ends."));
}

}  // namespace patchbay
