#include "http/metadata_routes.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/app.h"
#include "oauth/authorization_request.h"
#include "store/apps.h"

namespace patchbay::http {

namespace {

constexpr std::string_view resource_path = "/.well-known/oauth-protected-resource";
constexpr std::string_view server_paths[] = {"/.well-known/oauth-authorization-server",
                                             "/.well-known/openid-configuration"};

constexpr std::string_view keys_path = "/.well-known/jwks.json";

HttpReply document(const Json& json) {
  HttpReply reply = HttpReply::json(200, dump(json));
  reply.headers.push_back({"Cache-Control", "public, max-age=300"});
  allow_every_origin(reply);
  return reply;
}

}  // namespace

void allow_every_origin(HttpReply& reply) {
  reply.headers.push_back({"Access-Control-Allow-Origin", "*"});
}

HttpReply preflight_reply(std::string_view methods) {
  HttpReply reply = HttpReply::empty(204);
  allow_every_origin(reply);
  reply.headers.push_back({"Allow", std::string(methods)});
  reply.headers.push_back({"Access-Control-Allow-Methods", std::string(methods)});
  reply.headers.push_back(
      {"Access-Control-Allow-Headers", "authorization, content-type, mcp-protocol-version"});
  reply.headers.push_back({"Access-Control-Max-Age", "86400"});
  return reply;
}

void MetadataRoutes::add_to(Routes& routes) {
  const auto preflight = [](const Request&) { return preflight_reply("GET, HEAD, OPTIONS"); };
  routes.add("GET", std::string(resource_path), Needs::nothing(),
             [this](const Request& request) { return resource(request, "mcp"); });
  routes.add("GET", cat(resource_path, "/{endpoint*}"), Needs::nothing(),
             [this](const Request& request) { return resource(request, request.part("endpoint")); });
  routes.add("OPTIONS", std::string(resource_path), Needs::nothing(), preflight);
  routes.add("OPTIONS", cat(resource_path, "/{endpoint*}"), Needs::nothing(), preflight);
  for (const auto path : server_paths) {
    routes.add("GET", std::string(path), Needs::nothing(),
               [this](const Request& request) { return server(request); });
    routes.add("OPTIONS", std::string(path), Needs::nothing(), preflight);
  }
  routes.add("GET", std::string(keys_path), Needs::nothing(), [](const Request&) {
    return document({{"keys", Json::array()}});
  });
}

HttpReply MetadataRoutes::resource(const Request&, std::string_view path) const {
  const auto resource = oauth::read_resource(site_.url, cat(site_.url, "/", path));
  if (!resource || path.ends_with('/') || resource->size() == site_.url.size())
    throw Error::not_found("not_found", "There is nothing at this address.");
  return document({{"resource", *resource},
                   {"authorization_servers", Json::array({site_.url})},
                   {"scopes_supported", Json::array({"mcp:read", "mcp:write"})},
                   {"bearer_methods_supported", Json::array({"header"})},
                   {"resource_name", "Patchbay"}});
}

HttpReply MetadataRoutes::server(const Request&) const {
  const auto settings = store_.read([](Database& db) { return store::read_app_settings(db); });
  const auto at = [this](std::string_view path) { return cat(site_.url, "/oauth/", path); };
  const Json methods = Json::array({"none", "client_secret_basic", "client_secret_post"});
  Json json = {
      {"issuer", site_.url},
      {"authorization_endpoint", at("authorize")},
      {"token_endpoint", at("token")},
      {"revocation_endpoint", at("revoke")},
      {"introspection_endpoint", at("introspect")},
      {"device_authorization_endpoint", at("device")},
      {"response_types_supported", Json::array({"code"})},
      {"response_modes_supported", Json::array({"query"})},
      {"grant_types_supported", Json::array({grant_type::code, grant_type::refresh, grant_type::device})},
      {"code_challenge_methods_supported", Json::array({"S256"})},
      {"token_endpoint_auth_methods_supported", methods},
      {"revocation_endpoint_auth_methods_supported", methods},
      {"introspection_endpoint_auth_methods_supported", methods},
      {"scopes_supported", Json::array({"mcp:read", "mcp:write", "offline_access"})},
      {"client_id_metadata_document_supported", settings.documents && offers_documents(site_)},
      {"authorization_response_iss_parameter_supported", true}};
  // What OpenID Connect Discovery demands, so that clients which look there first can read it. There are no
  // ID tokens here, so there are no keys and no algorithms.
  json["jwks_uri"] = cat(site_.url, keys_path);
  json["subject_types_supported"] = Json::array({"public"});
  json["id_token_signing_alg_values_supported"] = Json::array();
  if (settings.registration) json["registration_endpoint"] = at("register");
  return document(json);
}

}  // namespace patchbay::http
