#include "store/oauth_flows.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"
#include "store/derivations.h"

namespace patchbay::store {
namespace {

std::string hash_state(std::string_view state) {
  return crypto::sha256(cat(derivations::state, "|", state));
}

Place verifier_place(std::string_view row) {
  return {"oauth_flow", "verifier_sealed", row};
}

OAuthFlow read_flow(const Row& row) {
  OAuthFlow flow;
  flow.id = FlowId(row.text("id"));
  flow.server = ServerId(row.text("server_id"));
  if (!row.is_null("user_id")) flow.user = UserId(row.text("user_id"));
  flow.starter = UserId(row.text("starter_id"));
  flow.session = SessionId(row.text("session_id"));
  flow.client = OAuthClientId(row.text("client"));
  flow.details = row.text("details");
  flow.expires_at = row.instant("expires_at");
  flow.used_at = row.optional_instant("used_at");
  flow.outcome = row.text("outcome");
  flow.message = row.text("message");
  flow.trace = row.text("trace");
  return flow;
}

std::optional<OAuthFlow> first_flow(Query rows) {
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return read_flow(*row);
}

}  // namespace

Secret begin_flow(Database& db, const Vault& vault, OAuthFlow& flow, const Secret& verifier, Instant now) {
  db.run(
      "update oauth_flow set used_at = ?, outcome = 'replaced', message = 'Another sign-in was begun.',"
      " verifier_sealed = null where server_id = ? and user_id is ? and starter_id = ? and used_at is null",
      now, flow.server, flow.user, flow.starter);
  flow.id = FlowId::create(now);
  flow.expires_at = now + flow_lives;
  const std::string state = to_base64url(crypto::random_bytes(32));
  const std::string sealed = vault.seal(db, verifier, verifier_place(flow.id.text()));
  db.run(
      "insert into oauth_flow (id, state_hash, server_id, user_id, starter_id, session_id, client, details,"
      " verifier_sealed, expires_at, outcome, message, trace, created_at)"
      " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', ?, ?)",
      flow.id, Blob{hash_state(state)}, flow.server, flow.user, flow.starter, flow.session, flow.client,
      flow.details, Blob{sealed}, flow.expires_at, flow.trace, now);
  return Secret(state);
}

std::optional<OAuthFlow> find_flow(Database& db, const FlowId& id) {
  return first_flow(db.query("select * from oauth_flow where id = ?", id));
}

std::optional<OAuthFlow> find_flow_by_state(Database& db, std::string_view state) {
  const auto hash = hash_state(state);
  return first_flow(db.query("select * from oauth_flow where state_hash = ?", Blob{hash}));
}

std::optional<Secret> use_flow(Database& db, const Vault& vault, const FlowId& id, const SessionId& session,
                               Instant now) {
  std::optional<Secret> verifier;
  {
    auto rows =
        db.query("select verifier_sealed from oauth_flow where id = ? and verifier_sealed is not null", id);
    const Row* row = rows.next();
    if (row == nullptr) return std::nullopt;
    verifier = vault.open(row->view("verifier_sealed"), verifier_place(id.text()));
  }
  const int used = db.run(
      "update oauth_flow set used_at = ?, verifier_sealed = null"
      " where id = ? and session_id = ? and used_at is null and expires_at > ?",
      now, id, session, now);
  if (used != 1) return std::nullopt;
  return verifier;
}

void burn_flow(Database& db, const FlowId& id, std::string_view outcome, std::string_view message,
               Instant now) {
  db.run(
      "update oauth_flow set used_at = ?, outcome = ?, message = ?, verifier_sealed = null"
      " where id = ? and used_at is null",
      now, outcome, message, id);
}

void end_flow(Database& db, const FlowId& id, std::string_view outcome, std::string_view message,
              std::string_view trace) {
  db.run("update oauth_flow set outcome = ?, message = ?, trace = ? where id = ?", outcome, message, trace,
         id);
}

int purge_flows(Database& db, Instant now) {
  return db.run("delete from oauth_flow where expires_at < ?", now + -std::chrono::hours(24));
}

}  // namespace patchbay::store
