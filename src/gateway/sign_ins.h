#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/loop.h"
#include "domain/event.h"
#include "gateway/accounts.h"
#include "store/oauth_flows.h"

namespace patchbay::gateway {

// Signing in at servers with auth "oauth": the way to the provider and back. A sign-in belongs to the browser
// session that began it, is used once, and is used up before its code goes anywhere. The loop's thread only.
class SignIns {
 public:
  // `public_url` is ours; <public_url>/oauth/callback is the one place where providers send people back to.
  SignIns(Loop& loop, oauth::Client& client, Store& store, const Clock& clock, std::string public_url);

  struct Wish {
    ServerId server;
    std::optional<UserId> user;  // whose account it will be; absent: the organisation's
    UserId starter;
    SessionId session;
    Event row;  // for the audit trail: who asks, from where
  };
  struct Started {
    store::FlowId flow;
    std::string authorize_url;
    Instant expires_at;
    std::string error;  // stable id of why it could not begin; empty where it did
    std::string message;
    oauth::Trace trace;
  };
  // Finds out who signs people in there, makes Patchbay known to them, and writes the sign-in down. What goes
  // wrong at other people's servers is in the result; only what is ours is thrown. Whatever account there was
  // is signed out (R47).
  Task<Started> start(Wish wish, Until until);

  struct Finished {
    std::string error;  // empty where the account is connected
    std::string message;
    ServerId server;
    std::optional<UserId> user;
  };
  // A flow of which `verifier` was taken: the code is exchanged, the account kept.
  Task<Finished> finish(store::OAuthFlow flow, Secret verifier, Secret code, Event row, Until until);

  // Tells the provider that tokens are not used any more (RFC 7009). Best effort, never throws.
  struct Revocation {
    oauth::SignInTarget target;
    oauth::TokenRequest request;
    Secret access, refresh;
  };
  Task<void> revoke(Revocation revocation);
  // What revoke() needs, read before the accounts are deleted; nothing for those whose provider takes no
  // revocations. On a worker.
  using Revocations = std::vector<Revocation>;
  static Revocations plan_revocations(Database& db, const Vault& vault,
                                      const std::vector<store::Account>& accounts);

  std::string redirect_uri() const;

 private:
  struct Plan;
  Task<void> prepare(const Wish& wish, Plan& plan, Until until);
  Task<void> find_client(const Wish& wish, Plan& plan, Until until);
  std::string keep(const Wish& wish, Plan& plan, Started& started);
  store::Account account_of(const store::OAuthFlow& flow, const oauth::TokenAnswer& answer) const;

  Loop& loop_;
  oauth::Client& client_;
  Store& store_;
  const Clock& clock_;
  const std::string public_url_;
};

// What a flow remembers from its start to its end.
struct SignInDetails {
  oauth::Discovery discovery;
  std::string resource;  // as it is sent; empty where it is not
  std::string scope;
  std::string redirect_uri;
};
std::string to_json_text(const SignInDetails& details);
SignInDetails sign_in_details(std::string_view text);

// Whether the answer of an authorization server may be used: `iss` as RFC 9207 §2.4 wants it, compared byte
// for byte. Throws Error::invalid("oauth_issuer_mismatch" | "oauth_issuer_missing").
void check_answer_issuer(const SignInDetails& details, const std::optional<std::string>& iss);

}  // namespace patchbay::gateway
