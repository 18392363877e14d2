#pragma once

#include "base/error.h"
#include "http/turns.h"
#include "store/audit_writer.h"
#include "store/events.h"
#include "store/store.h"

namespace patchbay::http {

// Verifies the whole audit trail, which holds a worker and the disk for seconds: one at a time. Any thread.
class TrailCheck {
 public:
  TrailCheck(Store& store, store::AuditWriter& writer) : store_(store), writer_(writer) {}

  // Throws Error::limited("verify_busy") while somebody else has it.
  Turns::Turn turn() {
    auto taken = turns_.take("");
    if (!taken)
      throw Error::limited(
          "verify_busy", "The whole audit trail is being verified already. Try again when that is done.", 5);
    return std::move(*taken);
  }
  store::ChainReport verify(const Turns::Turn&) {
    writer_.settle();
    const auto db = store_.connect(DatabaseOptions::Synchronous::normal);  // of its own: nobody waits for it
    return store::verify_chain(*db, store_.vault().audit_chain_key());
  }

 private:
  Store& store_;
  store::AuditWriter& writer_;  // whose events must be in the table before it is read
  Turns turns_{1};
};

}  // namespace patchbay::http
