#include "domain/oauth_settings.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/url.h"

namespace patchbay {

namespace {

constexpr std::size_t most_scopes = 50;
constexpr std::size_t most_origins = 10;
constexpr std::size_t longest_scope = 200;
constexpr std::size_t longest_client_id = 1024;

[[noreturn]] void refuse(const std::string& message) {
  throw Error::invalid("oauth", message);
}

void check_endpoint(std::string_view name, const std::string& text) {
  if (text.empty()) return;
  Url url;
  try {
    url = parse_url(text);
  } catch (const Error&) {
    refuse(cat("\"oauth.", name, "\" must be a whole https URL."));
  }
  if (!url.is_https() && !is_localhost_name(url.host) && url.host != "127.0.0.1" && url.host != "::1")
    refuse(cat("\"oauth.", name, "\" must begin with https://."));
}

void check_client(const OAuthSettings& settings) {
  if (settings.client_id.size() > longest_client_id ||
      !std::ranges::all_of(settings.client_id, [](char c) { return c > 0x20 && c < 0x7F; }))
    refuse("\"oauth.client_id\" must be 1 to 1,024 visible characters without blanks.");
  const bool has_authorization = !settings.authorization_endpoint.empty();
  const bool has_token = !settings.token_endpoint.empty();
  if (has_authorization != has_token || (has_token && !settings.has_client()))
    refuse(
        "\"oauth.client_id\", \"oauth.authorization_endpoint\" and \"oauth.token_endpoint\" belong together: "
        "give all three, or the client_id alone and the endpoints are looked up.");
  if (!settings.has_client() && settings.client_auth != ClientAuth::none)
    refuse("\"oauth.client_secret\" needs \"oauth.client_id\".");
  check_endpoint("authorization_endpoint", settings.authorization_endpoint);
  check_endpoint("token_endpoint", settings.token_endpoint);
}

}  // namespace

std::string_view to_text(ClientAuth auth) {
  switch (auth) {
    case ClientAuth::basic:
      return "client_secret_basic";
    case ClientAuth::post:
      return "client_secret_post";
    case ClientAuth::none:
      break;
  }
  return "none";
}

std::optional<ClientAuth> parse_client_auth(std::string_view text) {
  for (const auto auth : {ClientAuth::none, ClientAuth::basic, ClientAuth::post})
    if (to_text(auth) == text) return auth;
  return std::nullopt;
}

bool is_scope(std::string_view text) {
  return !text.empty() && text.size() <= longest_scope &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; });
}

void validate(const OAuthSettings& settings) {
  check_client(settings);
  if (settings.scopes.size() > most_scopes || !std::ranges::all_of(settings.scopes, is_scope))
    refuse(cat("\"oauth.scopes\" must be at most ", most_scopes,
               " scopes, each of visible characters without blanks and quotes."));
  if (settings.allowed_origins.size() > most_origins)
    refuse(cat("\"oauth.allowed_origins\" may have ", most_origins, " entries at most."));
  for (const auto& origin : settings.allowed_origins) {
    check_endpoint("allowed_origins", origin);
    if (origin.empty() || parse_url(origin).origin() != origin)
      refuse("Each of \"oauth.allowed_origins\" must be like https://auth.example.com, without a path.");
  }
}

std::string shown(const OAuthSettings& settings) {
  if (settings == OAuthSettings()) return {};
  std::string text;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) text += cat(text.empty() ? "" : ", ", name, " ", value);
  };
  add("client_id", settings.client_id);
  if (settings.client_auth != ClientAuth::none)
    add("client_auth", std::string(to_text(settings.client_auth)));
  add("authorization_endpoint", settings.authorization_endpoint);
  add("token_endpoint", settings.token_endpoint);
  for (const auto& scope : settings.scopes) add("scope", scope);
  if (!settings.send_resource) add("send_resource", "off");
  for (const auto& origin : settings.allowed_origins) add("allowed_origin", origin);
  return text;
}

}  // namespace patchbay
