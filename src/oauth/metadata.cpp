#include "oauth/metadata.h"

#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "oauth/form.h"

namespace patchbay::oauth {

namespace {

constexpr JsonLimits limits{longest_metadata, 16};
constexpr std::size_t most_issuers = 16;
constexpr std::size_t most_names = 1000;
constexpr std::size_t longest_name = 512;

std::string_view path_of(const Url& url) {
  const std::string_view whole = url.path_and_query;
  return whole.substr(0, whole.find('?'));
}

Url at_path(const Url& url, std::string_view path_and_query) {
  Url out = url;
  out.path_and_query = path_and_query;
  return out;
}

std::string_view without_final_slash(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

// Reads a document whose sentences name its host; what is wrong in it becomes oauth_bad_metadata.
template <class Read>
void read_document(std::string_view json, std::string_view host, Read&& read) {
  try {
    const Json document = parse_json(json, limits);
    Fields fields(document);
    read(fields);
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::upstream) throw;
    throw Error::upstream("oauth_bad_metadata",
                          cat("The sign-in metadata of ", host, " cannot be used. ", error.message()));
  }
}

bool is_this_machine(const Url& url) {
  if (is_localhost_name(url.host)) return true;
  const auto address = parse_address(url.host);
  return address && classify(*address) == AddressClass::loopback;
}

// Characters that no endpoint needs and that a shell or a page could act on are refused beside those that
// URLs do not have (RFC 3986 §2): the text goes to browsers and to programs that open them.
bool has_plain_characters(std::string_view text) {
  static constexpr std::string_view marks = "-._~:/?@!*+,;=&%[]";
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
           marks.find(c) != std::string_view::npos;
  });
}

[[noreturn]] void bad_endpoint(std::string_view field, std::string_view why) {
  throw Error::upstream("oauth_bad_endpoint", cat("The sign-in address \"", field, "\" cannot be used: ", why,
                                                  ". Ask whoever runs that service."));
}

// The parameters of an authorization request, its answer and a token request: none may come with the
// endpoint.
bool is_oauth_parameter(std::string_view name) {
  constexpr auto known = std::to_array<std::string_view>({"response_type",
                                                          "response_mode",
                                                          "client_id",
                                                          "client_secret",
                                                          "redirect_uri",
                                                          "scope",
                                                          "state",
                                                          "nonce",
                                                          "prompt",
                                                          "code",
                                                          "code_verifier",
                                                          "iss",
                                                          "code_challenge",
                                                          "code_challenge_method",
                                                          "resource",
                                                          "request",
                                                          "request_uri",
                                                          "grant_type",
                                                          "access_token",
                                                          "refresh_token",
                                                          "id_token",
                                                          "token",
                                                          "client_assertion",
                                                          "client_assertion_type",
                                                          "login_hint",
                                                          "user_scope",
                                                          "audience"});
  const std::string plain = lower(name.substr(0, name.find('[')));
  return std::find(known.begin(), known.end(), plain) != known.end();
}

void check_authorization_query(const Url& url) {
  const std::string& text = url.path_and_query;
  const auto question = text.find('?');
  if (question == std::string::npos) return;
  try {
    const auto query = FormFields::parse(std::string_view(text).substr(question + 1));
    for (const auto& [name, value] : query.fields())
      if (is_oauth_parameter(name))
        bad_endpoint("authorization_endpoint", "it carries a parameter that only Patchbay may set");
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::upstream) throw;
    bad_endpoint("authorization_endpoint", "its query is not well-formed");
  }
}

// Reads the endpoints of one document, bound to its issuer.
class Endpoints {
 public:
  Endpoints(Fields& fields, const Url& issuer, const EndpointRules& rules)
      : fields_(fields), issuer_(issuer), rules_(rules) {}

  Url require(std::string_view field) { return check(fields_.text(field, longest_url), field); }
  std::optional<Url> find(std::string_view field) {
    const auto text = fields_.find_text(field, longest_url);
    if (!text) return std::nullopt;
    return check(*text, field);
  }

 private:
  Url check(std::string_view text, std::string_view field) const {
    Url url = checked_endpoint(text, field, rules_);
    const auto& allowed = rules_.allowed_origins;
    if (same_origin(url, issuer_) || std::find(allowed.begin(), allowed.end(), url.origin()) != allowed.end())
      return url;
    throw Error::upstream(
        "oauth_foreign_endpoint",
        cat("The sign-in metadata of ", issuer_.host, " name an address on another host (\"", field,
            "\"). An admin can allow that host for this server."));
  }

  Fields& fields_;
  const Url& issuer_;
  const EndpointRules& rules_;
};

std::vector<std::string> names(Fields& fields, std::string_view field) {
  return fields.find_texts(field, most_names, longest_name).value_or(std::vector<std::string>());
}

