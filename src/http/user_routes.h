#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "oauth/bearer.h"
#include "oauth/sign_in.h"
#include "store/store.h"

namespace patchbay::http {

// /v1/users: who there is and what they may administer. Scope admin; an auditor reads.
class UserRoutes {
 public:
  // `public_url` begins the links that let people set a password.
  UserRoutes(Store& store, oauth::Bearer& bearer, oauth::SignIn& sign_in, const ControlHooks& hooks,
             const Clock& clock, std::string public_url)
      : store_(store),
        bearer_(bearer),
        sign_in_(sign_in),
        hooks_(hooks),
        clock_(clock),
        public_url_(std::move(public_url)) {}
  void add_to(Routes& routes);

  // For the start: a new link for the first admin, which makes earlier ones worth nothing. Nothing where an
  // admin can sign in.
  std::optional<std::string> first_admin_link();

 private:
  HttpReply list(const Request& request);
  HttpReply add(const Request& request);
  HttpReply show(const Request& request);
  HttpReply change(const Request& request);
  HttpReply remove(const Request& request);
  HttpReply invite(const Request& request);
  HttpReply list_tokens(const Request& request);
  HttpReply create_token(const Request& request);
  HttpReply end_sessions(const Request& request);
  HttpReply setup(const Request& request);
  std::string link_of(const Secret& invite) const;
  Event row(const Request& request, std::string_view action, const std::string& whom,
            const Changes& changes = {}) const;

  Store& store_;
  oauth::Bearer& bearer_;
  oauth::SignIn& sign_in_;
  const ControlHooks& hooks_;
  const Clock& clock_;
  const std::string public_url_;
};

}  // namespace patchbay::http
