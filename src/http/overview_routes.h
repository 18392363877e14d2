#pragma once

#include <chrono>

#include "base/clock.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "store/audit_writer.h"
#include "store/call_counts.h"
#include "store/store.h"

namespace patchbay::http {

// What an admin sees at a glance: /v1/overview, /v1/overview/servers and /v1/servers/{slug}/health. Read from
// counts, so that it costs the same however long the trail is.
class OverviewRoutes {
 public:
  OverviewRoutes(Store& store, store::AuditWriter& writer, store::CallCounter& counter,
                 const ControlHooks& hooks, const Clock& clock)
      : store_(store), writer_(writer), counter_(counter), hooks_(hooks), clock_(clock) {}
  void add_to(Routes& routes);

 private:
  HttpReply show(const Request& request);
  HttpReply list_servers(const Request& request);
  HttpReply show_health(const Request& request);
  bool count_up(Instant now);

  Store& store_;
  store::AuditWriter& writer_;
  store::CallCounter& counter_;
  const ControlHooks& hooks_;
  const Clock& clock_;
};

}  // namespace patchbay::http