// RFC 9728 §3.3, and what MCP clients make of it: the server's URL, or one whose path segments lead to it. A
// slash at the end makes no other resource.
bool covers(const Url& resource, const Url& server) {
  if (!same_origin(resource, server)) return false;
  if (resource.path_and_query.find('?') != std::string::npos)
    return resource.path_and_query == server.path_and_query;
  const auto above = without_final_slash(path_of(resource));
  const auto path = path_of(server);
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
}

void check_resource(const std::string& resource, const Url& server) {
  try {
    if (covers(parse_url(resource), server)) return;
  } catch (const Error&) {
    // no URL: the same as another one's
  }
  throw Error::upstream(
      "oauth_resource_mismatch",
      cat("The sign-in metadata of ", server.host,
          " are about another address than this server's (\"resource\"). Check the server's URL."));
}

// An issuer that may be asked for metadata (RFC 8414 §2: no query, no fragment).
Url checked_issuer(std::string_view text, std::string_view field, const EndpointRules& rules) {
  Url url = checked_endpoint(text, field, rules);
  if (url.path_and_query.find('?') != std::string::npos) bad_endpoint(field, "it has a query");
  return url;
}

void check_pkce(Fields& fields, std::string_view host, const EndpointRules& rules) {
  if (rules.assume_pkce && !fields.has("code_challenge_methods_supported")) return;
  const auto methods = names(fields, "code_challenge_methods_supported");
  if (std::find(methods.begin(), methods.end(), "S256") != methods.end()) return;
  throw Error::upstream("oauth_pkce_unsupported",
                        cat("The sign-in service ", host,
                            " does not offer PKCE with S256, without which Patchbay does not sign in."));
}

void check_issuer(const std::string& told, std::string_view asked, std::string_view host,
                  const EndpointRules& rules) {
  const auto& accepted = rules.accepted_issuers;
  if (told == asked || std::find(accepted.begin(), accepted.end(), told) != accepted.end()) return;
  throw Error::upstream("oauth_issuer_mismatch",
                        cat("The sign-in metadata of ", host,
                            " name another issuer than the one that was asked for. Nothing was sent there."));
}

Json names_json(const Discovery& discovery) {
  const ServerMetadata& server = discovery.server;
  return {{"issuer", server.issuer},
          {"iss", server.iss},
          {"authorization_endpoint", server.authorization_endpoint.text()},
          {"token_endpoint", server.token_endpoint.text()},
          {"scopes_supported", server.scopes_supported},
          {"token_auth_methods", server.token_auth_methods},
          {"grant_types", server.grant_types},
          {"takes_client_documents", server.takes_client_documents},
          {"promises_iss", server.promises_iss},
          {"is_guess", server.is_guess},
          {"resource", discovery.resource},
          {"resource_scopes", discovery.resource_scopes}};
}

std::optional<Url> find_url(Fields& fields, std::string_view field) {
  const auto text = fields.find_text(field);
  if (!text) return std::nullopt;
  return parse_url(*text);
}

}  // namespace

std::vector<Url> resource_metadata_places(const Url& server) {
  constexpr std::string_view known = "/.well-known/oauth-protected-resource";
  std::vector<Url> places;
  if (server.path_and_query != "/") {
    // RFC 9728 §3.1: between host and path; a query stays behind it, a lone slash goes.
    const bool only_slash = server.path_and_query.starts_with("/?");
    places.push_back(at_path(server, cat(known, server.path_and_query.substr(only_slash ? 1 : 0))));
  }
  places.push_back(at_path(server, known));
  return places;
}

std::vector<Url> issuer_metadata_places(const Url& issuer) {
  constexpr std::string_view oauth = "/.well-known/oauth-authorization-server";
  constexpr std::string_view openid = "/.well-known/openid-configuration";
  const auto path = without_final_slash(path_of(issuer));
  std::vector<Url> places = {at_path(issuer, cat(oauth, path)), at_path(issuer, cat(openid, path))};
  if (!path.empty()) places.push_back(at_path(issuer, cat(path, openid)));
  return places;
}

bool ServerMetadata::lists_scope(std::string_view scope) const {
  return std::find(scopes_supported.begin(), scopes_supported.end(), scope) != scopes_supported.end();
}

ResourceMetadata parse_resource_metadata(std::string_view json, const Url& server,
                                         const EndpointRules& rules) {
  ResourceMetadata metadata;
  read_document(json, server.host, [&](Fields& fields) {
    metadata.resource = fields.text("resource", longest_url);
    check_resource(metadata.resource, server);
    metadata.authorization_servers = fields.find_texts("authorization_servers", most_issuers, longest_url)
                                         .value_or(std::vector<std::string>());
    for (const auto& issuer : metadata.authorization_servers)
      checked_issuer(issuer, "authorization_servers", rules);
    metadata.scopes_supported = names(fields, "scopes_supported");
  });
  return metadata;
}

