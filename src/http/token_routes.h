#pragma once

#include "base/clock.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "oauth/bearer.h"
#include "store/store.h"

namespace patchbay::http {

// /v1/tokens: API tokens, shown once, revoked at once. Scope admin.
class TokenRoutes {
 public:
  TokenRoutes(Store& store, oauth::Bearer& bearer, const ControlHooks& hooks, const Clock& clock)
      : store_(store), bearer_(bearer), hooks_(hooks), clock_(clock) {}
  void add_to(Routes& routes);

 private:
  HttpReply list(const Request& request);
  HttpReply create(const Request& request);
  HttpReply revoke(const Request& request);

  Store& store_;
  oauth::Bearer& bearer_;
  const ControlHooks& hooks_;
  const Clock& clock_;
};

}  // namespace patchbay::http
