#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/http_client.h"
#include "base/loop.h"
#include "domain/oauth_settings.h"
#include "oauth/challenge.h"
#include "oauth/client_auth.h"
#include "oauth/metadata.h"
#include "oauth/quirks.h"
#include "oauth/registration.h"
#include "oauth/token_answer.h"
#include "oauth/trace.h"

namespace patchbay::oauth {

// The server whose account is wanted.
struct SignInTarget {
  std::string label;  // how messages call it
  Url url;
  UrlSource source = UrlSource::admin;
  std::shared_ptr<const TlsClient> tls;  // trusted for the server itself; null: the system's authorities
  OAuthSettings settings;
  std::string accepted_issuer;  // whom its accounts are with; empty before the first sign-in
};

// A request at a token endpoint. What it needs is told by whoever kept it: discovery is long over.
struct TokenRequest {
  Url endpoint;
  ClientIdentity client;
  std::string resource;  // RFC 8707; empty: not sent
};

struct ClientLimits {
  std::chrono::milliseconds leg_time{10'000};  // of one request, from the first packet to the last byte
};

// Patchbay as the client of other people's authorization servers: each leg of a sign-in, none of which keeps
// anything. Every document and answer is bounded in bytes and time; no redirect is followed. The loop's
// thread only. Errors are those of the parsers (metadata.h, registration.h, token_answer.h) and of
// base/http_client.
class Client {
 public:
  Client(Loop& loop, HttpClient& http, const Clock& clock) : loop_(loop), http_(http), clock_(clock) {}
  void set_limits(ClientLimits limits) { limits_ = limits; }

  // What the server says when asked without a token; nothing where it does not ask for one (RFC 6750 §3).
  Task<std::optional<BearerChallenge>> ask(SignInTarget target, Trace& trace, Until until);

  // Who may sign people in for it, and where (RFC 9728, RFC 8414; protocol.md 4.3). Throws besides
  // Error::upstream("oauth_issuer_changed") where the server names another one than was accepted.
  Task<Discovery> discover(SignInTarget target, std::optional<BearerChallenge> challenge, Trace& trace,
                           Until until);

  Task<RegisteredClient> register_at(SignInTarget target, ServerMetadata server, ClientWish wish,
                                     Trace& trace, Until until);

  // Both throw TokenError.
  Task<TokenAnswer> exchange(SignInTarget target, TokenRequest request, Secret code, Secret verifier,
                             std::string redirect_uri, Trace& trace, Until until);
  Task<TokenAnswer> refresh(SignInTarget target, TokenRequest request, Secret refresh_token, Trace& trace,
                            Until until);
  // RFC 7009, best effort: whether the server said yes.
  Task<bool> revoke(SignInTarget target, TokenRequest request, Secret token, std::string_view kind,
                    Until until);

 private:
  struct Document;
  Task<Document> fetch(SignInTarget target, Url url, std::string_view leg, Trace& trace, Until until);
  Task<std::optional<ResourceMetadata>> find_resource(const SignInTarget& target,
                                                      const std::optional<BearerChallenge>& challenge,
                                                      bool& had_bad, Trace& trace, Until until);
  Task<std::optional<ServerMetadata>> find_server(const SignInTarget& target, const std::string& issuer,
                                                  bool& had_bad, Trace& trace, Until until);
  Task<OutgoingRequest> request_to(const SignInTarget& target, std::string method, Url url, Until until);
  Task<TokenAnswer> ask_for_token(SignInTarget target, TokenRequest request, Form form, std::string_view leg,
                                  Trace& trace, Until until);

  Loop& loop_;
  HttpClient& http_;
  const Clock& clock_;
  ClientLimits limits_;
};

// What may be asked for at a server, by its own settings.
EndpointRules rules_of(const SignInTarget& target);
// The deviations of whoever signs people in there.
const Quirks& quirks_of(const SignInTarget& target, const ServerMetadata& server);

// The scope to ask for: the admin's, else the challenge's, else the metadata's, and what was wanted beyond
// the granted one (2025-11-25, scope selection; step-up asks for the union). Empty: leave it out.
std::string scope_to_ask(const SignInTarget& target, const Discovery& discovery,
                         const std::optional<BearerChallenge>& challenge, std::string_view granted,
                         std::string_view wanted);

struct AuthorizationWish {
  std::string client_id;
  std::string redirect_uri;
  std::string scope;
  std::string resource;
};
// Where the person's browser goes.
std::string authorization_url(const ServerMetadata& server, const Quirks& quirks,
                              const AuthorizationWish& wish, const Secret& state, const Secret& verifier);

}  // namespace patchbay::oauth