ServerMetadata parse_server_metadata(std::string_view json, std::string_view issuer,
                                     const EndpointRules& rules) {
  const Url asked = checked_issuer(issuer, "issuer", rules);
  ServerMetadata metadata;
  read_document(json, asked.host, [&](Fields& fields) {
    metadata.issuer = issuer;
    metadata.iss = fields.text("issuer", longest_url);
    check_issuer(metadata.iss, issuer, asked.host, rules);
    check_pkce(fields, asked.host, rules);
    const Url told = checked_issuer(metadata.iss, "issuer", rules);
    Endpoints endpoints(fields, told, rules);
    metadata.authorization_endpoint = endpoints.require("authorization_endpoint");
    check_authorization_query(metadata.authorization_endpoint);
    metadata.token_endpoint = endpoints.require("token_endpoint");
    metadata.registration_endpoint = endpoints.find("registration_endpoint");
    metadata.revocation_endpoint = endpoints.find("revocation_endpoint");
    metadata.scopes_supported = names(fields, "scopes_supported");
    metadata.token_auth_methods = names(fields, "token_endpoint_auth_methods_supported");
    metadata.grant_types = names(fields, "grant_types_supported");
    metadata.takes_client_documents =
        fields.find_truth("client_id_metadata_document_supported").value_or(false);
    metadata.promises_iss =
        fields.find_truth("authorization_response_iss_parameter_supported").value_or(false);
  });
  return metadata;
}

ServerMetadata fallback_metadata(const Url& server) {
  ServerMetadata metadata;
  metadata.issuer = server.origin();
  metadata.iss = metadata.issuer;
  metadata.authorization_endpoint = at_path(server, "/authorize");
  metadata.token_endpoint = at_path(server, "/token");
  metadata.registration_endpoint = at_path(server, "/register");
  metadata.is_guess = true;
  return metadata;
}

Url checked_endpoint(std::string_view text, std::string_view field, const EndpointRules& rules) {
  Url url;
  try {
    url = parse_url(text);
  } catch (const Error& error) {
    std::string why = error.message();
    while (why.ends_with('.')) why.pop_back();
    bad_endpoint(field, why);
  }
  if (!has_plain_characters(url.path_and_query))
    bad_endpoint(field, "it has characters that no URL should have");
  if (url.is_https() || (rules.http_on_loopback && is_this_machine(url))) return url;
  bad_endpoint(field, "it must begin with https://");
}

Url checked_resource_metadata(std::string_view reference, const Url& server, const EndpointRules& rules) {
  const std::string_view field = "resource_metadata";
  Url url;
  try {
    url = parse_url(reference);
  } catch (const Error&) {
    bad_endpoint(field, "it is no good URL");
  }
  const auto& allowed = rules.allowed_origins;
  if (same_origin(url, server)) return url;  // which an admin chose, with http too
  if (std::find(allowed.begin(), allowed.end(), url.origin()) != allowed.end())
    return checked_endpoint(reference, field, rules);
  throw Error::upstream("oauth_foreign_endpoint",
                        cat(server.host, " keeps its sign-in metadata on another host (\"", field,
                            "\"). An admin can allow that host for this server."));
}

std::string to_json_text(const Discovery& discovery) {
  Json json = names_json(discovery);
  const ServerMetadata& server = discovery.server;
  if (server.registration_endpoint) json["registration_endpoint"] = server.registration_endpoint->text();
  if (server.revocation_endpoint) json["revocation_endpoint"] = server.revocation_endpoint->text();
  return dump(json);
}

Discovery discovery_from_json_text(std::string_view text) {
  Discovery discovery;
  ServerMetadata& server = discovery.server;
  try {
    const Json json = parse_json(text, JsonLimits{2 * longest_metadata, 16});
    Fields fields(json);
    server.issuer = fields.text("issuer");
    server.iss = fields.text("iss");
    server.authorization_endpoint = parse_url(fields.text("authorization_endpoint"));
    server.token_endpoint = parse_url(fields.text("token_endpoint"));
    server.registration_endpoint = find_url(fields, "registration_endpoint");
    server.revocation_endpoint = find_url(fields, "revocation_endpoint");
    server.scopes_supported = names(fields, "scopes_supported");
    server.token_auth_methods = names(fields, "token_auth_methods");
    server.grant_types = names(fields, "grant_types");
    server.takes_client_documents = fields.truth("takes_client_documents");
    server.promises_iss = fields.truth("promises_iss");
    server.is_guess = fields.truth("is_guess");
    discovery.resource = fields.text("resource");
    discovery.resource_scopes = names(fields, "resource_scopes");
  } catch (const Error& error) {
    throw Error::internal("oauth_stored_metadata", "What was stored about a sign-in cannot be read.",
                          error.message());
  }
  return discovery;
}

}  // namespace patchbay::oauth
