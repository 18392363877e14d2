#include "store/accounts.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "store/columns.h"

namespace patchbay::store {
namespace {

using Json = nlohmann::json;
using Origin = OAuthClient::Origin;

std::string_view to_text(Origin origin) {
  switch (origin) {
    case Origin::typed:
      return "typed";
    case Origin::document:
      return "document";
    case Origin::registered:
      break;
  }
  return "registered";
}

Origin parse_origin(std::string_view text) {
  for (const auto origin : {Origin::typed, Origin::registered, Origin::document})
    if (to_text(origin) == text) return origin;
  throw damaged_row();
}

Place secret_place(std::string_view row) {
  return {"oauth_client", "secret_sealed", row};
}
// One row of an account is given new tokens again and again; each generation opens by itself only.
Place access_place(std::string_view row, std::int64_t generation) {
  return {"oauth_account", "access_sealed", row, generation};
}
Place refresh_place(std::string_view row, std::int64_t generation) {
  return {"oauth_account", "refresh_sealed", row, generation};
}

OAuthClient read_client(const Row& row, const Vault& vault) {
  OAuthClient client;
  client.id = OAuthClientId(row.text("id"));
  client.server = ServerId(row.text("server_id"));
  client.issuer = row.text("issuer");
  client.origin = parse_origin(row.view("origin"));
  client.client_id = row.text("client_id");
  client.auth = known(parse_client_auth(row.view("auth_method")));
  if (!row.is_null("secret_sealed"))
    client.secret = vault.open(row.view("secret_sealed"), secret_place(row.view("id")));
  client.redirect_uri = row.text("redirect_uri");
  client.expires_at = row.optional_instant("expires_at");
  return client;
}

std::optional<OAuthClient> first_client(Query rows, const Vault& vault) {
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return read_client(*row, vault);
}

TokenEndpoints read_endpoints(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw damaged_row();
  return {json.value("token", ""), json.value("revocation", "")};
}

std::string to_column(const TokenEndpoints& endpoints) {
  const Json json = {{"token", endpoints.token}, {"revocation", endpoints.revocation}};
  return json.dump();
}

Account read_account(const Row& row) {
  Account account;
  account.id = AccountId(row.text("id"));
  account.server = ServerId(row.text("server_id"));
  if (!row.is_null("user_id")) account.user = UserId(row.text("user_id"));
  account.client = OAuthClientId(row.text("client"));
  account.issuer = row.text("issuer");
  account.resource = row.text("resource");
  account.endpoints = read_endpoints(row.view("endpoints"));
  account.scope = row.text("scope");
  account.wanted_scope = row.text("wanted_scope");
  account.expires_at = row.optional_instant("expires_at");
  account.generation = row.integer("generation");
  account.has_access = !row.is_null("access_sealed");
  account.has_refresh = !row.is_null("refresh_sealed");
  account.is_refreshing = row.flag("refreshing");
  account.reason = row.text("reason");
  account.created_at = row.instant("created_at");
  account.updated_at = row.instant("updated_at");
  return account;
}

std::optional<Account> first_account(Query rows) {
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return read_account(*row);
}

std::vector<Account> all_accounts(Query rows) {
  std::vector<Account> accounts;
  for (const Row& row : rows) accounts.push_back(read_account(row));
  return accounts;
}

std::optional<std::string> seal(Database& db, const Vault& vault, const Secret& secret, const Place& place) {
  if (secret.empty()) return std::nullopt;
  return vault.seal(db, secret, place);
}

std::optional<Blob> blob(const std::optional<std::string>& sealed) {
  if (!sealed) return std::nullopt;
  return Blob{*sealed};
}

}  // namespace

std::optional<OAuthClient> find_oauth_client(Database& db, const Vault& vault, const ServerId& server,
                                             std::string_view issuer) {
  return first_client(
      db.query("select * from oauth_client where server_id = ? and (issuer = ? or origin = 'typed')"
               " order by issuer",
               server, issuer),
      vault);
}

std::optional<OAuthClient> find_oauth_client(Database& db, const Vault& vault, const OAuthClientId& id) {
  return first_client(db.query("select * from oauth_client where id = ?", id), vault);
}

OAuthClient put_oauth_client(Database& db, const Vault& vault, OAuthClient client, Instant now) {
  client.id = OAuthClientId::create(now);
  {
    auto rows = db.query("select id from oauth_client where server_id = ? and issuer = ? and client_id = ?",
                         client.server, client.issuer, client.client_id);
    // Accounts go on with a client whose secret is new.
    if (const Row* row = rows.next()) client.id = OAuthClientId(row->text("id"));
  }
  db.run("delete from oauth_client where server_id = ? and issuer = ?", client.server, client.issuer);
  const auto sealed = seal(db, vault, client.secret, secret_place(client.id.text()));
  db.run(
      "insert into oauth_client (id, server_id, issuer, origin, client_id, auth_method, secret_sealed,"
      " redirect_uri, expires_at, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      client.id, client.server, client.issuer, to_text(client.origin), client.client_id, to_text(client.auth),
      blob(sealed), client.redirect_uri, client.expires_at, now);
  return client;
}

void remove_oauth_client(Database& db, const OAuthClientId& id) {
  db.run("delete from oauth_client where id = ?", id);
}

std::optional<OAuthClient> find_typed_client(Database& db, const Vault& vault, const ServerId& server) {
  return first_client(db.query("select * from oauth_client where server_id = ? and origin = 'typed'", server),
                      vault);
}

std::string accepted_issuer(Database& db, const ServerId& server) {
  auto rows = db.query("select oauth_issuer from server where id = ?", server);
  const Row* row = rows.next();
  return row == nullptr ? std::string() : row->text("oauth_issuer");
}

void accept_issuer(Database& db, const ServerId& server, std::string_view issuer) {
  db.run("update server set oauth_issuer = ? where id = ?", issuer, server);
}

std::optional<Account> find_account(Database& db, const ServerId& server, const std::optional<UserId>& user) {
  return first_account(
      db.query("select * from oauth_account where server_id = ? and user_id is ?", server, user));
}

std::optional<Account> find_account(Database& db, const AccountId& id) {
  return first_account(db.query("select * from oauth_account where id = ?", id));
}

AccountTokens open_account_tokens(Database& db, const Vault& vault, const AccountId& id) {
  AccountTokens tokens;
  auto rows =
      db.query("select access_sealed, refresh_sealed, generation from oauth_account where id = ?", id);
  const Row* row = rows.next();
  if (row == nullptr) return tokens;
  const auto generation = row->integer("generation");
  if (!row->is_null("access_sealed"))
    tokens.access = vault.open(row->view("access_sealed"), access_place(id.text(), generation));
  if (!row->is_null("refresh_sealed"))
    tokens.refresh = vault.open(row->view("refresh_sealed"), refresh_place(id.text(), generation));
  return tokens;
}

std::vector<Account> list_accounts(Database& db, const ServerId& server) {
  return all_accounts(db.query("select * from oauth_account where server_id = ? order by id", server));
}

std::vector<Account> list_accounts_of(Database& db, const UserId& user) {
  return all_accounts(db.query("select * from oauth_account where user_id = ? order by id", user));
}

std::vector<Account> list_shared_accounts(Database& db) {
  return all_accounts(db.query("select * from oauth_account where user_id is null order by id"));
}

Account put_account(Database& db, const Vault& vault, Account account, const AccountTokens& tokens,
                    Instant now) {
  db.run("delete from oauth_account where server_id = ? and user_id is ?", account.server, account.user);
  account.id = AccountId::create(now);
  account.generation = 1;
  account.created_at = account.updated_at = now;
  account.has_access = !tokens.access.empty();
  account.has_refresh = !tokens.refresh.empty();
  const auto access = seal(db, vault, tokens.access, access_place(account.id.text(), 1));
  const auto refresh = seal(db, vault, tokens.refresh, refresh_place(account.id.text(), 1));
  db.run(
      "insert into oauth_account (id, server_id, user_id, client, issuer, resource, endpoints, access_sealed,"
      " refresh_sealed, scope, wanted_scope, expires_at, generation, refreshing, reason, created_at, "
      "updated_at)"
      " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, 1, 0, '', ?, ?)",
      account.id, account.server, account.user, account.client, account.issuer, account.resource,
      to_column(account.endpoints), blob(access), blob(refresh), account.scope, account.expires_at, now, now);
  return account;
}

bool begin_refresh(Database& db, const AccountId& id, std::int64_t generation) {
  return db.run("update oauth_account set refreshing = 1 where id = ? and generation = ? and reason = ''", id,
                generation) == 1;
}

void end_refresh(Database& db, const AccountId& id, std::int64_t generation) {
  db.run("update oauth_account set refreshing = 0 where id = ? and generation = ?", id, generation);
}

bool put_refreshed(Database& db, const Vault& vault, const AccountId& id, std::int64_t generation,
                   const Refreshed& refreshed, Instant now) {
  const auto account = find_account(db, id);
  if (!account || account->generation != generation) return false;
  // A provider that gives no new refresh token means the old one to go on (RFC 6749 §6).
  const Secret kept = refreshed.tokens.refresh.empty() ? open_account_tokens(db, vault, id).refresh
                                                       : refreshed.tokens.refresh;
  const auto access = seal(db, vault, refreshed.tokens.access, access_place(id.text(), generation + 1));
  const auto refresh = seal(db, vault, kept, refresh_place(id.text(), generation + 1));
  return db.run(
             "update oauth_account set access_sealed = ?, refresh_sealed = ?, scope = ?, expires_at = ?,"
             " generation = generation + 1, refreshing = 0, updated_at = ? where id = ? and generation = ?",
             blob(access), blob(refresh), refreshed.scope.empty() ? account->scope : refreshed.scope,
             refreshed.expires_at, now, id, generation) == 1;
}

bool lose_account(Database& db, const AccountId& id, std::int64_t generation, std::string_view reason,
                  Instant now) {
  return db.run(
             "update oauth_account set access_sealed = null, refresh_sealed = null, reason = ?,"
             " generation = generation + 1, refreshing = 0, updated_at = ?"
             " where id = ? and generation = ? and reason = ''",  // what is lost cannot be lost again
             reason, now, id, generation) == 1;
}

void want_scope(Database& db, const AccountId& id, std::string_view scope) {
  db.run("update oauth_account set wanted_scope = ? where id = ?", scope, id);
}

bool remove_account(Database& db, const AccountId& id) {
  // What waits or is being exchanged for the same account comes to nothing.
  db.run(
      "delete from oauth_flow where exists (select 1 from oauth_account where id = ? and"
      " oauth_account.server_id = oauth_flow.server_id and oauth_account.user_id is oauth_flow.user_id)",
      id);
  return db.run("delete from oauth_account where id = ?", id) == 1;
}

int remove_accounts(Database& db, const ServerId& server, bool keep_typed) {
  db.run("delete from oauth_flow where server_id = ?", server);
  db.run("delete from oauth_client where server_id = ? and (origin <> 'typed' or not ?)", server, keep_typed);
  accept_issuer(db, server, {});
  return db.run("delete from oauth_account where server_id = ?", server);
}

std::vector<UserId> list_people_with_accounts(Database& db) {
  std::vector<UserId> ids;
  for (const Row& row : db.query("select distinct user_id from oauth_account where user_id is not null"))
    ids.emplace_back(row.text("user_id"));
  return ids;
}

}  // namespace patchbay::store
