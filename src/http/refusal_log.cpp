#include "http/refusal_log.h"

#include "base/encoding.h"
#include "http/audit_row.h"
#include "http/signing_in.h"

namespace patchbay::http {

Event refused_row(const Request& request, std::string_view action, std::string_view reason,
                  std::string_view what, Instant now) {
  Event row = audit_row(request, action, now);
  row.client = browser_of(request);
  row.tool = clean_text(what, 128, false);
  row.outcome = "refused";
  row.reason = reason;
  return row;
}

bool RefusalLog::record(const Request& request, std::string_view action, std::string_view reason,
                        std::string_view what) {
  return record(request, refused_row(request, action, reason, what, clock_.now()), reason);
}

bool RefusalLog::takes(const Request& request) {
  return limit_.take(request.http.peer, clock_.now()) == RateLimit::Verdict::allowed;
}

bool RefusalLog::record(const Request& request, Event row, std::string_view reason) {
  if (!takes(request)) return false;
  row.outcome = "refused";
  row.reason = reason;
  store_.transact([&](Database& db) { http::record(store_, db, row); });
  return true;
}

}  // namespace patchbay::http
