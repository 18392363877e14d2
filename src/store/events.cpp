#include "store/events.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "store/derivations.h"
#include "store/event_text.h"

namespace patchbay::store {
namespace {

// Where the chain stands: the last row that was written, or deleted by retention.
struct Head {
  std::int64_t sequence = 0;
  std::string chain = std::string(32, '\0');
};

// What the chain covers: the name of the form, the chain before, then the row.
void serialise(std::string& out, const Head& before, std::int64_t sequence, const Event& event) {
  out.assign(derivations::event_row);
  put_text(out, before.chain);
  put_number(out, sequence);
  put_event(out, event);
}

std::string anchor_mac(const SecureBytes& chain_key, const Head& head) {
  std::string text(derivations::event_anchor);
  put_number(text, head.sequence);
  put_text(text, head.chain);
  return crypto::hmac_sha256(chain_key.reveal(), text);
}

std::optional<Head> find_anchor(Database& db) {
  auto rows = db.query("select sequence, chain from event_anchor where id = 1");
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return Head{row->integer("sequence"), row->text("chain")};
}

Head find_head(Database& db) {
  auto rows = db.query("select sequence, chain from event order by sequence desc limit 1");
  if (const Row* row = rows.next()) return {row->integer("sequence"), row->text("chain")};
  return find_anchor(db).value_or(Head{});
}

bool anchor_is_ours(Database& db, const SecureBytes& chain_key, const Head& anchor) {
  auto rows = db.query("select mac from event_anchor where id = 1");
  const Row* row = rows.next();
  return row != nullptr && crypto::equal(row->view("mac"), anchor_mac(chain_key, anchor));
}

void put_anchor(Database& db, const SecureBytes& chain_key, const Head& head) {
  const std::string mac = anchor_mac(chain_key, head);
  if (db.run("update event_anchor set sequence = ?, chain = ?, mac = ? where id = 1", head.sequence,
             Blob{head.chain}, Blob{mac}) == 0)
    db.run("insert into event_anchor (id, sequence, chain, mac) values (1, ?, ?, ?)", head.sequence,
           Blob{head.chain}, Blob{mac});
}

StoredEvent read_event(const Row& row) {
  StoredEvent stored;
  stored.sequence = row.integer("sequence");
  stored.chain = row.text("chain");
  Event& event = stored.event;
  event.at = row.instant("at");
  event.actor = row.text("actor");
  event.actor_name = row.text("actor_name");
  event.client = row.text("client");
  event.action = row.text("action");
  event.server = row.text("server");
  event.tool = row.text("tool");
  event.outcome = row.text("outcome");
  event.reason = row.text("reason");
  event.duration_us = row.integer("duration_us");
  event.request_bytes = row.integer("request_bytes");
  event.response_bytes = row.integer("response_bytes");
  event.remote = row.text("remote");
  return stored;
}

}  // namespace

void append_event(Database& db, const SecureBytes& chain_key, const Event& event) {
  const Event* one = &event;
  append_events(db, chain_key, &one, 1);
}

void append_events(Database& db, const SecureBytes& chain_key, const Event* const* events,
                   std::size_t count) {
  Head head = find_head(db);
  crypto::Hmac hmac(chain_key);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    const Event& event = *events[i];
    const auto sequence = head.sequence + 1;
    serialise(text, head, sequence, event);
    head = {sequence, hmac.of(text)};
    db.run(
        "insert into event (sequence, at, actor, actor_name, client, action, server, tool, outcome, reason,"
        " duration_us, request_bytes, response_bytes, remote, chain)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        sequence, event.at, event.actor, event.actor_name, event.client, event.action, event.server,
        event.tool, event.outcome, event.reason, event.duration_us, event.request_bytes, event.response_bytes,
        event.remote, Blob{head.chain});
  }
}

namespace {

std::vector<StoredEvent> list_changes(Database& db, const EventFilter& filter) {
  std::vector<StoredEvent> events;
  for (const Row& row : db.query(
           "select event.sequence as sequence, at, actor, actor_name, client, action, server, tool, outcome, "
           "reason, duration_us, request_bytes, response_bytes, remote, chain"
           " from event_change join event on event.sequence = event_change.sequence"
           " where event_change.sequence > ? and event_change.sequence < ? and at >= ? and at < ?"
           " and (actor = coalesce(?, actor) or actor_name = ?) and server = coalesce(?, server)"
           " and action = coalesce(?, action) and outcome = coalesce(?, outcome)"
           " order by event_change.sequence desc limit ?",
           filter.after, filter.before.value_or(INT64_MAX), filter.since.value_or(Instant{INT64_MIN}),
           filter.until.value_or(Instant{INT64_MAX}), filter.actor, filter.actor, filter.server,
           filter.action, filter.outcome, filter.limit))
    events.push_back(read_event(row));
  return events;
}

}  // namespace

std::vector<StoredEvent> list_events(Database& db, const EventFilter& filter) {
  if (filter.changes_only) return list_changes(db, filter);
  std::vector<StoredEvent> events;
  for (const Row& row : db.query(
           "select sequence, at, actor, actor_name, client, action, server, tool, outcome, reason, "
           "duration_us,"
           " request_bytes, response_bytes, remote, chain from event"
           " where sequence > ? and sequence < ? and at >= ? and at < ? and (actor = coalesce(?, actor) or "
           "actor_name = ?)"
           " and server = coalesce(?, server) and action = coalesce(?, action) and outcome = coalesce(?, "
           "outcome)"
           " and (? is null or actor = ? or actor in (select id from token where user_id = ?) or actor in "
           "(select app_sign_in.id from app_sign_in join app_grant on app_grant.id = grant_id where "
           "app_grant.user_id = ?))"
           " order by sequence desc limit ?",
           filter.after, filter.before.value_or(INT64_MAX), filter.since.value_or(Instant{INT64_MIN}),
           filter.until.value_or(Instant{INT64_MAX}), filter.actor, filter.actor, filter.server,
           filter.action, filter.outcome, filter.owner, filter.owner, filter.owner, filter.owner,
           filter.limit))
    events.push_back(read_event(row));
  return events;
}

