#include "gateway/sign_ins.h"

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "oauth/pkce.h"
#include "oauth/scope_text.h"
#include "store/events.h"
#include "store/servers.h"

namespace patchbay::gateway {

using oauth::Discovery;
using Origin = store::OAuthClient::Origin;

struct SignIns::Plan {
  Server server;
  oauth::SignInTarget target;
  std::optional<store::Account> before;
  Discovery discovery;
  std::optional<store::OAuthClient> client;
  SignInDetails details;
  oauth::Trace trace;
};

std::string to_json_text(const SignInDetails& details) {
  const Json json = {{"discovery", oauth::to_json_text(details.discovery)},
                     {"resource", details.resource},
                     {"scope", details.scope},
                     {"redirect_uri", details.redirect_uri}};
  return dump(json);
}

SignInDetails sign_in_details(std::string_view text) {
  const Json json = parse_json(text, {1024 * 1024, 16});
  Fields fields(json);
  constexpr std::size_t longest = 512 * 1024;
  SignInDetails details;
  details.discovery = oauth::discovery_from_json_text(fields.text("discovery", longest));
  details.resource = fields.text("resource", longest);
  details.scope = fields.text("scope", longest);
  details.redirect_uri = fields.text("redirect_uri", longest);
  return details;
}

void check_answer_issuer(const SignInDetails& details, const std::optional<std::string>& iss) {
  const auto& server = details.discovery.server;
  if (!iss && server.promises_iss)
    throw Error::invalid(
        "oauth_issuer_missing",
        "The provider's answer does not say whose it is, though it always should. Nothing was "
        "sent anywhere. Try again.");
  // Of endpoints that an admin typed in nobody knows what the provider calls itself.
  if (iss && !server.iss.empty() && *iss != server.iss)
    throw Error::invalid(
        "oauth_issuer_mismatch",
        "The answer came from another provider than the one that was asked. Nothing was sent "
        "anywhere. Try again.");
}

SignIns::SignIns(Loop& loop, oauth::Client& client, Store& store, const Clock& clock, std::string public_url)
    : loop_(loop), client_(client), store_(store), clock_(clock), public_url_(std::move(public_url)) {}

std::string SignIns::redirect_uri() const {
  return cat(public_url_, "/oauth/callback");
}

Task<SignIns::Started> SignIns::start(Wish wish, Until until) {
  Started started;
  Plan plan;
  std::optional<Error> failure;
  co_await loop_.on_worker([&] {
    store_.read([&](Database& db) {
      plan.server = store::require_server(db, wish.server);
      plan.target = sign_in_target(db, plan.server);
      plan.before = store::find_account(db, wish.server, wish.user);
    });
  });
  try {
    co_await prepare(wish, plan, until);
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::cancelled) throw;
    failure = error;
  }
  if (!failure) {
    started.authorize_url = co_await loop_.on_worker([&] { return keep(wish, plan, started); });
  } else {
    started.error = failure->id();
    started.message = failure->message();
    log::warn("sign_in.not_started", {{"server", plan.server.slug},
                                      {"reason", failure->id()},
                                      {"message", failure->message()},
                                      {"detail", failure->detail()}});
    co_await loop_.on_worker([&] {
      store_.transact([&](Database& db) {
        Event row = wish.row;
        row.outcome = "failed";
        row.reason = started.error;
        store::append_event(db, store_.vault().audit_chain_key(), row);
      });
    });
  }
  started.trace = std::move(plan.trace);
  co_return started;
}

Task<void> SignIns::prepare(const Wish& wish, Plan& plan, Until until) {
  std::optional<oauth::BearerChallenge> challenge;
  const bool asks = plan.target.settings.token_endpoint.empty();
  if (asks) challenge = co_await client_.ask(plan.target, plan.trace, until);
  plan.discovery = co_await client_.discover(plan.target, challenge, plan.trace, until);
  const auto& quirks = oauth::quirks_of(plan.target, plan.discovery.server);
  SignInDetails& details = plan.details;
  details.discovery = plan.discovery;
  details.redirect_uri = redirect_uri();
  if (plan.target.settings.send_resource && quirks.send_resource) details.resource = plan.discovery.resource;
  const bool steps_up = plan.before && !plan.before->wanted_scope.empty();
  details.scope = oauth::scope_to_ask(plan.target, plan.discovery, challenge,
                                      steps_up ? plan.before->scope : std::string(),
                                      steps_up ? plan.before->wanted_scope : std::string());
  co_await find_client(wish, plan, until);
}

