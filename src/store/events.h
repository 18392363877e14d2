#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secure_bytes.h"
#include "domain/event.h"
#include "domain/person.h"
#include "store/database.h"

namespace patchbay::store {

// A row of the trail as it is stored. `chain` is HMAC-SHA256(audit-chain key, chain of the row before | this
// row), so a changed, moved or missing row is found. Cutting off the newest rows is not: note the head
// elsewhere to see that.
struct StoredEvent {
  std::int64_t sequence = 0;  // counts from 1 without gaps
  Event event;
  std::string chain;
};

// Appends within the caller's transaction, for changes that must not happen unrecorded.
void append_event(Database& db, const SecureBytes& chain_key, const Event& event);
void append_events(Database& db, const SecureBytes& chain_key, const Event* const* events, std::size_t count);

// How far the audit journals are in the table; changed in the transaction that appends their events.
struct JournalMark {
  std::int64_t generation = 0;
  std::int64_t applied = 0;  // events of that generation; all of the generations before
};
JournalMark find_journal_mark(Database& db);
void put_journal_mark(Database& db, const JournalMark& mark);

struct EventFilter {
  std::optional<Instant> since;      // inclusive
  std::optional<Instant> until;      // exclusive
  std::optional<std::string> actor;  // a token's id or name
  std::optional<std::string> server;
  std::optional<std::string> action;
  std::optional<std::string> outcome;
  std::optional<UserId> owner;         // what the person did, in a browser and with any token of theirs
  bool changes_only = false;           // of those that CallCounter has come to; without `owner`
  std::int64_t after = 0;              // a sequence number
  std::optional<std::int64_t> before;  // a sequence number: the next page
  std::int64_t limit = 100;
};
std::vector<StoredEvent> list_events(Database& db, const EventFilter& filter);  // newest first
// The newest row's number, 0 where there is none; and the first `limit` rows after one, oldest first.
std::int64_t last_sequence(Database& db);
std::vector<StoredEvent> list_events_after(Database& db, std::int64_t sequence, std::int64_t limit);
// Oldest first, without holding them; `limit`, `after` and `before` do not count. Stops when `use` returns
// false. It may run for long: give it a connection of its own (Store::connect).
void for_each_event(Database& db, const EventFilter& filter,
                    const std::function<bool(const StoredEvent&)>& use);

// Deletes up to `at_most` of the oldest rows while they are older than `before`, and keeps an anchor so that
// the rest still verifies. How many; call again while that is `at_most`.
int delete_events_before(Database& db, const SecureBytes& chain_key, Instant before, int at_most = 1000);

struct ChainReport {
  std::int64_t rows = 0;
  std::int64_t first = 0;  // sequence numbers; 0 where there are no rows
  std::int64_t last = 0;
  std::string head;                       // hex of the last row's chain value
  std::optional<std::int64_t> broken_at;  // the first row that does not follow from the one before
  bool anchor_broken = false;             // the record of what retention deleted was changed
  bool intact() const { return !broken_at && !anchor_broken; }
};
ChainReport verify_chain(Database& db, const SecureBytes& chain_key);
// The newest rows only, each against the one before it. Quick.
ChainReport verify_newest(Database& db, const SecureBytes& chain_key, std::int64_t rows);

}  // namespace patchbay::store
