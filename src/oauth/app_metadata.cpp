#include "oauth/app_metadata.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/url.h"
#include "base/utf8.h"
#include "oauth/redirect_uri.h"
#include "store/app_tokens.h"

namespace patchbay::oauth {

namespace {

constexpr std::string_view known_grants[] = {grant_type::code, grant_type::refresh, grant_type::device};

Error bad_metadata(const std::string& sentence) {
  return Error::invalid("invalid_client_metadata", sentence);
}

const Json* find(const Json& body, std::string_view key) {
  const auto found = body.find(key);
  return found == body.end() || found->is_null() ? nullptr : &*found;
}

// People are shown the name, so it must show all there is of it (Trojan Source).
std::string read_name(const Json& body) {
  const Json* given = find(body, "client_name");
  if (given == nullptr) return {};
  if (!given->is_string()) throw bad_metadata("\"client_name\" must be text.");
  const auto name = given->get<std::string>();
  if (name.size() > longest_app_name) throw bad_metadata("\"client_name\" may have 128 bytes at most.");
  for (std::string_view rest = name; !rest.empty();) {
    const auto character = first_character(rest);
    if (!character.valid || is_hidden(character.code))
      throw bad_metadata("\"client_name\" has control or direction characters. Leave them out.");
    rest.remove_prefix(character.size);
  }
  return std::string(trim(name));
}

std::vector<std::string> read_grants(const Json& body) {
  const Json* given = find(body, "grant_types");
  if (given == nullptr) return {std::string(grant_type::code), std::string(grant_type::refresh)};
  if (!given->is_array()) throw bad_metadata("\"grant_types\" must be a list.");
  std::vector<std::string> kept;
  for (const std::string_view known : known_grants)
    if (std::any_of(given->begin(), given->end(), [&](const Json& one) { return one == known; }))
      kept.emplace_back(known);
  const bool begins =
      std::any_of(kept.begin(), kept.end(), [](const auto& one) { return one != grant_type::refresh; });
  if (!begins)
    throw bad_metadata(
        "Of \"grant_types\" only authorization_code, refresh_token and device_code are there.");
  return kept;
}

std::vector<std::string> read_redirect_uris(const Json& body, const AppSettings& settings, bool wants_code) {
  const Json* given = find(body, "redirect_uris");
  if (given == nullptr && !wants_code) return {};
  if (given == nullptr || !given->is_array())
    throw Error::invalid("invalid_redirect_uri", "\"redirect_uris\" must be a list of addresses.");
  if (given->size() > most_redirect_uris)
    throw Error::invalid("invalid_redirect_uri", "There may be 10 redirect URIs at most.");
  std::vector<std::string> kept;
  for (const Json& one : *given) {
    if (!one.is_string()) continue;
    auto text = one.get<std::string>();
    const auto uri = parse_redirect_uri(text);
    if (uri && is_allowed(*uri, settings.redirect_hosts) &&
        std::find(kept.begin(), kept.end(), text) == kept.end())
      kept.push_back(std::move(text));
  }
  if (kept.empty() && wants_code)
    throw Error::invalid("invalid_redirect_uri",
                         "None of the redirect URIs can be used: https without a fragment, http on a loopback"
                         " address, or the scheme of a known application.");
  return kept;
}

AppAuth read_auth(const Json& body) {
  const Json* given = find(body, "token_endpoint_auth_method");
  if (given == nullptr) return AppAuth::none;
  const auto auth = given->is_string() ? parse_app_auth(given->get<std::string>()) : std::nullopt;
  if (!auth)
    throw bad_metadata(
        "\"token_endpoint_auth_method\" must be none, client_secret_basic or client_secret_post.");
  return *auth;
}

}  // namespace

App read_app_metadata(const Json& body, const AppSettings& settings) {
  if (!body.is_object()) throw bad_metadata("The metadata must be an object.");
  App app;
  app.name = read_name(body);
  app.grant_types = read_grants(body);
  app.redirect_uris = read_redirect_uris(body, settings, app.may(grant_type::code));
  app.auth = read_auth(body);
  if (const Json* types = find(body, "response_types"); types != nullptr && app.may(grant_type::code)) {
    const bool has_code = types->is_array() && std::any_of(types->begin(), types->end(),
                                                           [](const Json& one) { return one == "code"; });
    if (!has_code) throw bad_metadata("\"response_types\" must hold \"code\".");
  }
  return app;
}

RegisteredApp register_app(App described, std::string_view remote, Instant now) {
  RegisteredApp made{std::move(described), {}};
  made.app.id = new_uuid(now);
  made.app.origin = App::Origin::registered;
  made.app.remote = remote;
  made.app.created_at = now;
  if (made.app.auth != AppAuth::none) {
    made.secret = store::new_app_secret(store::AppSecret::client);
    made.app.secret_hash = store::hash_app_secret(store::AppSecret::client, made.secret.reveal());
  }
  return made;
}

Json registration_answer(const RegisteredApp& registered) {
  const App& app = registered.app;
  Json answer = {{"client_id", app.id},
                 {"client_id_issued_at", app.created_at.milliseconds / 1000},
                 {"redirect_uris", app.redirect_uris},
                 {"grant_types", app.grant_types},
                 {"response_types", app.may(grant_type::code) ? Json::array({"code"}) : Json::array()},
                 {"token_endpoint_auth_method", to_text(app.auth)}};
  if (!app.name.empty()) answer["client_name"] = app.name;
  if (!registered.secret.empty()) {
    answer["client_secret"] = registered.secret.reveal();
    answer["client_secret_expires_at"] = 0;
  }
  return answer;
}

bool is_document_id(std::string_view client_id) {
  if (!client_id.starts_with("https://") || client_id.find_first_of("\\ #") != std::string_view::npos)
    return false;
  try {
    const Url url = parse_url(client_id);
    const std::string_view path =
        std::string_view(url.path_and_query).substr(0, url.path_and_query.find('?'));
    if (path.size() < 2) return false;
    const auto segments = split(path, '/');
    return std::none_of(segments.begin(), segments.end(), [](std::string_view one) {
      const auto decoded = percent_decode(one);
      return !decoded || *decoded == "." || *decoded == "..";
    });
  } catch (const Error&) {
    return false;
  }
}

App read_app_document(std::string_view id, std::string_view text, const AppSettings& settings) {
  Json body;
  try {
    body = parse_json(text);
  } catch (const Error&) {
    throw bad_metadata("The document at the client_id's address is not strict JSON.");
  }
  if (!body.is_object()) throw bad_metadata("The document at the client_id's address is no object.");
  const Json* said = find(body, "client_id");
  if (said == nullptr || *said != id)
    throw bad_metadata("The document at the client_id's address is about another client_id.");
  if (body.contains("client_secret") || body.contains("client_secret_expires_at"))
    throw bad_metadata("A client metadata document holds no secret.");
  App app = read_app_metadata(body, settings);
  if (app.auth != AppAuth::none)
    throw bad_metadata("A client with a metadata document has no shared secret.");
  app.id = id;
  app.origin = App::Origin::document;
  return app;
}

std::chrono::seconds document_freshness(std::string_view cache_control) {
  constexpr std::chrono::seconds least = std::chrono::minutes(5);
  constexpr std::chrono::seconds most = std::chrono::hours(24);
  for (const auto part : split(cache_control, ',')) {
    const auto word = lower(trim(part));
    constexpr std::string_view age = "max-age=";
    if (!word.starts_with(age)) continue;
    const auto seconds = parse_number<std::int64_t>(std::string_view(word).substr(age.size()));
    if (seconds)
      return std::clamp(
          std::chrono::seconds(std::min<std::int64_t>(std::max<std::int64_t>(*seconds, 0), most.count())),
          least, most);
  }
  return least;
}

}  // namespace patchbay::oauth
