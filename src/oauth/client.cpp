#include "oauth/client.h"

#include <algorithm>

#include "base/text.h"
#include "oauth/form.h"
#include "oauth/pkce.h"
#include "oauth/scope_text.h"

namespace patchbay::oauth {

namespace {

constexpr std::size_t longest_answer = 64U << 10;  // of a token or registration endpoint
constexpr std::size_t most_challenge_lines = 16;

// The newest revision with a handshake; its only use here is that some servers want the header.
constexpr std::string_view protocol_version = "2025-11-25";
constexpr std::string_view hello =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"patchbay","version":"1"}}})";

std::string shown_url(const Url& url) {
  const auto path = url.path_and_query.substr(0, url.path_and_query.find('?'));
  return cat(url.origin(), path);
}

bool is_json(const HttpResponse& response) {
  const auto type = response.header("content-type").value_or("");
  const auto media = trim(type.substr(0, type.find(';')));
  return equal_ignoring_case(media, "application/json");
}

Error no_document(const SignInTarget& target, std::string_view where) {
  return Error::upstream("oauth_bad_metadata",
                         cat("\"", target.label, "\" has no usable sign-in metadata: what ", where,
                             " answers is no JSON document. Ask whoever runs it, or type in the endpoints."));
}

Error unavailable(const SignInTarget& target, const Url& url, int status) {
  return Error::upstream("oauth_unavailable",
                         cat("Signing in at \"", target.label, "\" is not possible at the moment: ", url.host,
                             " answers with status ", status, ". Try again later."));
}

// Our own words for what went wrong with a request; what a server sent is not in them.
void note_failure(Trace& trace, const Error& error) {
  if (trace.empty()) return;
  trace.back().ok = false;
  trace.back().detail = error.message();
}

}  // namespace

struct Client::Document {
  int status = 0;
  bool is_json = false;
  std::string content_type;
  std::string text;
  bool is_absent() const { return status >= 300 && status < 500 && status != 429; }
};

EndpointRules rules_of(const SignInTarget& target) {
  EndpointRules rules;
  rules.http_on_loopback = !target.url.is_https();
  rules.allowed_origins = target.settings.allowed_origins;
  return rules;
}

const Quirks& quirks_of(const SignInTarget& target, const ServerMetadata& server) {
  std::vector<std::string> hosts;
  for (const auto& text : {server.issuer}) {
    try {
      hosts.push_back(parse_url(text).host);
    } catch (const Error&) {  // an issuer that is no URL has no host
    }
  }
  hosts.push_back(server.authorization_endpoint.host);
  hosts.push_back(target.url.host);
  return quirks_for(hosts);
}

// To the server itself by the word of whoever gave its URL; anywhere else by the server's own.
Task<OutgoingRequest> Client::request_to(const SignInTarget& target, std::string method, Url url,
                                         Until until) {
  OutgoingRequest request;
  request.method = std::move(method);
  const bool is_own = same_origin(url, target.url);
  const bool is_typed = !target.settings.token_endpoint.empty();
  if (is_own || is_typed) {
    request.giver = target.source;
  } else {
    auto addresses = co_await http_.resolve(target.url, target.source, until);
    request.giver = given_by_server(target.source, addresses);
  }
  if (is_own) request.tls = target.tls;
  request.url = std::move(url);
  request.pool_key = "oauth";
  request.limits.body_bytes = longest_answer;
  request.limits.first_byte_time = limits_.leg_time;
  request.headers.push_back({"Accept", "application/json"});
  co_return request;
}

