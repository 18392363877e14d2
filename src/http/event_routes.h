#pragma once

#include <cstddef>

#include "base/clock.h"
#include "http/route.h"
#include "http/trail_check.h"
#include "store/audit_writer.h"
#include "store/call_counts.h"
#include "store/events.h"
#include "store/store.h"

namespace patchbay::http {

// /v1/audit: the audit trail, read and proved. /v1/me/activity: what one did oneself.
class EventRoutes {
 public:
  // An export that would be longer is refused whole, never cut.
  static constexpr std::size_t longest_export = 128 * 1024 * 1024;

  EventRoutes(Store& store, store::AuditWriter& writer, store::CallCounter& counter, TrailCheck& check,
              const Clock& clock, std::size_t export_bytes = longest_export)
      : store_(store),
        writer_(writer),
        counter_(counter),
        check_(check),
        clock_(clock),
        export_bytes_(export_bytes) {}
  void add_to(Routes& routes);

 private:
  HttpReply list(const Request& request);
  HttpReply list_own(const Request& request);
  HttpReply page_of(const Request& request, store::EventFilter filter);
  std::vector<store::StoredEvent> own_rows(const Caller& caller, store::EventFilter filter);
  HttpReply write_out(const Request& request);
  HttpReply verify(const Request& request);

  Store& store_;
  store::AuditWriter& writer_;   // whose events must be in the table before it is read
  store::CallCounter& counter_;  // who knows which rows are changes
  TrailCheck& check_;
  const Clock& clock_;
  std::size_t export_bytes_;
};

}  // namespace patchbay::http
