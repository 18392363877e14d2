#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "domain/server.h"
#include "store/database.h"
#include "store/vault.h"

namespace patchbay::store {

using AccountId = Id<struct AccountTag>;
using OAuthClientId = Id<struct OAuthClientTag>;

// What an authorization server knows Patchbay as, for one server.
struct OAuthClient {
  enum class Origin : std::uint8_t { typed, registered, document };
  OAuthClientId id;
  ServerId server;
  std::string issuer;  // '' for a typed one that was never used
  Origin origin = Origin::registered;
  std::string client_id;
  ClientAuth auth = ClientAuth::none;
  Secret secret;  // empty where there is none
  std::string redirect_uri;
  std::optional<Instant> expires_at;  // of the secret
};
// The one for this issuer, or a typed one that has none yet.
std::optional<OAuthClient> find_oauth_client(Database& db, const Vault& vault, const ServerId& server,
                                             std::string_view issuer);
std::optional<OAuthClient> find_oauth_client(Database& db, const Vault& vault, const OAuthClientId& id);
// Replaces what there was for the server and issuer. The id is made here; the same client keeps its own.
OAuthClient put_oauth_client(Database& db, const Vault& vault, OAuthClient client, Instant now);
void remove_oauth_client(Database& db, const OAuthClientId& id);
// The one that an admin typed, whichever issuer it is for by now; there is never a second.
std::optional<OAuthClient> find_typed_client(Database& db, const Vault& vault, const ServerId& server);

// The authorization server that the accounts of a server are with; empty before the first sign-in.
std::string accepted_issuer(Database& db, const ServerId& server);
void accept_issuer(Database& db, const ServerId& server, std::string_view issuer);

// Where the tokens of an account come from and go.
struct TokenEndpoints {
  std::string token;
  std::string revocation;  // empty where there is none
};

// An account at a server: the organisation's, or one person's.
struct Account {
  AccountId id;
  ServerId server;
  std::optional<UserId> user;  // absent: the organisation's
  OAuthClientId client;
  std::string issuer;
  std::string resource;  // RFC 8707, as it is sent; empty where it is not
  TokenEndpoints endpoints;
  std::string scope;
  std::string wanted_scope;  // what the server asked for beyond that (RFC 6750 §3.1)
  std::optional<Instant> expires_at;
  std::int64_t generation = 1;
  bool has_access = false;
  bool has_refresh = false;
  bool is_refreshing = false;  // a refresh was sent, and how it ended is not known
  std::string reason;          // stable id: why one must sign in again; empty where one need not
  Instant created_at;
  Instant updated_at;

  // R62: true only if a call can be made with it, now or after a refresh.
  bool is_connected(Instant now) const {
    return reason.empty() && has_access && (has_refresh || !expires_at || now < *expires_at);
  }
};
struct AccountTokens {
  Secret access;
  Secret refresh;  // empty where there is none
};
std::optional<Account> find_account(Database& db, const ServerId& server, const std::optional<UserId>& user);
std::optional<Account> find_account(Database& db, const AccountId& id);
AccountTokens open_account_tokens(Database& db, const Vault& vault, const AccountId& id);
std::vector<Account> list_accounts(Database& db, const ServerId& server);
std::vector<Account> list_accounts_of(Database& db, const UserId& user);
std::vector<Account> list_shared_accounts(Database& db);  // the organisation's

// Signs in: whatever account there was for the server and person is replaced. Id and generation are made
// here.
Account put_account(Database& db, const Vault& vault, Account account, const AccountTokens& tokens,
                    Instant now);
// A refresh is about to be sent with the token of this generation; false where another was quicker.
bool begin_refresh(Database& db, const AccountId& id, std::int64_t generation);
void end_refresh(Database& db, const AccountId& id, std::int64_t generation);  // nothing came of it
struct Refreshed {
  AccountTokens tokens;  // an empty refresh token keeps the old one
  std::string scope;
  std::optional<Instant> expires_at;
};
// False where the row has moved on: what comes late changes nothing (R61).
bool put_refreshed(Database& db, const Vault& vault, const AccountId& id, std::int64_t generation,
                   const Refreshed& refreshed, Instant now);
// The account is worth nothing any more: its tokens are wiped. False where the row has moved on.
bool lose_account(Database& db, const AccountId& id, std::int64_t generation, std::string_view reason,
                  Instant now);
void want_scope(Database& db, const AccountId& id, std::string_view scope);
bool remove_account(Database& db, const AccountId& id);
// All of a server: accounts, clients but those that were typed where `keep_typed`, sign-ins under way, the
// accepted issuer. How many accounts there were.
int remove_accounts(Database& db, const ServerId& server, bool keep_typed);
// Whose accounts are their own.
std::vector<UserId> list_people_with_accounts(Database& db);

}  // namespace patchbay::store
