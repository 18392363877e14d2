#include "http/app_row.h"

#include "base/encoding.h"
#include "http/audit_row.h"
#include "http/signing_in.h"

namespace patchbay::http {

Event app_row(const Request& request, const Caller& caller, std::string_view action, const App& app,
              Instant now) {
  Event row = audit_row(request, action, now);
  row.actor = actor_of(caller);
  row.actor_name = caller.name;
  row.client = browser_of(request);
  row.tool = clean_text(app.name.empty() ? app.id : app.name, 128, false);
  return row;
}

}  // namespace patchbay::http