namespace {

bool is_good(const store::OAuthClient& client, const std::string& redirect_uri, Instant now) {
  const bool has_ended = client.expires_at && now >= *client.expires_at;
  return !has_ended && (client.origin == Origin::typed || client.redirect_uri == redirect_uri);
}

}  // namespace

// What we are known as there: what the admin typed, else what was registered before, else our metadata
// document, else a new registration (protocol.md 4.3).
Task<void> SignIns::find_client(const Wish& wish, Plan& plan, Until until) {
  const auto& server = plan.discovery.server;
  auto known = co_await loop_.on_worker([&] {
    return store_.read([&](Database& db) {
      return store::find_oauth_client(db, store_.vault(), wish.server, server.issuer);
    });
  });
  if (known && is_good(*known, redirect_uri(), clock_.now())) {
    plan.client = std::move(known);
    co_return;
  }
  const auto& quirks = oauth::quirks_of(plan.target, server);
  store::OAuthClient client;
  client.server = wish.server;
  client.issuer = server.issuer;
  client.redirect_uri = redirect_uri();
  if (server.takes_client_documents && oauth::can_use_client_document(public_url_)) {
    client.origin = Origin::document;
    client.client_id = oauth::client_document_url(public_url_);
  } else if (server.registration_endpoint && quirks.register_by_hand.empty()) {
    oauth::ClientWish wanted{redirect_uri(), public_url_, plan.details.scope};
    auto made = co_await client_.register_at(plan.target, server, wanted, plan.trace, until);
    client.client_id = made.identity.id;
    client.auth = made.identity.auth;
    if (made.identity.secret) client.secret = std::move(*made.identity.secret);
    client.expires_at = made.secret_expires_at;
  } else {
    throw Error::upstream(
        "oauth_client_needed",
        cat("\"", plan.target.label, "\" does not let Patchbay register itself. ",
            quirks.register_by_hand.empty()
                ? std::string_view("Register a client there by hand, with the redirect URI below,")
                : std::string_view(quirks.register_by_hand),
            " Redirect URI: ", redirect_uri(),
            ". Then give its client_id (and secret) in the server's settings."));
  }
  plan.client = std::move(client);
}

// The account there was is signed out, the client kept, the flow written down: all or nothing.
std::string SignIns::keep(const Wish& wish, Plan& plan, Started& started) {
  const Secret verifier = oauth::make_verifier();
  Secret state;
  store_.transact([&](Database& db) {
    const Server now_there = store::require_server(db, wish.server);
    if (now_there.url != plan.server.url || now_there.oauth != plan.server.oauth)
      throw Error::conflict("stale_revision", "The server was changed a moment ago. Try again.");
    store::OAuthClient& client = *plan.client;
    if (client.id.empty()) {
      // Others may have signed in meanwhile, with what Patchbay was made known as for them.
      auto made = store::find_oauth_client(db, store_.vault(), wish.server, client.issuer);
      client = made && is_good(*made, redirect_uri(), clock_.now())
                   ? std::move(*made)
                   : store::put_oauth_client(db, store_.vault(), client, clock_.now());
    }
    store::OAuthFlow flow;
    flow.server = wish.server;
    flow.user = wish.user;
    flow.starter = wish.starter;
    flow.session = wish.session;
    flow.client = client.id;
    flow.details = to_json_text(plan.details);
    flow.trace = oauth::to_json_text(plan.trace);
    state = store::begin_flow(db, store_.vault(), flow, verifier, clock_.now());
    if (plan.before && plan.before->reason.empty())
      store::lose_account(db, plan.before->id, plan.before->generation, "signing_in", clock_.now());
    store::append_event(db, store_.vault().audit_chain_key(), wish.row);
    started.flow = flow.id;
    started.expires_at = flow.expires_at;
  });
  const auto& quirks = oauth::quirks_of(plan.target, plan.discovery.server);
  return oauth::authorization_url(
      plan.discovery.server, quirks,
      {plan.client->client_id, redirect_uri(), plan.details.scope, plan.details.resource}, state, verifier);
}

store::Account SignIns::account_of(const store::OAuthFlow& flow, const oauth::TokenAnswer& answer) const {
  const SignInDetails details = sign_in_details(flow.details);
  store::Account account;
  account.server = flow.server;
  account.user = flow.user;
  account.client = flow.client;
  account.issuer = details.discovery.server.issuer;
  account.resource = details.resource;
  account.endpoints.token = details.discovery.server.token_endpoint.text();
  if (const auto& revocation = details.discovery.server.revocation_endpoint)
    account.endpoints.revocation = revocation->text();
  account.scope = answer.has_scope ? answer.scope : details.scope;
  // A token of which nobody said when it ends is used until it is refused, unless it can be renewed.
  if (!answer.expiry_is_guess || answer.refresh) account.expires_at = answer.expires_at;
  return account;
}

