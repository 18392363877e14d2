#pragma once

#include "base/clock.h"
#include "base/egress.h"
#include "http/control_hooks.h"
#include "http/rate_limit.h"
#include "http/route.h"
#include "store/store.h"

namespace patchbay::http {

// /v1/servers/probe and /v1/me/servers/probe: what answers at an address, before anybody adds it.
class ProbeRoutes {
 public:
  static constexpr int each_minute = 30;  // of one person: pages ask while somebody types

  ProbeRoutes(Store& store, const ControlHooks& hooks, const Clock& clock)
      : store_(store), hooks_(hooks), clock_(clock) {}
  void add_to(Routes& routes);

 private:
  HttpReply probe(const Request& request);
  HttpReply probe_own(const Request& request);
  HttpReply probe_as(const Request& request, const std::string& asker, UrlSource source);

  Store& store_;
  const ControlHooks& hooks_;
  const Clock& clock_;
  RateLimit limit_{each_minute};
};

}  // namespace patchbay::http