Task<std::optional<BearerChallenge>> Client::ask(SignInTarget target, Trace& trace, Until until) {
  trace.push_back({"challenge", shown_url(target.url), 0, false, {}});
  Until whole = until.sooner(Deadline::in(limits_.leg_time));
  std::optional<BearerChallenge> found;
  try {
    auto request = co_await request_to(target, "POST", target.url, whole);
    request.headers.clear();
    request.headers.push_back({"Content-Type", "application/json"});
    request.headers.push_back({"Accept", "application/json, text/event-stream"});
    request.body = hello;
    auto response = co_await http_.send(std::move(request), whole);
    trace.back().status = response.status();
    trace.back().ok = true;
    if (response.status() != 401) co_return std::nullopt;
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < response.header_count() && lines.size() < most_challenge_lines; ++i)
      if (auto header = response.header_at(i); header.name == "www-authenticate")
        lines.push_back(std::move(header.value));
    std::vector<std::string_view> views(lines.begin(), lines.end());
    found = find_bearer(views);
  } catch (const Error& error) {
    note_failure(trace, error);
    throw;
  }
  co_return found;
}

Task<Client::Document> Client::fetch(SignInTarget target, Url url, std::string_view leg, Trace& trace,
                                     Until until) {
  trace.push_back({leg, shown_url(url), 0, false, {}});
  Until whole = until.sooner(Deadline::in(limits_.leg_time));
  Document document;
  try {
    auto request = co_await request_to(target, "GET", std::move(url), whole);
    request.headers.push_back({"MCP-Protocol-Version", std::string(protocol_version)});
    request.limits.body_bytes = longest_metadata;
    auto response = co_await http_.send(std::move(request), whole);
    document.status = trace.back().status = response.status();
    document.is_json = is_json(response);
    if (document.status == 200 && document.is_json) document.text = co_await response.read_all(whole);
  } catch (const Error& error) {
    note_failure(trace, error);
    throw;
  }
  trace.back().ok = document.status == 200 && document.is_json;
  if (document.status == 200 && !document.is_json) trace.back().detail = "The answer is not JSON.";
  if (document.status / 100 == 3) trace.back().detail = "Redirects are not followed.";
  co_return document;
}

Task<std::optional<ResourceMetadata>> Client::find_resource(const SignInTarget& target,
                                                            const std::optional<BearerChallenge>& challenge,
                                                            bool& had_bad, Trace& trace, Until until) {
  EndpointRules rules = rules_of(target);
  std::vector<Url> places = resource_metadata_places(target.url);
  const bool is_told = challenge && !challenge->resource_metadata.empty();
  if (is_told) {
    places.clear();
    places.push_back(checked_resource_metadata(challenge->resource_metadata, target.url, rules));
  }
  for (const Url& place : places) {
    auto document = co_await fetch(target, place, "resource_metadata", trace, until);
    if (document.status == 200 && document.is_json) {
      try {
        co_return parse_resource_metadata(document.text, target.url, rules);
      } catch (const Error& error) {
        note_failure(trace, error);
        throw;
      }
    }
    if (is_told) throw no_document(target, shown_url(place));
    if (document.status == 200) had_bad = true;
    if (document.status != 200 && !document.is_absent()) throw unavailable(target, place, document.status);
  }
  co_return std::nullopt;
}

Task<std::optional<ServerMetadata>> Client::find_server(const SignInTarget& target, const std::string& issuer,
                                                        bool& had_bad, Trace& trace, Until until) {
  EndpointRules rules = rules_of(target);
  Url issuer_url = parse_url(issuer);
  std::vector<std::string> hosts;
  hosts.push_back(issuer_url.host);
  hosts.push_back(target.url.host);
  const Quirks& quirks = quirks_for(hosts);
  for (const auto& origin : quirks.endpoint_origins) rules.allowed_origins.push_back(origin);
  rules.accepted_issuers = quirks.issuers;
  rules.assume_pkce = quirks.assume_pkce;
  for (const Url& place : issuer_metadata_places(issuer_url)) {
    auto document = co_await fetch(target, place, "server_metadata", trace, until);
    if (document.status == 200 && document.is_json) {
      try {
        co_return parse_server_metadata(document.text, issuer, rules);
      } catch (const Error& error) {
        note_failure(trace, error);
        throw;
      }
    }
    if (document.status == 200) had_bad = true;
    if (document.status != 200 && !document.is_absent()) throw unavailable(target, place, document.status);
  }
  co_return std::nullopt;
}

