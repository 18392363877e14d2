#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/app.h"
#include "oauth/form.h"
#include "oauth/redirect_uri.h"

namespace patchbay::oauth {

// The scopes that an application may be given, "offline_access" aside, which gives nothing here that it does
// not have anyway.
inline constexpr Scope app_scopes = Scope::mcp_read | Scope::mcp_write;

// What `text` asks for; everything where it names no scope of ours. Writing brings reading. Nothing where it
// holds a word that is none of ours.
std::optional<Scope> read_app_scopes(std::string_view text);

// The resource that a request names (RFC 8707), as we keep it: our public URL or an endpoint below its /mcp.
// Whether a server of the name exists is nobody's business here. Nothing where it is not ours; the endpoint
// /mcp where `text` is empty.
std::optional<std::string> read_resource(std::string_view public_url, std::string_view text);

// A request at the authorization endpoint. Until `redirect_uri` is known to be the client's own, nothing may
// be sent anywhere: who asked is then shown a page.
struct AuthorizationRequest {
  std::string client_id;
  std::string redirect_uri;
  RedirectUri redirect;
  std::string state;
  std::string challenge;
  std::string resource;
  Scope scopes = Scope::none;
  bool silent = false;     // prompt=none
  bool asks_anew = false;  // prompt=consent
};

// Why a request is not good. `error` is a code of RFC 6749 §4.1.2.1 and the like.
struct AuthorizationProblem {
  std::string error;
  std::string message;
  bool may_redirect = false;
};

// The client_id alone, so that the client can be looked up; a problem where it is not there once.
std::optional<AuthorizationProblem> read_client_id(const FormFields& fields, std::string& client_id);
// The rest. Fills what it can: with a problem that may be redirected, redirect_uri and state are there.
std::optional<AuthorizationProblem> read_authorization(const FormFields& fields, const App& app,
                                                       const AppSettings& settings,
                                                       std::string_view public_url,
                                                       AuthorizationRequest& request);

// `uri` with parameters added, as the client finds them: by its own "?", or behind what is there.
std::string with_parameters(std::string_view uri,
                            const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace patchbay::oauth
