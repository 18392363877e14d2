#include "store/browser_sessions.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "store/derivations.h"

namespace patchbay::store {
namespace {

constexpr std::string_view session_prefix = "pbk_ses_";
constexpr std::string_view invite_prefix = "pbk_inv_";

std::string hash_of(std::string_view kind, std::string_view value) {
  return crypto::sha256(cat(derivations::token_hash, '|', kind, '|', value));
}

Secret new_value(std::string_view prefix) {
  return Secret(cat(prefix, to_base64url(crypto::random_bytes(32))));
}

BrowserSession read_session(const Row& row) {
  BrowserSession session;
  session.id = SessionId(row.text("id"));
  session.user = UserId(row.text("user_id"));
  session.created_at = row.instant("created_at");
  session.last_seen_at = row.instant("last_seen_at");
  session.confirmed_at = row.instant("confirmed_at");
  session.expires_at = row.instant("expires_at");
  session.remote = row.text("remote");
  session.client = row.text("client");
  session.role = parse_role(row.view("role"));
  return session;
}

}  // namespace

NewSession start_session(Database& db, const UserId& user, std::string_view remote, std::string_view client,
                         Instant now) {
  NewSession made{{SessionId::create(now), user, now, now, now, now + session_longest_time,
                   std::string(remote), std::string(client)},
                  new_value(session_prefix)};
  const BrowserSession& session = made.session;
  db.run(
      "insert into browser_session (id, hash, user_id, created_at, last_seen_at, confirmed_at, expires_at,"
      " remote, client, role) values (?, ?, ?, ?, ?, ?, ?, ?, ?, (select role from user where id = ?))",
      session.id, Blob{hash_of(session_prefix, made.value.reveal())}, user, now, now, now, session.expires_at,
      session.remote, session.client, user);
  return made;
}

std::optional<BrowserSession> find_session(Database& db, std::string_view value, Instant now) {
  if (!value.starts_with(session_prefix)) return std::nullopt;
  const std::string hash = hash_of(session_prefix, value);
  auto rows = db.query("select * from browser_session where hash = ? or (old_hash = ? and old_until > ?)",
                       Blob{hash}, Blob{hash}, now);
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  auto session = read_session(*row);
  session.by_old_value = !crypto::equal(row->view("hash"), hash);
  if (session.by_old_value && !crypto::equal(row->view("old_hash"), hash)) return std::nullopt;
  if (!session.is_live(now)) return std::nullopt;
  return session;
}

bool has_session(Database& db, const SessionId& id) {
  auto rows = db.query("select id from browser_session where id = ?", id);
  return rows.next() != nullptr;
}

void touch_session(Database& db, const SessionId& id, Instant now) {
  db.run("update browser_session set last_seen_at = ? where id = ?", now, id);
}

std::optional<Secret> renew_session(Database& db, const SessionId& id, Role role, Instant now) {
  Secret value = new_value(session_prefix);
  const int changed = db.run(
      "update browser_session set old_hash = hash, old_until = ?, hash = ?, role = ?, confirmed_at = 0"
      " where id = ? and role <> ?",
      now + old_value_is_good, Blob{hash_of(session_prefix, value.reveal())}, to_text(role), id,
      to_text(role));
  if (changed == 0) return std::nullopt;
  return value;
}

Secret confirm_session(Database& db, const SessionId& id, Instant now) {
  Secret value = new_value(session_prefix);
  if (db.run("update browser_session set hash = ?, old_hash = null, old_until = null, last_seen_at = ?,"
             " confirmed_at = ? where id = ?",
             Blob{hash_of(session_prefix, value.reveal())}, now, now, id) == 0)
    throw Error::unauthenticated("no_session", "You are signed out. Sign in again.");
  return value;
}

std::vector<BrowserSession> list_sessions(Database& db, const UserId& user, Instant now,
                                          std::string_view before) {
  std::vector<BrowserSession> sessions;
  for (const Row& row :
       db.query("select * from browser_session where user_id = ? and (? = '' or id < ?) order by id desc",
                user, before, before)) {
    auto session = read_session(row);
    if (session.is_live(now)) sessions.push_back(std::move(session));
  }
  return sessions;
}

bool end_session(Database& db, const UserId& user, const SessionId& id) {
  return db.run("delete from browser_session where id = ? and user_id = ?", id, user) > 0;
}

int end_sessions(Database& db, const UserId& user, const SessionId& except) {
  return db.run("delete from browser_session where user_id = ? and id <> ?", user, except);
}

int purge_sessions(Database& db, Instant now) {
  return db.run("delete from browser_session where expires_at <= ? or last_seen_at <= ?", now,
                now + -session_idle_time);
}

void drop_setup_invites(Database& db) {
  db.run("delete from invite where user_id is null");
}

Secret create_invite(Database& db, const std::optional<UserId>& user, std::optional<Instant> expires_at,
                     Instant now) {
  if (user)
    db.run("delete from invite where user_id = ?", *user);
  else
    drop_setup_invites(db);
  Secret value = new_value(invite_prefix);
  db.run("insert into invite (id, hash, user_id, created_at, expires_at) values (?, ?, ?, ?, ?)",
         new_uuid(now), Blob{hash_of(invite_prefix, value.reveal())}, user, now, expires_at);
  return value;
}

std::optional<Invite> find_invite(Database& db, std::string_view value, Instant now) {
  const std::string hash = hash_of(invite_prefix, value);
  auto rows = db.query("select hash, user_id, expires_at from invite where hash = ?", Blob{hash});
  const Row* row = rows.next();
  if (row == nullptr || !crypto::equal(row->view("hash"), hash)) return std::nullopt;
  Invite invite;
  if (!row->is_null("user_id")) invite.user = UserId(row->text("user_id"));
  invite.expires_at = row->optional_instant("expires_at");
  if (invite.expires_at && *invite.expires_at <= now) return std::nullopt;
  return invite;
}

bool take_invite(Database& db, std::string_view value, Instant now) {
  return db.run("delete from invite where hash = ? and (expires_at is null or expires_at > ?)",
                Blob{hash_of(invite_prefix, value)}, now) == 1;
}

}  // namespace patchbay::store
