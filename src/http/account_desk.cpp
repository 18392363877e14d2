#include "http/account_desk.h"

#include "base/error.h"
#include "base/text.h"
#include "domain/access.h"
#include "http/audit_row.h"
#include "http/server_view.h"
#include "http/user_body.h"
#include "store/accounts.h"
#include "store/servers.h"

namespace patchbay::http {

namespace {

Error no_server() {
  return Error::not_found("no_server", "There is no such server.");
}

bool is_admin(const Caller& caller) {
  return has(caller.scopes, Scope::admin);
}

}  // namespace

void AccountDesk::require_oauth(const Server& server) const {
  if (server.auth != AuthType::oauth)
    throw Error::conflict("no_sign_in", cat("\"", server.slug, "\" is not one that people sign in at."));
}

AccountDesk::Account AccountDesk::find(const Request& request, std::string_view slug,
                                       std::string_view action) const {
  const UserId user = require_person(request.caller).id;
  const auto server = store_.read([&](Database& db) { return store::find_server(db, slug); });
  if (!server) throw no_server();
  Caller asking = request.caller;
  asking.scopes = asking.scopes | Scope::mcp_read;
  asking.names_server = true;
  const auto decision = decide(asking, *server, {}, Use::see);
  const bool is_shared = server->credential_mode == CredentialMode::shared;
  if (!decision.allowed && !(is_shared && is_admin(request.caller))) {
    store_.transact([&](Database& db) {
      Event row = server_row(request, action, *server, clock_.now());
      row.outcome = "refused";
      row.reason = decision.reason;
      record(store_, db, row);
    });
    throw no_server();
  }
  require_oauth(*server);
  if (!is_shared) return {*server, user};
  if (!is_admin(request.caller))
    throw Error::forbidden(
        "admin_account",
        cat("\"", server->slug,
            "\" has one account for everybody. Only an admin can connect or disconnect it."));
  return {*server, std::nullopt};
}

AccountDesk::Account AccountDesk::find_own(const Request& request, std::string_view slug) const {
  const UserId user = require_person(request.caller).id;
  auto server = store_.read([&](Database& db) { return store::require_own_server(db, user, slug); });
  require_oauth(server);
  return {std::move(server), user};
}

AccountDesk::Account AccountDesk::find_any(const Request& request, std::string_view slug) const {
  try {
    return find(request, slug, "account.connect");
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::not_found) throw;
  }
  return find_own(request, slug);
}

gateway::SignIns::Started AccountDesk::begin(const Request& request, const Account& account) const {
  if (request.caller.proof != Caller::Proof::session)
    throw Error::forbidden("needs_session", cat("Signing in needs a browser. Open ", public_url_, "/connect/",
                                                account.server.slug, " there."));
  gateway::SignIns::Wish wish;
  wish.server = account.server.id;
  wish.user = account.user;
  wish.starter = require_person(request.caller).id;
  wish.session = request.caller.session;
  const auto one = turn(request.caller);
  wish.row = server_row(request, "account.connect_start", account.server, clock_.now());
  auto started = hooks_.begin_sign_in(std::move(wish));
  if (started.error.empty()) changed(account);
  return started;
}

void AccountDesk::disconnect(const Request& request, const Account& account) const {
  auto revocations = store_.transact([&](Database& db) {
    gateway::SignIns::Revocations plan;
    if (const auto known = store::find_account(db, account.server.id, account.user)) {
      plan = gateway::SignIns::plan_revocations(db, store_.vault(), {*known});
      store::remove_account(db, known->id);
      record(store_, db, server_row(request, "account.disconnect", account.server, clock_.now()));
    }
    // Where there is but this one account, what Patchbay is known as and to whom goes with it.
    const bool is_only = account.server.owner || !account.user;
    if (is_only) store::remove_accounts(db, account.server.id, true);
    return plan;
  });
  changed(account);
  hooks_.revoke_soon(std::move(revocations));
}

gateway::SignIns::Revocations account_revocations(Store& store, Database& db, const Server& server) {
  return gateway::SignIns::plan_revocations(db, store.vault(), store::list_accounts(db, server.id));
}

bool AccountDesk::may_connect(const Caller& caller, const Account& account) const {
  if (!account.user) return is_admin(caller);
  if (!caller.person || caller.person->id != *account.user) return false;
  Caller asking = caller;
  asking.scopes = asking.scopes | Scope::mcp_read;
  asking.names_server = true;
  return decide(asking, account.server, {}, Use::see).allowed;
}

Turns::Turn AccountDesk::turn(const Caller& caller) const {
  auto taken = turns_.take(require_person(caller).id.text());
  if (!taken)
    throw Error::limited("sign_ins_busy",
                         "Another sign-in is under way at this moment. Try again in a few seconds.", 5);
  return std::move(*taken);
}

bool AccountDesk::is_connected(const Account& account) const {
  const auto known =
      store_.read([&](Database& db) { return store::find_account(db, account.server.id, account.user); });
  return known && known->is_connected(clock_.now());
}

void AccountDesk::changed(const Account& account) const {
  if (account.user)
    hooks_.own_changed(*account.user);
  else
    hooks_.servers_changed();
}

}  // namespace patchbay::http
