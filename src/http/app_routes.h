#pragma once

#include "http/control_hooks.h"
#include "http/route.h"
#include "oauth/bearer.h"
#include "store/store.h"

namespace patchbay::http {

// /v1/me/apps: the applications that a person has let in, and taking that back. /v1/apps: the same of
// everybody, for admins. /v1/settings/apps: what applications may do here at all.
class AppRoutes {
 public:
  AppRoutes(Store& store, oauth::Bearer& bearer, const ControlHooks& hooks, const Clock& clock)
      : store_(store), bearer_(bearer), hooks_(hooks), clock_(clock) {}
  void add_to(Routes& routes);

 private:
  HttpReply list_mine(const Request& request);
  HttpReply revoke_mine(const Request& request);
  HttpReply list_all(const Request& request);
  HttpReply revoke(const Request& request);
  HttpReply show_settings(const Request& request);
  HttpReply put_settings(const Request& request);
  HttpReply take_back(const Request& request, const std::optional<UserId>& owner);

  Store& store_;
  oauth::Bearer& bearer_;
  const ControlHooks& hooks_;
  const Clock& clock_;
};

}  // namespace patchbay::http
