#pragma once

#include "http/control_hooks.h"
#include "http/route.h"
#include "oauth/bearer.h"
#include "store/store.h"

namespace patchbay::http {

// /v1/access: why somebody may use a tool or may not, and who would gain or lose what by a change. Both ask
// domain/access, the function that lists, searches and calls ask.
class AccessRoutes {
 public:
  AccessRoutes(Store& store, const oauth::Bearer& bearer, const ControlHooks& hooks)
      : store_(store), bearer_(bearer), hooks_(hooks) {}
  void add_to(Routes& routes);

 private:
  HttpReply explain_one(const Request& request);
  HttpReply plan(const Request& request);

  Store& store_;
  const oauth::Bearer& bearer_;
  const ControlHooks& hooks_;
};

}  // namespace patchbay::http
