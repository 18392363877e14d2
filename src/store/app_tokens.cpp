#include "store/app_tokens.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"
#include "store/columns.h"
#include "store/derivations.h"

namespace patchbay::store {

namespace {

constexpr std::chrono::hours rotated_are_kept{7 * 24};  // so that a replay is noticed
constexpr std::chrono::hours used_are_kept{24};

struct SecretForm {
  AppSecret kind;
  std::string_view prefix;
  std::string_view word;
};
constexpr SecretForm forms[] = {{AppSecret::access, "pbk_at_", "access"},
                                {AppSecret::refresh, "pbk_rt_", "refresh"},
                                {AppSecret::code, "pbk_ac_", "code"},
                                {AppSecret::device, "pbk_dc_", "device"},
                                {AppSecret::client, "pbk_cs_", "client"}};

const SecretForm& form_of(AppSecret kind) {
  for (const SecretForm& form : forms)
    if (form.kind == kind) return form;
  throw damaged_row();
}

Scope scopes_of_row(const Row& row) {
  return parse_scopes(row.view("scopes")).value_or(Scope::none);
}

LiveAppToken read_live(const Row& row) {
  LiveAppToken live;
  live.hash = row.text("hash");
  live.sign_in = TokenId(row.text("sign_in_id"));
  live.user = UserId(row.text("user_id"));
  live.app = row.text("app_id");
  live.app_name = row.text("app_name");
  live.scopes = scopes_of_row(row) & parse_scopes(row.view("granted")).value_or(Scope::none);
  live.resource = row.text("resource");
  live.expires_at = row.instant("expires_at");
  if (!row.is_null("servers"))
    live.servers = std::make_shared<const Selection>(Selection{from_column(row.view("servers"))});
  return live;
}

}  // namespace

std::string_view prefix_of(AppSecret kind) {
  return form_of(kind).prefix;
}

Secret new_app_secret(AppSecret kind) {
  return app_secret_of(kind, crypto::random_bytes(32));
}

Secret app_secret_of(AppSecret kind, std::string_view bytes) {
  return Secret(cat(form_of(kind).prefix, to_base64url(bytes)));
}

bool is_app_secret(AppSecret kind, std::string_view text) {
  const auto prefix = form_of(kind).prefix;
  if (!text.starts_with(prefix)) return false;
  const auto bytes = from_base64url(text.substr(prefix.size()));
  return bytes && bytes->size() == 32;
}

std::string hash_app_secret(AppSecret kind, std::string_view text) {
  return crypto::sha256(cat(derivations::token_hash, '|', form_of(kind).word, '|', text));
}

void add_app_sign_in(Database& db, const AppSignIn& sign_in) {
  db.run("insert into app_sign_in (id, grant_id, scopes, resource, created_at) values (?, ?, ?, ?, ?)",
         sign_in.id, sign_in.grant, to_text(sign_in.scopes), sign_in.resource, sign_in.created_at);
}

std::optional<AppSignIn> find_app_sign_in(Database& db, const TokenId& id) {
  auto rows = db.query("select id, grant_id, scopes, resource, created_at from app_sign_in where id = ?", id);
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return AppSignIn{TokenId(row->text("id")), AppGrantId(row->text("grant_id")), scopes_of_row(*row),
                   row->text("resource"), row->instant("created_at")};
}

std::vector<TokenId> list_app_sign_ins(Database& db, const AppGrantId& grant) {
  std::vector<TokenId> ids;
  for (const Row& row : db.query("select id from app_sign_in where grant_id = ? order by id", grant))
    ids.emplace_back(row.text("id"));
  return ids;
}

bool remove_app_sign_in(Database& db, const TokenId& id) {
  return db.run("delete from app_sign_in where id = ?", id) != 0;
}

void add_app_token(Database& db, const AppToken& token) {
  db.run(
      "insert into app_token (hash, kind, sign_in_id, scopes, resource, created_at, expires_at)"
      " values (?, ?, ?, ?, ?, ?, ?)",
      Blob{token.hash}, form_of(token.kind).word, token.sign_in, to_text(token.scopes), token.resource,
      token.created_at, token.expires_at);
}

std::optional<AppToken> find_app_token(Database& db, AppSecret kind, std::string_view hash) {
  auto rows = db.query(
      "select hash, sign_in_id, scopes, resource, created_at, expires_at, rotated_at, successor"
      " from app_token where hash = ? and kind = ?",
      Blob{hash}, form_of(kind).word);
  const Row* row = rows.next();
  if (row == nullptr || !crypto::equal(row->view("hash"), hash)) return std::nullopt;
  AppToken token;
  token.hash = row->text("hash");
  token.kind = kind;
  token.sign_in = TokenId(row->text("sign_in_id"));
  token.scopes = scopes_of_row(*row);
  token.resource = row->text("resource");
  token.created_at = row->instant("created_at");
  token.expires_at = row->instant("expires_at");
  token.rotated_at = row->optional_instant("rotated_at");
  if (!row->is_null("successor")) token.successor = row->text("successor");
  return token;
}

bool rotate_app_token(Database& db, std::string_view hash, std::string_view successor, Instant now) {
  return db.run("update app_token set rotated_at = ?, successor = ? where hash = ? and rotated_at is null",
                now, Blob{successor}, Blob{hash}) != 0;
}

void remove_app_token(Database& db, std::string_view hash) {
  db.run("delete from app_token where hash = ?", Blob{hash});
}

std::vector<LiveAppToken> list_live_app_tokens(Database& db, Instant now) {
  std::vector<LiveAppToken> all;
  for (const Row& row : db.query(
           "select t.hash as hash, t.sign_in_id as sign_in_id, t.scopes as scopes, t.resource as resource,"
           " t.expires_at as expires_at, g.user_id as user_id, g.app_id as app_id, g.scopes as granted, "
           "g.servers as servers,"
           " a.name as app_name from app_token t join app_sign_in s on s.id = t.sign_in_id"
           " join app_grant g on g.id = s.grant_id join app a on a.id = g.app_id"
           " where t.kind = 'access' and t.expires_at > ?",
           now))
    all.push_back(read_live(row));
  return all;
}

std::optional<LiveAppToken> find_live_app_token(Database& db, std::string_view hash, Instant now) {
  auto rows = db.query(
      "select t.hash as hash, t.sign_in_id as sign_in_id, t.scopes as scopes, t.resource as resource,"
      " t.expires_at as expires_at, g.user_id as user_id, g.app_id as app_id, g.scopes as granted, g.servers "
      "as servers,"
      " a.name as app_name from app_token t join app_sign_in s on s.id = t.sign_in_id"
      " join app_grant g on g.id = s.grant_id join app a on a.id = g.app_id"
      " where t.hash = ? and t.kind = 'access' and t.expires_at > ?",
      Blob{hash}, now);
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return read_live(*row);
}

void purge_app_tokens(Database& db, Instant now) {
  const Instant long_used = now + -std::chrono::milliseconds(rotated_are_kept);
  const Instant used = now + -std::chrono::milliseconds(used_are_kept);
  db.run("delete from app_token where expires_at < ? or rotated_at < ?", now, long_used);
  db.run("delete from app_code where expires_at < ?", used);
  db.run("delete from app_device where expires_at < ?", now);
  // A sign-in whose last token has gone cannot come back.
  db.run(
      "delete from app_sign_in where not exists (select 1 from app_token t where t.sign_in_id = "
      "app_sign_in.id)");
}

}  // namespace patchbay::store
