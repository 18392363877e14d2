#include "base/crypto.h"
#include "store/app_tokens.h"

namespace patchbay::store {

namespace {

AppDevice read_device(const Row& row) {
  AppDevice device;
  device.hash = row.text("hash");
  device.user_code = row.text("user_code");
  device.app = row.text("app_id");
  device.scopes = parse_scopes(row.view("scopes")).value_or(Scope::none);
  device.resource = row.text("resource");
  device.remote = row.text("remote");
  device.expires_at = row.instant("expires_at");
  device.polled_at = row.optional_instant("polled_at");
  device.interval_s = row.integer("interval_s");
  if (!row.is_null("grant_id")) device.grant = AppGrantId(row.text("grant_id"));
  device.denied = row.flag("denied");
  return device;
}

}  // namespace

void add_app_code(Database& db, const AppCode& code) {
  db.run(
      "insert into app_code (hash, grant_id, redirect_uri, challenge, resource, scopes, session_id, "
      "expires_at)"
      " values (?, ?, ?, ?, ?, ?, ?, ?)",
      Blob{code.hash}, code.grant, code.redirect_uri, code.challenge, code.resource, to_text(code.scopes),
      code.session, code.expires_at);
}

std::optional<AppCode> find_app_code(Database& db, std::string_view hash) {
  auto rows = db.query(
      "select hash, grant_id, redirect_uri, challenge, resource, scopes, session_id, expires_at, used_at,"
      " sign_in_id from app_code where hash = ?",
      Blob{hash});
  const Row* row = rows.next();
  if (row == nullptr || !crypto::equal(row->view("hash"), hash)) return std::nullopt;
  AppCode code;
  code.hash = row->text("hash");
  code.grant = AppGrantId(row->text("grant_id"));
  code.redirect_uri = row->text("redirect_uri");
  code.challenge = row->text("challenge");
  code.resource = row->text("resource");
  code.scopes = parse_scopes(row->view("scopes")).value_or(Scope::none);
  code.session = SessionId(row->text("session_id"));
  code.expires_at = row->instant("expires_at");
  code.used_at = row->optional_instant("used_at");
  if (!row->is_null("sign_in_id")) code.sign_in = TokenId(row->text("sign_in_id"));
  return code;
}

bool use_app_code(Database& db, std::string_view hash, Instant now) {
  return db.run("update app_code set used_at = ? where hash = ? and used_at is null", now, Blob{hash}) != 0;
}

void note_code_sign_in(Database& db, std::string_view hash, const TokenId& sign_in) {
  db.run("update app_code set sign_in_id = ? where hash = ?", sign_in, Blob{hash});
}

void add_app_device(Database& db, const AppDevice& device) {
  db.run(
      "insert into app_device (hash, user_code, app_id, scopes, resource, remote, expires_at, interval_s, "
      "denied)"
      " values (?, ?, ?, ?, ?, ?, ?, ?, 0)",
      Blob{device.hash}, device.user_code, device.app, to_text(device.scopes), device.resource, device.remote,
      device.expires_at, device.interval_s);
}

std::optional<AppDevice> find_app_device(Database& db, std::string_view hash) {
  auto rows = db.query(
      "select hash, user_code, app_id, scopes, resource, remote, expires_at, polled_at, interval_s, grant_id,"
      " denied from app_device where hash = ?",
      Blob{hash});
  const Row* row = rows.next();
  if (row == nullptr || !crypto::equal(row->view("hash"), hash)) return std::nullopt;
  return read_device(*row);
}

std::optional<AppDevice> find_app_device_by_code(Database& db, std::string_view user_code, Instant now) {
  auto rows = db.query(
      "select hash, user_code, app_id, scopes, resource, remote, expires_at, polled_at, interval_s, grant_id,"
      " denied from app_device where user_code = ? and expires_at > ? and grant_id is null and denied = 0",
      user_code, now);
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return read_device(*row);
}

std::int64_t count_app_devices(Database& db, Instant now) {
  auto rows = db.query("select count(*) as n from app_device where expires_at > ?", now);
  return rows.next()->integer("n");
}

void note_device_poll(Database& db, std::string_view hash, Instant now, std::int64_t interval_s) {
  db.run("update app_device set polled_at = ?, interval_s = ? where hash = ?", now, interval_s, Blob{hash});
}

bool answer_app_device(Database& db, std::string_view hash, const std::optional<AppGrantId>& grant,
                       Scope scopes) {
  return db.run(
             "update app_device set grant_id = ?, denied = ?, scopes = ?"
             " where hash = ? and grant_id is null and denied = 0",
             grant, !grant.has_value(), to_text(scopes), Blob{hash}) != 0;
}

void remove_app_device(Database& db, std::string_view hash) {
  db.run("delete from app_device where hash = ?", Blob{hash});
}

}  // namespace patchbay::store
