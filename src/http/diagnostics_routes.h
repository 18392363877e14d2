#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "http/trail_check.h"
#include "store/audit_writer.h"
#include "store/store.h"

namespace patchbay::http {

// One thing that was looked at.
struct Check {
  enum class Verdict : std::uint8_t { pass, warn, fail, skip };
  std::string_view id;
  Verdict verdict = Verdict::pass;
  std::string message;  // a sentence: what is, and what to do where it should not be
};

// /v1/diagnostics: whether the appliance and what is around it are in order, and a report of it that can be
// given away. What takes long or leaves the machine is done only when asked for (POST).
class DiagnosticsRoutes {
 public:
  DiagnosticsRoutes(Store& store, store::AuditWriter& writer, TrailCheck& trail, const ControlHooks& hooks,
                    const Clock& clock, std::string public_url)
      : store_(store),
        writer_(writer),
        trail_(trail),
        hooks_(hooks),
        clock_(clock),
        public_url_(std::move(public_url)),
        started_at_(clock.now()) {}
  void add_to(Routes& routes);

 private:
  HttpReply show(const Request& request);
  HttpReply run(const Request& request);
  std::vector<Check> look(const Request& request) const;
  Check public_address(const HttpRequest& request) const;
  Check proxy(const HttpRequest& request) const;
  Check certificate() const;
  Check disk() const;
  Check database() const;
  Check audit() const;
  Check whole_audit(const Turns::Turn& turn) const;
  Check catalog() const;
  Check servers() const;
  Check outbound(const Request& request) const;
  HttpReply reply(const HttpRequest& request, const std::vector<Check>& checks) const;
  std::string report(const HttpRequest& request, const std::vector<Check>& checks) const;

  Store& store_;
  store::AuditWriter& writer_;
  TrailCheck& trail_;
  const ControlHooks& hooks_;
  const Clock& clock_;
  const std::string public_url_;
  const Instant started_at_;
};

}  // namespace patchbay::http
