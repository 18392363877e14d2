#pragma once

#include "base/clock.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "store/store.h"

namespace patchbay::http {

// The catalog as clients fetch it (scope catalog:read), and what an admin sees of its file.
class CatalogRoutes {
 public:
  CatalogRoutes(Store& store, const ControlHooks& hooks, const Clock& clock)
      : store_(store), hooks_(hooks), clock_(clock) {}
  void add_to(Routes& routes);

 private:
  HttpReply publish(const Request& request);
  HttpReply show(const Request& request);
  HttpReply reload(const Request& request);

  Store& store_;
  const ControlHooks& hooks_;
  const Clock& clock_;
};

}  // namespace patchbay::http
