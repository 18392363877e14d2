#include "http/approval_word.h"

#include <algorithm>

#include "base/error.h"
#include "http/audit_row.h"
#include "http/user_body.h"

namespace patchbay::http {

void give_word(Store& store, gateway::Approvals& approvals, const Request& request, bool allow, Instant now) {
  const UserId user = require_person(request.caller).id;
  const auto& id = request.part("approval");
  const auto waiting = approvals.list(user);
  const auto found = std::ranges::find(waiting, id, &gateway::Approval::id);
  if (found != waiting.end())
    store.transact([&](Database& db) {
      Event row = audit_row(request, allow ? "approval.allow" : "approval.refuse", now);
      row.server = found->server;
      row.tool = found->tool;
      record(store, db, row);
    });
  approvals.decide(user, id, allow);  // also says that there is none
}

}  // namespace patchbay::http
