#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

#include "base/clock.h"
#include "http/control_hooks.h"
#include "http/identity.h"
#include "http/refusal_log.h"
#include "http/route.h"
#include "http/signing_in.h"
#include "oauth/sign_in.h"
#include "store/store.h"

namespace patchbay::http {

// /v1/session: signing in and out. /v1/welcome: setting a password by a link. /v1/me: what a person may see
// and change of themselves.
class SessionRoutes {
 public:
  SessionRoutes(Store& store, oauth::Bearer& bearer, oauth::SignIn& sign_in, const Identity& identity,
                const ControlHooks& hooks, const Clock& clock, std::string public_url)
      : store_(store),
        bearer_(bearer),
        sign_in_(sign_in),
        identity_(identity),
        hooks_(hooks),
        clock_(clock),
        public_url_(std::move(public_url)),
        signing_in_(store, bearer, sign_in, clock),
        refusals_(store, clock) {}
  void add_to(Routes& routes);

 private:
  HttpReply sign_in(const Request& request);
  HttpReply sign_out(const Request& request);
  HttpReply confirm(const Request& request);
  HttpReply look_at_invite(const Request& request);
  HttpReply accept(const Request& request);
  HttpReply show(const Request& request);
  HttpReply change(const Request& request);
  HttpReply change_password(const Request& request);
  HttpReply list_sessions(const Request& request);
  HttpReply end_session(const Request& request);
  HttpReply list_tokens(const Request& request);
  HttpReply create_token(const Request& request);
  HttpReply revoke_token(const Request& request);
  void recording_refusal(const Request& request, std::string_view action, const std::function<void()>& act);
  nlohmann::json appliance_json() const;
  HttpReply signed_in(const Request& request, const oauth::SignIn::SignedIn& who);

  Store& store_;
  oauth::Bearer& bearer_;
  oauth::SignIn& sign_in_;
  const Identity& identity_;
  const ControlHooks& hooks_;
  const Clock& clock_;
  const std::string public_url_;
  SigningIn signing_in_;
  RefusalLog refusals_;
};

}  // namespace patchbay::http
