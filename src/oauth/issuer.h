#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "base/secure_bytes.h"
#include "domain/app.h"
#include "oauth/authorization_request.h"
#include "store/app_tokens.h"
#include "store/store.h"

namespace patchbay::oauth {

// Patchbay as authorization server: what a person's approval, a code, a refresh token and a device code are
// worth. Every function runs in the caller's transaction, which must be committed whatever the answer is: a
// refusal may have used up a code or ended a sign-in. Any thread.
class Issuer {
 public:
  static constexpr std::chrono::seconds code_life{60};
  static constexpr std::chrono::seconds device_life{600};
  static constexpr std::chrono::seconds refresh_grace{10};
  static constexpr std::int64_t device_interval_s = 5;

  Issuer(const Store& store, const Clock& clock, std::string public_url);

  const std::string& url() const { return public_url_; }  // the issuer's identifier (RFC 8414 §2)

  // What a person decided on a consent page.
  struct Approval {
    UserId user;
    std::string redirect_host;
    std::string resource;
    Scope asked = Scope::none;
    Scope given = Scope::none;
    Selection servers;        // those that the person left ticked
    bool all = true;          // nothing was unticked
    bool is_partial = false;  // the page was about one server or profile, and says nothing of the others
  };
  // Whether nothing of this request goes beyond what the person has approved, and the code goes to where only
  // the application can be: a web site, not a program that any other could pose as.
  static bool is_remembered(const AppGrant& grant, const AuthorizationRequest& request);
  AppGrant approve(Database& db, const App& app, const Approval& approval) const;
  Secret issue_code(Database& db, const AppGrant& grant, const AuthorizationRequest& request,
                    const SessionId& session) const;

  // The token endpoint's answer. `error` is a code of RFC 6749 §5.2 or RFC 8628 §3.5, empty where tokens are
  // given; `reason` is for the trail.
  struct Answer {
    std::string error;
    std::string message;
    std::string_view reason;
    std::vector<TokenId> ended;  // sign-ins that this revoked
    bool is_waiting = false;     // no refusal: the person has not decided yet
    Secret access;
    Secret refresh;
    Scope scopes = Scope::none;
    std::int64_t expires_in = 0;  // seconds
    std::string hash;             // of the access token
    TokenId sign_in;
    std::optional<UserId> user;

    static Answer refused(std::string error, std::string_view reason, std::string message);
  };
  Answer redeem_code(Database& db, const App& app, const FormFields& form) const;
  Answer refresh(Database& db, const App& app, const FormFields& form) const;
  Answer redeem_device(Database& db, const App& app, const FormFields& form) const;

  struct NewDevice {
    Secret device_code;
    std::string user_code;  // as people type it: "WDJB-MJHT"
  };
  NewDevice start_device(Database& db, const App& app, Scope scopes, std::string_view resource,
                         std::string_view remote) const;
  // What a person typed as it is kept; empty where it can be no code.
  static std::string device_code_of(std::string_view typed);

  // What a token of this application's own says; nothing for all else.
  struct Shown {
    bool is_refresh = false;
    Scope scopes = Scope::none;
    std::string resource;
    Instant issued_at;
    Instant expires_at;
    UserId user;
    TokenId sign_in;
  };
  std::optional<Shown> look_at(Database& db, const App& app, std::string_view token) const;
  // An access token alone, or with a refresh token the whole sign-in, which is then returned.
  std::optional<TokenId> revoke(Database& db, const App& app, std::string_view token) const;

 private:
  Answer issue(Database& db, const App& app, const store::AppSignIn& sign_in, Scope scopes,
               std::string_view resource) const;
  void add_access(Database& db, const store::AppSignIn& sign_in, Scope scopes, std::string_view resource,
                  Answer& answer) const;
  Answer rotate(Database& db, const store::AppToken& token, const Secret& presented,
                const store::AppSignIn& sign_in, Answer answer) const;
  Answer continue_code(Database& db, const App& app, const store::AppCode& code,
                       const FormFields& form) const;
  bool is_live_person(Database& db, const UserId& user) const;

  const Clock& clock_;
  const std::string public_url_;
  const SecureBytes successor_key_;
};

}  // namespace patchbay::oauth
