#pragma once

#include "base/clock.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "oauth/bearer.h"
#include "store/store.h"

namespace patchbay::http {

// /v1/selection: which of the servers a person may use they want to see, for all their clients or for one
// client session
// (?session=, a label of the client's; an MCP session's id is one). It narrows, it never grants.
class SelectionRoutes {
 public:
  SelectionRoutes(Store& store, oauth::Bearer& bearer, const ControlHooks& hooks, const Clock& clock)
      : store_(store), bearer_(bearer), hooks_(hooks), clock_(clock) {}
  void add_to(Routes& routes);

 private:
  HttpReply show(const Request& request);
  HttpReply put(const Request& request);
  HttpReply reset(const Request& request);
  void changed(const Request& request);

  Store& store_;
  oauth::Bearer& bearer_;
  const ControlHooks& hooks_;
  const Clock& clock_;
};

}  // namespace patchbay::http