namespace {

// The endpoints that an admin typed in stand for all metadata.
Discovery typed_discovery(const SignInTarget& target) {
  const EndpointRules rules = rules_of(target);
  Discovery discovery;
  discovery.server.authorization_endpoint =
      checked_endpoint(target.settings.authorization_endpoint, "authorization_endpoint", rules);
  discovery.server.token_endpoint = checked_endpoint(target.settings.token_endpoint, "token_endpoint", rules);
  discovery.server.issuer = discovery.server.token_endpoint.origin();
  discovery.server.is_guess = true;
  return discovery;
}

void check_issuer(const SignInTarget& target, const std::string& issuer) {
  if (target.accepted_issuer.empty() || target.accepted_issuer == issuer) return;
  throw Error::upstream(
      "oauth_issuer_changed",
      cat("\"", target.label, "\" now names another authorization server (", redacted(issuer),
          ") than the one its accounts are with (", redacted(target.accepted_issuer),
          "). Nothing was sent there. An admin must disconnect the server first, if that is right."));
}

}  // namespace

Task<Discovery> Client::discover(SignInTarget target, std::optional<BearerChallenge> challenge, Trace& trace,
                                 Until until) {
  if (!target.settings.token_endpoint.empty()) {
    auto typed = typed_discovery(target);
    check_issuer(target, typed.server.issuer);
    co_return typed;
  }
  bool had_bad = false;
  auto resource = co_await find_resource(target, challenge, had_bad, trace, until);
  Discovery discovery;
  std::string issuer = target.url.origin();
  if (resource) {
    discovery.resource = resource->resource;
    discovery.resource_scopes = resource->scopes_supported;
    const auto& servers = resource->authorization_servers;
    const bool knows_accepted = std::ranges::find(servers, target.accepted_issuer) != servers.end();
    if (knows_accepted)
      issuer = target.accepted_issuer;
    else if (!servers.empty())
      issuer = servers.front();
  }
  auto server = co_await find_server(target, issuer, had_bad, trace, until);
  if (!server && (resource || had_bad)) throw no_document(target, parse_url(issuer).host);
  discovery.server = server ? std::move(*server) : fallback_metadata(target.url);
  check_issuer(target, discovery.server.issuer);
  co_return discovery;
}

Task<RegisteredClient> Client::register_at(SignInTarget target, ServerMetadata server, ClientWish wish,
                                           Trace& trace, Until until) {
  Url endpoint = server.registration_endpoint.value();
  trace.push_back({"registration", shown_url(endpoint), 0, false, {}});
  Until whole = until.sooner(Deadline::in(limits_.leg_time));
  std::optional<RegisteredClient> registered;
  try {
    auto request = co_await request_to(target, "POST", endpoint, whole);
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = registration_body(server, wish);
    auto response = co_await http_.send(std::move(request), whole);
    const int status = trace.back().status = response.status();
    std::string type(response.header("content-type").value_or(""));
    std::string body = co_await response.read_all(whole);
    registered = parse_registration(status, type, body, server, wish);
  } catch (const Error& error) {
    note_failure(trace, error);
    throw;
  }
  trace.back().ok = true;
  co_return std::move(*registered);
}

Task<TokenAnswer> Client::ask_for_token(SignInTarget target, TokenRequest wanted, Form form,
                                        std::string_view leg, Trace& trace, Until until) {
  trace.push_back({leg, shown_url(wanted.endpoint), 0, false, {}});
  Until whole = until.sooner(Deadline::in(limits_.leg_time));
  if (!wanted.resource.empty()) form.add("resource", wanted.resource);
  std::vector<std::string> hosts(1, wanted.endpoint.host);
  const Quirks& quirks = quirks_for(hosts);
  if (quirks.client_auth && wanted.client.secret) wanted.client.auth = *quirks.client_auth;
  auto authorization = identify(form, wanted.client);
  int status = 0;
  std::string type, body, failure;
  try {
    auto request = co_await request_to(target, "POST", wanted.endpoint, whole);
    request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
    if (authorization) request.headers.push_back({"Authorization", authorization->reveal()});
    request.body = form.body().reveal();
    auto response = co_await http_.send(std::move(request), whole);
    status = trace.back().status = response.status();
    type = response.header("content-type").value_or("");
    body = co_await response.read_all(whole);
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::cancelled) throw;
    note_failure(trace, error);
    failure = cat(error.id(), ": ", error.message());
  }
  if (!failure.empty()) throw no_token_answer(failure);
  try {
    auto answer = parse_token_answer(status, type, body, clock_.now(), quirks.tokens);
    trace.back().ok = true;
    co_return answer;
  } catch (const Error& error) {
    note_failure(trace, error);
    throw;
  }
}

