#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "domain/server.h"
#include "gateway/sign_ins.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "http/turns.h"
#include "store/store.h"

namespace patchbay::http {

// What people do with accounts at servers with auth "oauth", for the API and the pages alike. Nobody signs in
// for another, and the organisation's account is an admin's (R71).
class AccountDesk {
 public:
  AccountDesk(Store& store, const ControlHooks& hooks, const Clock& clock, std::string public_url)
      : store_(store), hooks_(hooks), clock_(clock), public_url_(std::move(public_url)) {}

  // An account: of which server, and whose.
  struct Account {
    Server server;
    std::optional<UserId> user;  // absent: the organisation's
  };
  // The caller's at one of the organisation's servers, or the organisation's for an admin. Throws
  // Error::not_found("no_server") for what the caller may not know of, Error::forbidden("admin_account") and
  // Error::conflict("no_sign_in") where the server wants none.
  Account find(const Request& request, std::string_view slug, std::string_view action) const;
  // At a connector of the caller's own.
  Account find_own(const Request& request, std::string_view slug) const;
  // The one that /connect/{slug} is about: find(), else find_own().
  Account find_any(const Request& request, std::string_view slug) const;

  // Only at a browser, which must come back: Error::forbidden("needs_session").
  gateway::SignIns::Started begin(const Request& request, const Account& account) const;
  // Tokens are deleted whatever the provider says; it is told by and by (RFC 7009).
  void disconnect(const Request& request, const Account& account) const;
  bool is_connected(const Account& account) const;
  // Whether the caller might begin now what was begun a while ago.
  bool may_connect(const Caller& caller, const Account& account) const;

  // One for each person, few at once: a worker waits for somebody's server meanwhile.
  // Throws Error::limited("sign_ins_busy").
  Turns::Turn turn(const Caller& caller) const;
  // What is said of it was changed: calls see it from the return on.
  void changed(const Account& account) const;

 private:
  void require_oauth(const Server& server) const;

  Store& store_;
  const ControlHooks& hooks_;
  const Clock& clock_;
  const std::string public_url_;
  mutable Turns turns_{Turns::most_waiting};
};

// What providers are to be told when all accounts at `server` go; read before they do.
gateway::SignIns::Revocations account_revocations(Store& store, Database& db, const Server& server);

}  // namespace patchbay::http
