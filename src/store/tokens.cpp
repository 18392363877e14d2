#include "store/tokens.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "store/derivations.h"

namespace patchbay::store {
namespace {

constexpr std::string_view prefix = "pbk_";
constexpr std::string_view kind = "api";
constexpr std::size_t longest_name = 100;

Token read_token(const Row& row) {
  Token token;
  token.id = TokenId(row.text("id"));
  token.name = row.text("name");
  token.scopes = parse_scopes(row.view("scopes")).value_or(Scope::none);
  token.audience = row.text("audience");
  token.created_at = row.instant("created_at");
  token.expires_at = row.optional_instant("expires_at");
  token.revoked_at = row.optional_instant("revoked_at");
  token.last_used_at = row.optional_instant("last_used_at");
  token.last_client = row.text("last_client");
  if (!row.is_null("user_id")) token.user = UserId(row.text("user_id"));
  return token;
}

void check_wish(Database& db, const TokenWish& wish, Instant now) {
  if (wish.name.empty() || wish.name.size() > longest_name ||
      clean_text(wish.name, longest_name, false) != wish.name)
    throw Error::invalid("token_name", "The token's name must be 1 to 100 bytes of plain text.");
  if (wish.scopes == Scope::none)
    throw Error::invalid(
        "token_scope",
        "The token needs at least one scope: mcp:read, mcp:write, catalog:read, admin:read, admin.");
  if (wish.expires_at && *wish.expires_at <= now)
    throw Error::invalid("token_expiry", "The token would have expired already. Choose a time to come.");
  auto rows = db.query(
      "select id from token where name = ? and coalesce(user_id, '') = coalesce(?, '') and revoked_at is null"
      " and (expires_at is null or expires_at > ?)",
      wish.name, wish.user, now);
  if (rows.next() != nullptr)
    throw Error::conflict("token_name_taken", cat("There is a token named \"", wish.name,
                                                  "\". Revoke it first or choose another name."));
}

}  // namespace

std::string hash_token(std::string_view token) {
  return crypto::sha256(cat(derivations::token_hash, '|', kind, '|', token));
}

bool is_token(std::string_view text) {
  if (!text.starts_with(prefix)) return false;
  const auto bytes = from_base64url(text.substr(prefix.size()));
  return bytes && bytes->size() == 32;
}

NewToken create_token(Database& db, const TokenWish& wish, Instant now) {
  check_wish(db, wish, now);
  NewToken made;
  if (!wish.given.empty() && !is_token(wish.given.reveal()))
    throw Error::invalid(
        "token_form",
        "A token made elsewhere must be \"pbk_\" and 43 characters of base64url: 32 random bytes.");
  made.secret = wish.given.empty() ? Secret(cat(prefix, to_base64url(crypto::random_bytes(32)))) : wish.given;
  Token& token = made.token;
  token.id = TokenId::create(now);
  token.name = wish.name;
  token.scopes = wish.scopes;
  token.audience = wish.audience;
  token.created_at = now;
  token.expires_at = wish.expires_at;
  token.user = wish.user;
  const std::string hash = hash_token(made.secret.reveal());
  db.run(
      "insert into token (id, name, hash, scopes, audience, created_at, expires_at, last_client, user_id)"
      " values (?, ?, ?, ?, ?, ?, ?, '', ?)",
      token.id, token.name, Blob{hash}, to_text(token.scopes), token.audience, token.created_at,
      token.expires_at, token.user);
  return made;
}

std::vector<Token> list_tokens(Database& db, const IdPage& page) {
  std::vector<Token> tokens;
  for (const Row& row : db.query("select id, name, scopes, audience, created_at, expires_at, revoked_at, "
                                 "last_used_at, last_client, user_id"
                                 " from token where id > ? order by id limit ?",
                                 page.after, page.limit))
    tokens.push_back(read_token(row));
  return tokens;
}

std::optional<Token> find_token(Database& db, const TokenId& id) {
  auto rows = db.query(
      "select id, name, scopes, audience, created_at, expires_at, revoked_at, last_used_at, last_client, "
      "user_id"
      " from token where id = ?",
      id);
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return read_token(*row);
}

std::optional<Token> find_token_by_hash(Database& db, std::string_view hash) {
  auto rows = db.query(
      "select id, name, hash, scopes, audience, created_at, expires_at, revoked_at, last_used_at, "
      "last_client, user_id"
      " from token where hash = ?",
      Blob{hash});
  const Row* row = rows.next();
  if (row == nullptr || !crypto::equal(row->view("hash"), hash)) return std::nullopt;
  return read_token(*row);
}

Token require_token(Database& db, std::string_view name_or_id) {
  auto rows = db.query(
      "select id, name, scopes, audience, created_at, expires_at, revoked_at, last_used_at, last_client, "
      "user_id"
      " from token where id = ? or (name = ? and revoked_at is null) order by id desc limit 1",
      name_or_id, name_or_id);
  const Row* row = rows.next();
  if (row == nullptr)
    throw Error::not_found(
        "no_token", cat("There is no token \"", name_or_id, "\". List them with: patchbay token list"));
  return read_token(*row);
}

std::vector<Token> list_tokens_of(Database& db, const UserId& user, const IdPage& page) {
  std::vector<Token> tokens;
  for (const Row& row : db.query(
           "select id, name, scopes, audience, created_at, expires_at, revoked_at, last_used_at, last_client,"
           " user_id from token where user_id = ? and id > ? order by id limit ?",
           user, page.after, page.limit))
    tokens.push_back(read_token(row));
  return tokens;
}

std::vector<StoredToken> list_live_tokens(Database& db, Instant now) {
  std::vector<StoredToken> tokens;
  for (const Row& row :
       db.query("select id, name, hash, scopes, audience, created_at, expires_at, revoked_at, last_used_at, "
                "last_client, user_id"
                " from token where revoked_at is null and (expires_at is null or expires_at > ?) order by id",
                now))
    tokens.push_back({row.text("hash"), read_token(row)});
  return tokens;
}

void revoke_token(Database& db, const TokenId& id, Instant now) {
  if (db.run("update token set revoked_at = coalesce(revoked_at, ?) where id = ?", now, id) == 0)
    throw Error::not_found("no_token", "There is no such token. List them with: patchbay token list");
}

int purge_tokens(Database& db, Instant before) {
  return db.run("delete from token where expires_at < ? or revoked_at < ?", before, before);
}

void TokenUses::note(const TokenId& token, Instant at, std::string_view client) {
  uses_.with([&](std::map<TokenId, TokenUse>& uses) {
    TokenUse& use = uses[token];
    use.at = at;
    if (!client.empty()) use.client = client;
  });
}

std::map<TokenId, TokenUse> TokenUses::take() {
  return uses_.with([](std::map<TokenId, TokenUse>& uses) { return std::exchange(uses, {}); });
}

void touch_tokens(Database& db, const std::map<TokenId, TokenUse>& uses) {
  for (const auto& [id, use] : uses)
    db.run(
        "update token set last_used_at = ?, last_client = case when ? = '' then last_client else ? end where "
        "id = ?",
        use.at, use.client, use.client, id);
}

}  // namespace patchbay::store
