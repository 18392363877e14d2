#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "store/store.h"

namespace patchbay::http {

// How the appliance is: for probes (public, and saying no more than they need), for admins, and for
// Prometheus.
class StatusRoutes {
 public:
  StatusRoutes(Store& store, const ControlHooks& hooks, const Clock& clock)
      : store_(store), hooks_(hooks), clock_(clock), started_at_(clock.now()) {}
  void add_to(Routes& routes);

 private:
  HttpReply health(const Request& request);
  HttpReply readiness(const Request& request);
  HttpReply status(const Request& request);
  HttpReply metrics(const Request& request);
  bool store_answers() const;
  bool key_is_there() const;

  Store& store_;
  const ControlHooks& hooks_;
  const Clock& clock_;
  const Instant started_at_;
};

}  // namespace patchbay::http
