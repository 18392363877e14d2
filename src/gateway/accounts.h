#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/loop.h"
#include "gateway/audit.h"
#include "mcp/token_source.h"
#include "oauth/client.h"
#include "store/accounts.h"
#include "store/store.h"

namespace patchbay::gateway {

struct AccountSettings {
  std::chrono::milliseconds skew{30'000};        // a token that ends this soon is refreshed before it is used
  std::chrono::milliseconds first_pause{1'000};  // after a refresh that nothing came of; doubles
  std::chrono::milliseconds longest_pause{60'000};
  std::chrono::milliseconds refused_again{60'000};  // between two refreshes of a token that was refused early
};

// An account as sessions use it.
struct AccountKey {
  store::AccountId id;
  ServerId server;
  std::optional<UserId> user;  // absent: the organisation's
  std::string label;           // the server's title
  std::string connect_url;     // where one signs in again
};

// The tokens of accounts with auth "oauth", kept fresh: each refresh is made once however many wait for it,
// is written down before its token is used, and what comes late changes nothing. The loop's thread only, but
// for source().
class Accounts {
 public:
  Accounts(Loop& loop, oauth::Client& client, Store& store, Audit& audit, const Clock& clock,
           AccountSettings settings = {});
  ~Accounts();

  // The tokens of one account, for the sessions opened with it. Any thread; must not outlive this.
  std::shared_ptr<mcp::TokenSource> source(AccountKey key);

  // An account was lost: its person must sign in again. The store says so already.
  void on_lost(std::function<void(const ServerId& server, const std::optional<UserId>& user)> callback) {
    lost_ = std::move(callback);
  }

  // Forgets tokens of accounts that are gone.
  void tick();
  std::size_t size() const { return held_.size(); }

 private:
  class Source;
  struct Held;
  std::shared_ptr<Held> hold(const AccountKey& key);
  mcp::TokenSource::Token ready(const Held& held) const;
  Task<mcp::TokenSource::Token> token(std::shared_ptr<Held> held, Until until);
  Task<bool> refused(std::shared_ptr<Held> held, mcp::TokenSource::Token presented,
                     mcp::TokenSource::Refusal refusal, Until until);
  Task<void> load(std::shared_ptr<Held> held);
  Task<void> refresh(std::shared_ptr<Held> held);
  Task<void> refresh_now(Held& held);
  void take(Held& held, const store::Account& account, Secret access);
  void rest(Held& held, const Error& error);
  Task<void> lose(std::shared_ptr<Held> held, std::string reason);
  Error needs_connection(const Held& held) const;

  Loop& loop_;
  oauth::Client& client_;
  Store& store_;
  Audit& audit_;
  const Clock& clock_;
  AccountSettings settings_;
  std::unordered_map<std::string, std::weak_ptr<Held>> held_;  // by account id
  std::function<void(const ServerId&, const std::optional<UserId>&)> lost_;
};

// Where and as whom to sign in at a server, from what the store holds. On a worker.
oauth::SignInTarget sign_in_target(Database& db, const Server& server);
// How an account's client proves itself. Throws Error::upstream("oauth_client_gone").
oauth::ClientIdentity client_identity(Database& db, const Vault& vault, const store::OAuthClientId& id);

}  // namespace patchbay::gateway