Task<SignIns::Finished> SignIns::finish(store::OAuthFlow flow, Secret verifier, Secret code, Event row,
                                        Until until) {
  Finished finished;
  finished.server = flow.server;
  finished.user = flow.user;
  oauth::Trace trace;
  std::optional<Error> failure;
  std::string widened;
  try {
    SignInDetails details = sign_in_details(flow.details);
    oauth::SignInTarget target;
    oauth::TokenRequest request;
    co_await loop_.on_worker([&] {
      store_.read([&](Database& db) {
        target = sign_in_target(db, store::require_server(db, flow.server));
        request.client = client_identity(db, store_.vault(), flow.client);
      });
    });
    request.endpoint = details.discovery.server.token_endpoint;
    request.resource = details.resource;
    auto answer =
        co_await client_.exchange(target, request, code, verifier, details.redirect_uri, trace, until);
    if (answer.has_scope) widened = oauth::join_scopes(oauth::scopes_beyond(answer.scope, details.scope));
    if (details.scope.empty()) widened.clear();
    co_await loop_.on_worker([&] {
      store_.transact([&](Database& db) {
        // Whoever disconnected or changed the server meanwhile took this sign-in away with it.
        const auto still = store::find_flow(db, flow.id);
        if (!still || !still->outcome.empty())
          throw Error::conflict("stale_revision",
                                "The server or the account was changed meanwhile. Begin again.");
        store::AccountTokens tokens;
        auto account = account_of(flow, answer);
        tokens.access = std::move(answer.access);
        if (answer.refresh) tokens.refresh = std::move(*answer.refresh);
        store::put_account(db, store_.vault(), account, tokens, clock_.now());
        store::accept_issuer(db, flow.server, account.issuer);
        if (!widened.empty()) row.reason = cat("wider scope: ", widened);
        store::append_event(db, store_.vault().audit_chain_key(), row);
        store::end_flow(db, flow.id, "done",
                        widened.empty() ? std::string() : cat("More was granted than asked for: ", widened),
                        oauth::to_json_text(trace));
      });
    });
  } catch (const Error& error) {
    failure = error;
  }
  if (!failure) co_return finished;
  finished.error = failure->id();
  finished.message = failure->message();
  log::warn("sign_in.failed", {{"reason", failure->id()}, {"detail", failure->detail()}});
  co_await loop_.on_worker([&] {
    store_.transact([&](Database& db) {
      row.outcome = "failed";
      row.reason = finished.error;
      store::append_event(db, store_.vault().audit_chain_key(), row);
      store::end_flow(db, flow.id, finished.error, finished.message, oauth::to_json_text(trace));
    });
  });
  co_return finished;
}

SignIns::Revocations SignIns::plan_revocations(Database& db, const Vault& vault,
                                               const std::vector<store::Account>& accounts) {
  Revocations all;
  for (const auto& account : accounts) {
    if (account.endpoints.revocation.empty() || !account.has_access) continue;
    const auto server = store::find_server(db, account.server);
    if (!server) continue;
    Revocation revocation;
    revocation.target = sign_in_target(db, *server);
    revocation.request.endpoint = parse_url(account.endpoints.revocation);
    try {
      revocation.request.client = client_identity(db, vault, account.client);
    } catch (const Error&) {  // nobody would believe us
      continue;
    }
    auto tokens = store::open_account_tokens(db, vault, account.id);
    revocation.access = std::move(tokens.access);
    revocation.refresh = std::move(tokens.refresh);
    all.push_back(std::move(revocation));
  }
  return all;
}

// The refresh token ends the grant at most providers; the access token is told of where that was not taken.
Task<void> SignIns::revoke(Revocation revocation) {
  Until until = Until::in(std::chrono::seconds(10));
  try {
    bool done = false;
    if (!revocation.refresh.empty())
      done = co_await client_.revoke(revocation.target, revocation.request, revocation.refresh,
                                     "refresh_token", until);
    if (!done && !revocation.access.empty())
      co_await client_.revoke(revocation.target, revocation.request, revocation.access, "access_token",
                              until);
  } catch (const Error& error) {
    log::info("account.not_revoked", {{"server", revocation.target.label}, {"reason", error.id()}});
  }
}

}  // namespace patchbay::gateway