Task<TokenAnswer> Client::exchange(SignInTarget target, TokenRequest request, Secret code, Secret verifier,
                                   std::string redirect_uri, Trace& trace, Until until) {
  Form form;
  form.add("grant_type", "authorization_code").add("code", code).add("redirect_uri", redirect_uri);
  form.add("code_verifier", verifier);
  return ask_for_token(std::move(target), std::move(request), std::move(form), "token", trace,
                       std::move(until));
}

Task<TokenAnswer> Client::refresh(SignInTarget target, TokenRequest request, Secret refresh_token,
                                  Trace& trace, Until until) {
  Form form;
  form.add("grant_type", "refresh_token").add("refresh_token", refresh_token);
  return ask_for_token(std::move(target), std::move(request), std::move(form), "refresh", trace,
                       std::move(until));
}

Task<bool> Client::revoke(SignInTarget target, TokenRequest wanted, Secret token, std::string_view kind,
                          Until until) {
  Until whole = until.sooner(Deadline::in(limits_.leg_time));
  Form form;
  form.add("token", token).add("token_type_hint", kind);
  auto authorization = identify(form, wanted.client);
  auto request = co_await request_to(target, "POST", wanted.endpoint, whole);
  request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  if (authorization) request.headers.push_back({"Authorization", authorization->reveal()});
  request.body = form.body().reveal();
  auto response = co_await http_.send(std::move(request), whole);
  co_return response.status() == 200;
}

std::string scope_to_ask(const SignInTarget& target, const Discovery& discovery,
                         const std::optional<BearerChallenge>& challenge, std::string_view granted,
                         std::string_view wanted) {
  std::string scope = join_scopes(target.settings.scopes);
  if (scope.empty() && challenge) scope = challenge->scope;
  if (scope.empty()) scope = join_scopes(discovery.resource_scopes);
  if (!wanted.empty()) scope = scope_union(scope_union(granted, scope), wanted);
  // Without it many give no refresh token; a server that does not list it may refuse it.
  if (!scope.empty() && discovery.server.lists_scope("offline_access"))
    scope = scope_union(scope, "offline_access");
  return scope;
}

std::string authorization_url(const ServerMetadata& server, const Quirks& quirks,
                              const AuthorizationWish& wish, const Secret& state, const Secret& verifier) {
  Form query;
  query.add("response_type", "code").add("client_id", wish.client_id).add("redirect_uri", wish.redirect_uri);
  query.add("state", state)
      .add("code_challenge", challenge_of(verifier))
      .add("code_challenge_method", "S256");
  query.add_if("scope", wish.scope).add_if("resource", wish.resource);
  bool has_prompt = false;
  for (const auto& [name, value] : quirks.authorize_parameters) {
    query.add(name, value);
    has_prompt = has_prompt || name == "prompt";
  }
  // OpenID Connect Core §11: offline access needs the person's consent each time.
  const auto names = scope_names(wish.scope);
  if (!has_prompt && std::ranges::find(names, "offline_access") != names.end())
    query.add("prompt", "consent");
  const std::string endpoint = server.authorization_endpoint.text();
  return cat(endpoint, endpoint.find('?') == std::string::npos ? "?" : "&", query.body().reveal());
}

}  // namespace patchbay::oauth