std::int64_t last_sequence(Database& db) {
  auto rows = db.query("select sequence from event order by sequence desc limit 1");
  const Row* row = rows.next();
  return row == nullptr ? 0 : row->integer("sequence");
}

std::vector<StoredEvent> list_events_after(Database& db, std::int64_t sequence, std::int64_t limit) {
  std::vector<StoredEvent> events;
  for (const Row& row :
       db.query("select sequence, at, actor, actor_name, client, action, server, tool, outcome, reason, "
                "duration_us, request_bytes, response_bytes, remote, chain from event where sequence > ?"
                " order by sequence limit ?",
                sequence, limit))
    events.push_back(read_event(row));
  return events;
}

void for_each_event(Database& db, const EventFilter& filter,
                    const std::function<bool(const StoredEvent&)>& use) {
  for (const Row& row :
       db.query("select sequence, at, actor, actor_name, client, action, server, tool, outcome, reason, "
                "duration_us,"
                " request_bytes, response_bytes, remote, chain from event"
                " where at >= ? and at < ? and (actor = coalesce(?, actor) or actor_name = ?)"
                " and server = coalesce(?, server) and action = coalesce(?, action) and outcome = "
                "coalesce(?, outcome)"
                " order by sequence",
                filter.since.value_or(Instant{INT64_MIN}), filter.until.value_or(Instant{INT64_MAX}),
                filter.actor, filter.actor, filter.server, filter.action, filter.outcome))
    if (!use(read_event(row))) return;
}

int delete_events_before(Database& db, const SecureBytes& chain_key, Instant before, int at_most) {
  Head last;
  for (const Row& row :
       db.query("select sequence, at, chain from event order by sequence limit ?", at_most)) {
    if (row.instant("at") >= before) break;
    last = {row.integer("sequence"), row.text("chain")};
  }
  if (last.sequence == 0) return 0;
  put_anchor(db, chain_key, last);
  return db.run("delete from event where sequence <= ?", last.sequence);
}

namespace {

// What the oldest row follows from.
Head find_anchored_head(Database& db, const SecureBytes& chain_key, ChainReport& report) {
  const auto anchor = find_anchor(db);
  report.anchor_broken = anchor && !anchor_is_ours(db, chain_key, *anchor);
  return anchor.value_or(Head{});
}

}  // namespace

ChainReport verify_chain(Database& db, const SecureBytes& chain_key) {
  ChainReport report;
  Head head = find_anchored_head(db, chain_key, report);
  crypto::Hmac hmac(chain_key);
  std::string text;
  for_each_event(db, {}, [&](const StoredEvent& stored) {
    serialise(text, head, head.sequence + 1, stored.event);
    const bool follows = stored.sequence == head.sequence + 1 && crypto::equal(stored.chain, hmac.of(text));
    if (!follows && !report.broken_at) report.broken_at = stored.sequence;
    if (report.rows++ == 0) report.first = stored.sequence;
    head = {stored.sequence, stored.chain};
    return true;
  });
  if (report.rows > 0) {
    report.last = head.sequence;
    report.head = to_hex(head.chain);
  }
  return report;
}

ChainReport verify_newest(Database& db, const SecureBytes& chain_key, std::int64_t rows) {
  ChainReport report;
  Head head = find_anchored_head(db, chain_key, report);
  if (const auto last = last_sequence(db); last - rows > head.sequence) {
    head = {last - rows, {}};  // where that row is gone, the next one follows from nothing
    auto before = db.query("select chain from event where sequence = ?", head.sequence);
    if (const Row* row = before.next()) head.chain = row->text("chain");
  }
  crypto::Hmac hmac(chain_key);
  std::string text;
  for (const StoredEvent& stored : list_events_after(db, head.sequence, rows)) {
    serialise(text, head, head.sequence + 1, stored.event);
    const bool follows = stored.sequence == head.sequence + 1 && crypto::equal(stored.chain, hmac.of(text));
    if (!follows && !report.broken_at) report.broken_at = stored.sequence;
    if (report.rows++ == 0) report.first = stored.sequence;
    head = {stored.sequence, stored.chain};
  }
  if (report.rows > 0) {
    report.last = head.sequence;
    report.head = to_hex(head.chain);
  }
  return report;
}

JournalMark find_journal_mark(Database& db) {
  auto rows = db.query("select generation, applied from event_journal where id = 1");
  const Row* row = rows.next();
  return row == nullptr ? JournalMark{} : JournalMark{row->integer("generation"), row->integer("applied")};
}

void put_journal_mark(Database& db, const JournalMark& mark) {
  if (db.run("update event_journal set generation = ?, applied = ? where id = 1", mark.generation,
             mark.applied) == 0)
    db.run("insert into event_journal (id, generation, applied) values (1, ?, ?)", mark.generation,
           mark.applied);
}

}  // namespace patchbay::store
