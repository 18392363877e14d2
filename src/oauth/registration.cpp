#include "oauth/registration.h"

#include <algorithm>
#include <chrono>

#include "base/address.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "oauth/foreign_text.h"

namespace patchbay::oauth {

namespace {

constexpr JsonLimits limits{256U << 10, 16};
constexpr std::size_t longest_id = 1024;

[[noreturn]] void refuse(const ServerMetadata& server, std::string_view why, std::string detail = {}) {
  throw Error::upstream("oauth_registration_refused",
                        cat("Patchbay could not register itself at ", server.token_endpoint.host, ": ", why,
                            ". An admin can register it there by hand and enter the client's id."),
                        std::move(detail));
}

std::vector<std::string> grant_types(const ServerMetadata& server) {
  const auto& known = server.grant_types;
  std::vector<std::string> wanted = {"authorization_code"};
  if (known.empty() || std::find(known.begin(), known.end(), "refresh_token") != known.end())
    wanted.emplace_back("refresh_token");
  return wanted;
}

// OpenID Connect Registration §2: a native application comes back to its own machine.
std::string_view application_type(std::string_view redirect_uri) {
  return redirect_uri.starts_with("https://") ? "web" : "native";
}

bool is_visible(std::string_view text) {
  return !text.empty() && text.size() <= longest_id &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// The error code of an answer that is none of success, for the log.
std::string refusal_detail(int status, std::string_view body) {
  std::string detail = cat("status ", status);
  try {
    const Json json = parse_json(body, limits);
    Fields fields(json);
    if (const auto code = fields.find_text("error", 4096)) detail += cat(", error ", masked_text(*code, 64));
    if (const auto text = fields.find_text("error_description", 4096))
      detail += cat(": ", masked_text(*text, 300));
  } catch (const Error&) {
    detail += ", unreadable";
  }
  return detail;
}

bool is_json(std::string_view content_type) {
  const std::string type = lower(trim(content_type.substr(0, content_type.find(';'))));
  return type == "application/json" || type.ends_with("+json");
}

// The way that the server tells; where it tells none, the one asked for, as far as the secret fits to it.
ClientAuth told_auth(Fields& fields, const ServerMetadata& server, bool has_secret) {
  const auto told = fields.find_text("token_endpoint_auth_method", 64);
  if (!told) {
    const auto asked = choose_for_registration(server.token_auth_methods).value_or(ClientAuth::none);
    if (asked != ClientAuth::none && has_secret) return asked;
    return choose_for_client(server.token_auth_methods, has_secret);
  }
  const auto auth = parse_client_auth(*told);
  if (!auth) refuse(server, "it wants a proof of identity that Patchbay cannot give");
  if (*auth != ClientAuth::none && !has_secret) refuse(server, "it wants a secret and gave none");
  return *auth;
}

RegisteredClient read_client(Fields& fields, const ServerMetadata& server, const ClientWish& wish) {
  RegisteredClient client;
  client.identity.id = fields.text("client_id", longest_id);
  if (!is_visible(client.identity.id)) refuse(server, "the identifier that it gave is not plain text");
  const auto redirects = fields.find_texts("redirect_uris", 16, longest_url);
  if (redirects && *redirects != std::vector<std::string>{wish.redirect_uri})
    refuse(server, "it took another return address than ours");
  if (auto secret = fields.find_text("client_secret", longest_id); secret && !secret->empty())
    client.identity.secret = Secret(std::move(*secret));
  if (client.identity.secret && !is_visible(client.identity.secret->reveal()))
    refuse(server, "the secret that it gave is not plain text");
  client.identity.auth = told_auth(fields, server, client.identity.secret.has_value());
  const auto expires = fields.find_integer("client_secret_expires_at", 0, std::int64_t{1} << 40);
  if (client.identity.secret && expires && *expires != 0) client.secret_expires_at = Instant{*expires * 1000};
  return client;
}

std::string without_slash(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

Json introduction(const ClientWish& wish) {
  return {{"client_name", "Patchbay"},
          {"client_uri", wish.client_uri},
          {"redirect_uris", {wish.redirect_uri}},
          {"response_types", {"code"}},
          {"application_type", application_type(wish.redirect_uri)}};
}

}  // namespace

std::string registration_body(const ServerMetadata& server, const ClientWish& wish) {
  const auto auth = choose_for_registration(server.token_auth_methods);
  if (!auth)
    throw Error::upstream("oauth_client_auth",
                          cat(server.token_endpoint.host,
                              " wants a proof of identity that Patchbay cannot give: neither a client secret "
                              "nor none."));
  Json body = introduction(wish);
  body["grant_types"] = grant_types(server);
  body["token_endpoint_auth_method"] = to_text(*auth);
  if (!wish.scope.empty()) body["scope"] = wish.scope;
  return dump(body);
}

RegisteredClient parse_registration(int status, std::string_view content_type, std::string_view body,
                                    const ServerMetadata& server, const ClientWish& wish) {
  if (status != 200 && status != 201)
    refuse(server, "it refused the registration", refusal_detail(status, body));
  if (!is_json(content_type)) refuse(server, "its answer is no JSON", cat("status ", status));
  try {
    const Json json = parse_json(body, limits);
    Fields fields(json);
    return read_client(fields, server, wish);
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::upstream) throw;
    refuse(server, "its answer cannot be read", error.message());
  }
}

std::string client_document_url(std::string_view public_url) {
  return cat(without_slash(public_url), "/oauth/client.json");
}

std::string client_document(std::string_view public_url) {
  const std::string base = without_slash(public_url);
  ClientWish wish;
  wish.client_uri = base;
  wish.redirect_uri = cat(base, "/oauth/callback");
  Json document = introduction(wish);
  document["client_id"] = client_document_url(base);
  document["grant_types"] = {"authorization_code", "refresh_token"};
  document["token_endpoint_auth_method"] = "none";
  return dump(document);
}

bool can_use_client_document(std::string_view public_url) {
  try {
    const Url url = parse_url(public_url);
    const auto address = parse_address(url.host);
    return url.is_https() && !is_localhost_name(url.host) &&
           !(address && classify(*address) == AddressClass::loopback);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace patchbay::oauth
