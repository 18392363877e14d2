#include "http/server_body.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "domain/server_change.h"
#include "http/access_body.h"
#include "http/presets.h"

namespace patchbay::http {

namespace {

constexpr std::string_view default_key_header = "Authorization";

void read_text(Fields& fields, std::string_view key, std::string& into) {
  if (fields.has(key)) into = fields.find_text(key).value_or("");
}

void read_truth(Fields& fields, std::string_view key, bool& into) {
  if (const auto truth = fields.find_truth(key)) into = *truth;
}

template <class Word>
void read_word(Fields& fields, std::string_view key, const std::vector<std::string_view>& words,
               std::optional<Word> (*parse)(std::string_view), Word& into) {
  if (const auto word = fields.find_choice(key, words)) into = parse(*word).value();
}

void read_rules(Fields& fields, Server& server) {
  read_text(fields, "title", server.title);
  server.title = std::string(trim(server.title));
  read_text(fields, "description", server.description);
  read_text(fields, "icon", server.icon);
  read_text(fields, "url", server.url);
  read_text(fields, "ca_file", server.ca_file);
  read_text(fields, "certificate_sha256", server.pin_sha256);
  read_truth(fields, "enabled", server.enabled);
  read_truth(fields, "pin_tools", server.pin_tools);
  read_names(fields, "allow", server.allow);
  read_names(fields, "deny", server.deny);
  read_word(fields, "transport", {"http", "sse"}, parse_transport, server.transport);
  read_word(fields, "auth", {"none", "apiKey", "headers", "oauth"}, parse_auth_type, server.auth);
  read_word(fields, "credential_mode", {"shared", "perMember"}, parse_credential_mode,
            server.credential_mode);
  read_word(fields, "availability", {"forceOn", "defaultOn", "defaultOff"}, parse_availability,
            server.availability);
  if (const auto seconds = fields.find_integer("timeout_seconds", 1, 600))
    server.timeout = std::chrono::seconds(*seconds);
  read_names(fields, "member_headers", server.member_headers);
  read_truth(fields, "identity_headers", server.identity_headers);
  read_access(fields, server.access);
  if (auto wanted = fields.find_object("tool_policy")) {
    read_policies(*wanted, server.policies);
    wanted->refuse_others();
  }
  if (auto wanted = fields.find_object("rollout")) {
    read_rollout(*wanted, server.rollout);
    wanted->refuse_others();
  }
}

store::ServerHeader checked_header(std::string name, std::string value) {
  validate_header(name, value);
  return {std::move(name), Secret(std::move(value))};
}

std::vector<store::ServerHeader> read_headers(Fields& fields) {
  std::vector<store::ServerHeader> headers;
  if (fields.is_null("headers")) return headers;
  const Json& map = fields.value("headers");
  if (!map.is_object())
    throw Error::invalid("bad_field", "\"headers\" must be an object of names and values.");
  if (map.size() > most_headers)
    throw Error::invalid("headers", cat("A server may have ", most_headers, " headers at most."));
  for (const auto& [name, value] : map.items()) {
    if (!value.is_string()) throw Error::invalid("bad_field", "Each value in \"headers\" must be text.");
    const auto same = [&name = name](const store::ServerHeader& other) {
      return equal_ignoring_case(other.name, name);
    };
    if (std::any_of(headers.begin(), headers.end(), same))
      throw Error::invalid("headers",
                           cat("The header \"", clean_text(name, 128, false), "\" is given twice."));
    headers.push_back(checked_header(name, value.get<std::string>()));
  }
  return headers;
}

// "api_key" is the short form of one header: "api_key_header: <key>", or "Authorization: Bearer <key>".
std::vector<store::ServerHeader> read_api_key(Fields& fields) {
  const auto key = fields.find_text("api_key").value_or("");
  const auto header = fields.find_text("api_key_header", 128).value_or("");
  if (key.empty()) return {};
  const bool bare = header.empty() && key.find(' ') == std::string::npos;
  std::vector<store::ServerHeader> headers;
  headers.push_back(checked_header(header.empty() ? std::string(default_key_header) : header,
                                   bare ? cat("Bearer ", key) : key));
  return headers;
}

std::optional<std::vector<std::string>> find_list(Fields& fields, std::string_view key) {
  if (fields.has(key) && fields.is_null(key)) return std::vector<std::string>();
  return fields.find_texts(key, 50, 300);
}

void read_oauth_fields(Fields& fields, ServerWish& wish) {
  OAuthSettings& oauth = wish.server.oauth;
  read_text(fields, "client_id", oauth.client_id);
  read_text(fields, "authorization_endpoint", oauth.authorization_endpoint);
  read_text(fields, "token_endpoint", oauth.token_endpoint);
  read_truth(fields, "send_resource", oauth.send_resource);
  if (auto scopes = find_list(fields, "scopes")) oauth.scopes = std::move(*scopes);
  if (auto origins = find_list(fields, "allowed_origins")) oauth.allowed_origins = std::move(*origins);
  if (fields.has("client_secret"))
    wish.client_secret.emplace(fields.find_text("client_secret", 1024).value_or(""));
  const auto method =
      fields.find_choice("token_endpoint_auth_method", {"none", "client_secret_basic", "client_secret_post"});
  if (method) oauth.client_auth = parse_client_auth(*method).value();
  if (!method && wish.client_secret) {
    if (wish.client_secret->empty()) oauth.client_auth = ClientAuth::none;
    if (!wish.client_secret->empty() && oauth.client_auth == ClientAuth::none)
      oauth.client_auth = ClientAuth::basic;
  }
  fields.refuse_others();
}

// "oauth": absent keeps all, null unsets all, and so does each key in it (R57: what belongs together is
// checked by validate()).
void read_oauth(Fields& fields, const Server& before, ServerWish& wish) {
  OAuthSettings& oauth = wish.server.oauth;
  if (fields.has("oauth") && fields.is_null("oauth")) {
    oauth = {};
  } else if (auto wanted = fields.find_object("oauth")) {
    if (wish.server.auth != AuthType::oauth)
      throw Error::invalid("oauth", "\"oauth\" needs \"auth\": \"oauth\".");
    read_oauth_fields(*wanted, wish);
  }
  if (wish.server.auth != AuthType::oauth) oauth = {};
  if (!oauth.has_client()) oauth.client_auth = ClientAuth::none;
  const bool brings = wish.client_secret && !wish.client_secret->empty();
  if (brings && oauth.client_auth == ClientAuth::none)
    throw Error::invalid(
        "oauth", oauth.has_client()
                     ? "\"oauth.token_endpoint_auth_method\": \"none\" goes without \"client_secret\"."
                     : "\"oauth.client_secret\" needs \"oauth.client_id\".");
  const bool keeps = before.oauth.client_id == oauth.client_id &&
                     before.oauth.client_auth != ClientAuth::none && !wish.client_secret;
  if (oauth.client_auth != ClientAuth::none && !brings && !keeps)
    throw Error::invalid("oauth",
                         "\"oauth.client_secret\" is missing. Give it together with \"oauth.client_id\".");
}

// The secrets that the request brings; nothing where it brings none.
std::optional<std::vector<store::ServerHeader>> read_secrets(Fields& fields, AuthType auth) {
  if (fields.has("headers") && auth != AuthType::headers)
    throw Error::invalid("headers", "\"headers\" needs \"auth\": \"headers\".");
  if ((fields.has("api_key") || fields.has("api_key_header")) && auth != AuthType::api_key)
    throw Error::invalid("api_key", "\"api_key\" needs \"auth\": \"apiKey\".");
  if (fields.has("api_key_header") && !fields.has("api_key"))
    throw Error::invalid(
        "api_key",
        "Send \"api_key\" together with \"api_key_header\": the header cannot be renamed without it.");
  if (fields.has("headers")) return read_headers(fields);
  if (fields.has("api_key")) return read_api_key(fields);
  return std::nullopt;
}

void require_secret(const Server& server, const std::optional<std::vector<store::ServerHeader>>& headers) {
  if ((headers && !headers->empty()) || !server.member_headers.empty()) return;
  const AuthType auth = server.auth;
  if (auth == AuthType::api_key) throw Error::invalid("api_key", "\"auth\": \"apiKey\" needs \"api_key\".");
  if (auth == AuthType::headers)
    throw Error::invalid("headers", "\"auth\": \"headers\" needs at least one header in \"headers\".");
}

Json oauth_json(const OAuthSettings& oauth) {
  return {{"client_id", oauth.client_id.empty() ? Json() : Json(oauth.client_id)},
          {"token_endpoint_auth_method", oauth.has_client() ? Json(to_text(oauth.client_auth)) : Json()},
          {"has_client_secret", oauth.client_auth != ClientAuth::none},
          {"authorization_endpoint",
           oauth.authorization_endpoint.empty() ? Json() : Json(oauth.authorization_endpoint)},
          {"token_endpoint", oauth.token_endpoint.empty() ? Json() : Json(oauth.token_endpoint)},
          {"scopes", oauth.scopes},
          {"send_resource", oauth.send_resource},
          {"allowed_origins", oauth.allowed_origins}};
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

// What only an admin says of a server, since it is about other people or this machine.
void refuse_admins_fields(const Json& body) {
  for (const char* name : {"access", "availability", "credential_mode", "member_headers", "identity_headers",
                           "ca_file", "rollout"})
    if (body.is_object() && body.contains(name))
      throw Error::invalid("unknown_field", cat("A connector of your own has no \"", name, "\"."));
}

}  // namespace

ServerWish read_new_server(const nlohmann::json& body) {
  Fields fields(body);
  ServerWish wish;
  if (const auto name = fields.find_text("preset", 64)) {
    const Preset& preset = require_preset(*name);
    wish.server = preset_server(preset);
    if (preset.auth == AuthType::oauth && fields.has("api_key")) {
      wish.server.auth = AuthType::api_key;
      wish.server.credential_mode = CredentialMode::shared;
    }
  }
  read_rules(fields, wish.server);
  wish.server.slug = fields.find_text("slug", 64).value_or(wish.server.slug);
  if (wish.server.slug.empty() && trim(wish.server.title).empty())
    throw Error::invalid("slug", "The server needs a \"slug\" or a \"title\" from which one is made.");
  refuse_secret_in_name(wish.server.title);
  refuse_secret_in_name(wish.server.slug);
  if (wish.server.slug.empty()) wish.server.slug = derive_slug(wish.server.title);
  read_oauth(fields, {}, wish);
  wish.headers = read_secrets(fields, wish.server.auth);
  require_secret(wish.server, wish.headers);
  fields.refuse_others();
  return wish;
}

ServerWish read_new_own_server(const nlohmann::json& body) {
  refuse_admins_fields(body);
  ServerWish wish = read_new_server(body);
  if (!body.contains("enabled")) wish.server.enabled = true;
  wish.server.origin = ServerOrigin::member;
  return wish;
}

ServerWish read_server_change(const nlohmann::json& body, const Server& before) {
  Fields fields(body);
  ServerWish wish;
  wish.server = before;
  wish.revision = fields.find_integer("revision", 1, INT64_MAX);
  if (before.origin == ServerOrigin::preset)
    fields.find_text("preset", 64);  // said again, it changes nothing
  if (fields.has("slug") && fields.text("slug", 64) != before.slug)
    throw Error::invalid(
        "slug", "The slug is part of every tool's name and never changes. Add another server instead.");
  read_rules(fields, wish.server);
  if (wish.server.title != before.title) refuse_secret_in_name(wish.server.title);
  read_oauth(fields, before, wish);
  wish.headers = read_secrets(fields, wish.server.auth);
  fields.refuse_others();
  if (wish.server.auth != before.auth) require_secret(wish.server, wish.headers);
  wish.forgets = leads_elsewhere(before, wish.server);
  if (wish.forgets && wish.server.oauth.client_auth != ClientAuth::none && !wish.client_secret)
    throw Error::invalid("oauth",
                         "This change leads elsewhere, and secrets are not taken along. Give "
                         "\"oauth.client_secret\" again.");
  if (wish.forgets && !wish.headers) wish.headers.emplace();
  return wish;
}

ServerWish read_own_server_change(const nlohmann::json& body, const Server& before) {
  refuse_admins_fields(body);
  return read_server_change(body, before);
}

Json server_json(const Server& server, const std::vector<std::string>& header_names) {
  return {{"id", server.id.text()},
          {"slug", server.slug},
          {"title", text_or_null(server.title)},
          {"description", text_or_null(server.description)},
          {"icon", text_or_null(server.icon)},
          {"transport", to_text(server.transport)},
          {"url", server.url},
          {"auth", to_text(server.auth)},
          {"has_api_key", server.auth == AuthType::api_key && !header_names.empty()},
          {"header_names", header_names},
          {"credential_mode", to_text(server.credential_mode)},
          {"member_headers", server.member_headers},
          {"identity_headers", server.identity_headers},
          {"oauth", server.auth == AuthType::oauth ? oauth_json(server.oauth) : Json()},
          {"external_key", text_or_null(server.external_key)},
          {"availability", to_text(server.availability)},
          {"enabled", server.enabled},
          {"allow", server.allow},
          {"deny", server.deny},
          {"timeout_seconds", server.timeout.count() / 1000},
          {"ca_file", text_or_null(server.ca_file)},
          {"certificate_sha256", text_or_null(server.pin_sha256)},
          {"pin_tools", server.pin_tools},
          {"tool_policy", policies_json(server.policies)},
          {"access", access_json(server.access)},
          {"rollout", rollout_json(server.rollout)},
          {"origin", to_text(server.origin)},
          {"revision", server.revision},
          {"created_at", to_rfc3339(server.created_at)},
          {"updated_at", to_rfc3339(server.updated_at)}};
}

}  // namespace patchbay::http
