#include "domain/catalog.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace patchbay {

namespace {

using OrderedJson = nlohmann::ordered_json;

// Letters and hyphens only: a key pasted before the reference is not taken for a scheme.
bool is_scheme(std::string_view text) {
  if (text.empty() || text.size() > 16) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'; });
}

bool is_variable(std::string_view text) {
  if (text.empty() || text.size() > 128 || (text.front() >= '0' && text.front() <= '9')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_absolute_path(std::string_view text) {
  if (text.size() < 2 || text.size() > 1024 || text.front() != '/') return false;
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '{' || c == '}' || c == '$';
  });
}

OrderedJson text_or_null(const std::string& text) {
  return text.empty() ? OrderedJson() : OrderedJson(text);
}

OrderedJson to_json(const CatalogOAuth& oauth) {
  OrderedJson json;
  json["clientId"] = oauth.client_id;
  json["scope"] = oauth.scope;
  json["callbackHost"] = oauth.callback_host;
  json["callbackPort"] = oauth.callback_port;
  json["authorizationUrl"] = oauth.authorization_url;
  json["tokenUrl"] = oauth.token_url;
  json["authorizationServer"] =
      oauth.authorization_server ? OrderedJson(*oauth.authorization_server) : OrderedJson();
  return json;
}

OrderedJson to_json(const CatalogEntry& entry) {
  OrderedJson json;
  json["name"] = entry.server.slug;
  json["transport"] = to_text(entry.server.transport);
  json["url"] = entry.server.url;
  json["auth"] = to_text(entry.server.auth);
  json["description"] = text_or_null(entry.server.description);
  json["clients"] = entry.clients ? OrderedJson(*entry.clients) : OrderedJson();
  json["oauth"] = entry.oauth ? to_json(*entry.oauth) : OrderedJson();
  return json;
}

bool is_served_directly(const CatalogEntry& entry) {
  const AuthType auth = entry.server.auth;
  return entry.server.enabled && entry.server.access.everyone &&
         (auth == AuthType::none || auth == AuthType::oauth);
}

}  // namespace

// reference = [ scheme " " ] "${" ( "env:" NAME / "file:" PATH ) "}"
std::optional<SecretReference> parse_secret_reference(std::string_view text) {
  SecretReference reference;
  if (const auto blank = text.find(' '); blank < text.find("${")) {
    if (!is_scheme(text.substr(0, blank))) return std::nullopt;
    reference.prefix = text.substr(0, blank + 1);
    text.remove_prefix(blank + 1);
  }
  if (!text.starts_with("${") || !text.ends_with('}')) return std::nullopt;
  text = text.substr(2, text.size() - 3);
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view source = text.substr(0, colon);
  reference.name = text.substr(colon + 1);
  if (source == "env" && is_variable(reference.name)) {
    reference.source = SecretReference::Source::environment;
    return reference;
  }
  if (source == "file" && is_absolute_path(reference.name)) {
    reference.source = SecretReference::Source::file;
    return reference;
  }
  return std::nullopt;
}

bool is_for_client(const CatalogEntry& entry, std::string_view client) {
  if (client.empty() || !entry.clients || entry.clients->empty()) return true;
  return std::find(entry.clients->begin(), entry.clients->end(), client) != entry.clients->end();
}

std::string managed_servers_json(const std::vector<CatalogEntry>& entries, std::string_view client) {
  OrderedJson array = OrderedJson::array();
  for (const CatalogEntry& entry : entries)
    if (is_served_directly(entry) && is_for_client(entry, client)) array.push_back(to_json(entry));
  return array.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace patchbay
