#include "oauth/authorization_request.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "oauth/pkce.h"

namespace patchbay::oauth {

namespace {

constexpr std::size_t longest_state = 2048;

AuthorizationProblem on_page(std::string error, std::string message) {
  return {std::move(error), std::move(message), false};
}

AuthorizationProblem to_client(std::string error, std::string message) {
  return {std::move(error), std::move(message), true};
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

// One segment of an endpoint's path.
bool is_name(std::string_view text) {
  return !text.empty() && text != "." && text != ".." && text.size() <= 128 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_' || c == '.';
         });
}

std::optional<AuthorizationProblem> find_redirect(const FormFields& fields, const App& app,
                                                  const AppSettings& settings,
                                                  AuthorizationRequest& request) {
  const auto given = fields.text("redirect_uri");
  if (given.empty() && app.redirect_uris.size() != 1)
    return on_page("invalid_request",
                   "The application did not say which of its addresses the answer goes to.");
  request.redirect_uri = given.empty() ? app.redirect_uris.front() : given;
  const bool is_known = std::any_of(app.redirect_uris.begin(), app.redirect_uris.end(), [&](const auto& one) {
    return matches_redirect_uri(one, request.redirect_uri);
  });
  const auto uri = is_known ? parse_redirect_uri(request.redirect_uri) : std::nullopt;
  if (!uri)
    return on_page(
        "invalid_request",
        "The address that the answer would go to is none of those that the application registered.");
  if (!is_allowed(*uri, settings.redirect_hosts))
    return on_page("invalid_request",
                   "The answer would go to a host that is not allowed here. Ask an admin to allow it.");
  request.redirect = *uri;
  return std::nullopt;
}

std::optional<AuthorizationProblem> check_challenge(const FormFields& fields, AuthorizationRequest& request) {
  request.challenge = fields.text("code_challenge");
  if (request.challenge.empty()) return to_client("invalid_request", "A code_challenge is needed (PKCE).");
  if (fields.text("code_challenge_method") != "S256")
    return to_client("invalid_request", "The code_challenge_method must be S256.");
  if (!is_challenge(request.challenge))
    return to_client("invalid_request", "The code_challenge is not 43 characters of base64url.");
  return std::nullopt;
}

std::optional<AuthorizationProblem> read_prompt(const FormFields& fields, AuthorizationRequest& request) {
  const auto prompt = fields.text("prompt");
  const auto words = split(prompt, ' ');
  for (const auto word : words) {
    if (word == "none" && words.size() == 1) request.silent = true;
    if (word == "consent") request.asks_anew = true;
    if (word == "none" && words.size() > 1)
      return to_client("invalid_request", "The prompt \"none\" stands alone.");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Scope> read_app_scopes(std::string_view text) {
  Scope scopes = Scope::none;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty() || word == "offline_access") continue;
    const auto scope = parse_scopes(word);
    if (!scope || !has(app_scopes, *scope)) return std::nullopt;
    scopes = scopes | *scope;
  }
  if (scopes == Scope::none) return app_scopes;
  return has(scopes, Scope::mcp_write) ? app_scopes : scopes;
}

std::optional<std::string> read_resource(std::string_view public_url, std::string_view text) {
  if (text.empty()) return cat(public_url, "/mcp");
  if (text.ends_with('/')) text.remove_suffix(1);
  if (!covers(public_url, text)) return std::nullopt;
  const auto path = text.substr(public_url.size());
  if (path.empty() || path == "/mcp" || path == "/mcp/all") return std::string(text);
  for (const std::string_view group : {"/mcp/servers/", "/mcp/p/"})
    if (path.starts_with(group) && is_name(path.substr(group.size()))) return std::string(text);
  return std::nullopt;
}

std::optional<AuthorizationProblem> read_client_id(const FormFields& fields, std::string& client_id) {
  if (const auto twice = fields.repeated({"resource"}))
    return on_page("invalid_request", "The application's request names a parameter twice.");
  client_id = fields.text("client_id");
  if (client_id.empty() || client_id.size() > longest_redirect_uri || !is_visible(client_id))
    return on_page("invalid_request", "The application's request does not say who asks (client_id).");
  return std::nullopt;
}

std::optional<AuthorizationProblem> read_authorization(const FormFields& fields, const App& app,
                                                       const AppSettings& settings,
                                                       std::string_view public_url,
                                                       AuthorizationRequest& request) {
  request.client_id = app.id;
  if (!app.may(grant_type::code))
    return on_page("unauthorized_client",
                   "This application has not registered for signing in with a browser.");
  if (auto problem = find_redirect(fields, app, settings, request)) return problem;
  request.state = fields.text("state");
  if (request.state.size() > longest_state || !is_visible(request.state)) {
    request.state.clear();
    return to_client("invalid_request", "The state is too long or no plain text.");
  }
  if (fields.has("request") || fields.has("request_uri"))
    return to_client("request_not_supported", "Request objects are not taken.");
  if (fields.text("response_type") != "code")
    return to_client(fields.has("response_type") ? "unsupported_response_type" : "invalid_request",
                     "The response_type must be code.");
  if (const auto mode = fields.text("response_mode"); !mode.empty() && mode != "query")
    return to_client("invalid_request", "The response_mode must be query.");
  if (auto problem = check_challenge(fields, request)) return problem;
  if (auto problem = read_prompt(fields, request)) return problem;
  const auto scopes = read_app_scopes(fields.text("scope"));
  if (!scopes) return to_client("invalid_scope", "The scopes are mcp:read, mcp:write and offline_access.");
  request.scopes = *scopes;
  const auto resources = fields.all("resource");
  const auto resource = read_resource(public_url, resources.empty() ? std::string() : resources.front());
  if (!resource || resources.size() > 1)
    return to_client("invalid_target", "The resource is not one of this gateway.");
  request.resource = *resource;
  return std::nullopt;
}

std::string with_parameters(std::string_view uri,
                            const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string out(uri);
  char joint = uri.find('?') == std::string_view::npos ? '?' : '&';
  for (const auto& [name, value] : parameters) {
    out += cat(joint, name, "=", percent_encode(value));
    joint = '&';
  }
  return out;
}

}  // namespace patchbay::oauth
