#include "gateway/accounts.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "oauth/scope_text.h"
#include "store/events.h"
#include "store/servers.h"

namespace patchbay::gateway {

using std::chrono::milliseconds;
using Token = mcp::TokenSource::Token;

// Calls that meet the end of a token together may meet the end of the next one before any of them was taken.
constexpr int most_in_vain = 3;

// What is known of an account between two looks at the store.
struct Accounts::Held {
  Held(Loop& loop, AccountKey its_key) : key(std::move(its_key)), changed(loop) {}
  AccountKey key;
  Signal changed;
  Token access;
  std::optional<Instant> expires_at;
  std::optional<Instant> fresh_until;  // from then on it is renewed before it is used
  std::int64_t generation = 0;
  bool has_refresh = false;
  bool loaded = false;
  bool busy = false;         // being loaded or refreshed
  bool pressed = false;      // the token was refused before its time
  bool interrupted = false;  // a refresh was sent by a process that died of it
  std::string reason;        // why one must sign in again
  milliseconds pause{0};
  Instant resting_until;
  Instant pressed_at;
  int in_vain = 0;               // how often in a row, no request being taken in between
  std::optional<Error> trouble;  // of the last refresh
};

class Accounts::Source final : public mcp::TokenSource {
 public:
  Source(Accounts& accounts, AccountKey key) : accounts_(accounts), key_(std::move(key)) {}
  Token ready() override { return accounts_.ready(*held()); }
  Task<Token> token(Until until) override { return accounts_.token(held(), std::move(until)); }
  void accepted(const Token&) override { held()->in_vain = 0; }
  Task<bool> refused(Token presented, Refusal refusal, Until until) override {
    return accounts_.refused(held(), std::move(presented), std::move(refusal), std::move(until));
  }

 private:
  std::shared_ptr<Held> held() {
    if (!held_) held_ = accounts_.hold(key_);
    return held_;
  }
  Accounts& accounts_;
  const AccountKey key_;
  std::shared_ptr<Held> held_;  // from the first use on, which is on the loop
};

oauth::SignInTarget sign_in_target(Database& db, const Server& server) {
  oauth::SignInTarget target;
  target.label = server.title.empty() ? server.slug : server.title;
  target.url = parse_url(server.url);
  target.source = server.owner ? UrlSource::member : UrlSource::admin;
  if (!server.ca_file.empty() || !server.pin_sha256.empty())
    target.tls = std::make_shared<TlsClient>(TlsTrust{server.ca_file, server.pin_sha256});
  target.settings = server.oauth;
  target.accepted_issuer = store::accepted_issuer(db, server.id);
  return target;
}

oauth::ClientIdentity client_identity(Database& db, const Vault& vault, const store::OAuthClientId& id) {
  auto client = store::find_oauth_client(db, vault, id);
  if (!client)
    throw Error::upstream("oauth_client_gone",
                          "What Patchbay was registered as at the sign-in server is gone. Sign in again.");
  oauth::ClientIdentity identity;
  identity.id = client->client_id;
  if (!client->secret.empty()) identity.secret = std::move(client->secret);
  identity.auth = client->auth;
  return identity;
}

Accounts::Accounts(Loop& loop, oauth::Client& client, Store& store, Audit& audit, const Clock& clock,
                   AccountSettings settings)
    : loop_(loop), client_(client), store_(store), audit_(audit), clock_(clock), settings_(settings) {}

Accounts::~Accounts() = default;

std::shared_ptr<mcp::TokenSource> Accounts::source(AccountKey key) {
  return std::make_shared<Source>(*this, std::move(key));
}

std::shared_ptr<Accounts::Held> Accounts::hold(const AccountKey& key) {
  auto& slot = held_[key.id.text()];
  if (auto held = slot.lock()) return held;
  auto held = std::make_shared<Held>(loop_, key);
  slot = held;
  return held;
}

void Accounts::tick() {
  std::erase_if(held_, [](const auto& one) { return one.second.expired(); });
}

Error Accounts::needs_connection(const Held& held) const {
  const auto why = held.reason == "scope"
                       ? cat("\"", held.key.label, "\" wants more rights than your account there was given.")
                       : cat("Your account at \"", held.key.label, "\" is not signed in any more.");
  return Error::upstream("needs_connection", cat(why, " Sign in again at ", held.key.connect_url));
}

Token Accounts::ready(const Held& held) const {
  if (!held.access || held.pressed) return nullptr;
  if (held.fresh_until && clock_.now() >= *held.fresh_until) return nullptr;
  return held.access;
}

Task<Token> Accounts::token(std::shared_ptr<Held> held, Until until) {
  for (;;) {
    if (auto good = ready(*held)) co_return good;
    if (!held->reason.empty()) throw needs_connection(*held);
    const Instant now = clock_.now();
    const bool still_good = held->access && !held->pressed && (!held->expires_at || now < *held->expires_at);
    const bool rests = now < held->resting_until;
    if (!held->busy && (rests || (held->loaded && !held->has_refresh))) {
      if (still_good) co_return held->access;
      if (rests) throw *held->trouble;
      co_await lose(held, "expired");
      continue;
    }
    if (!held->busy) {
      held->busy = true;
      // Not the caller's to cancel: others wait for it, and a token that was sent for must be kept.
      loop_.spawn("account.refresh", held->loaded ? refresh(held) : load(held));
    }
    const bool renews = held->loaded;
    const auto generation = held->generation;
    const Wake wake = co_await held->changed.wait(until);
    require_ready(wake);
    // One that was made a moment ago is used, however soon it ends: asking again would bring no better one.
    const bool is_new = renews && held->generation != generation && held->access && !held->pressed;
    if (is_new) co_return held->access;
  }
}

void Accounts::take(Held& held, const store::Account& account, Secret access) {
  held.access = access.empty() ? nullptr : std::make_shared<const Secret>(std::move(access));
  held.expires_at = account.expires_at;
  held.fresh_until.reset();
  if (account.expires_at) {
    const auto lifetime = std::max(*account.expires_at - account.updated_at, milliseconds(0));
    held.fresh_until = *account.expires_at + -std::min(settings_.skew, lifetime / 4);
  }
  held.generation = account.generation;
  held.has_refresh = account.has_refresh;
  held.reason = account.reason;
  held.pressed = held.interrupted = false;
  held.loaded = true;
}

// From the store; an account that is not there any more is a lost one.
Task<void> Accounts::load(std::shared_ptr<Held> held) {
  try {
    auto found = co_await loop_.on_worker([this, &held] {
      return store_.read([&](Database& db) {
        auto account = store::find_account(db, held->key.id);
        if (!account) account.emplace().reason = "disconnected";
        return std::pair(*account, store::open_account_tokens(db, store_.vault(), held->key.id).access);
      });
    });
    take(*held, found.first, std::move(found.second));
  } catch (const Error& error) {
    rest(*held, error);
  }
  held->busy = false;
  held->changed.wake_all();
}

void Accounts::rest(Held& held, const Error& error) {
  held.pause =
      held.pause.count() == 0 ? settings_.first_pause : std::min(held.pause * 2, settings_.longest_pause);
  held.resting_until = clock_.now() + held.pause;
  held.trouble = Error::upstream(
      "upstream_auth_unavailable",
      cat("The sign-in of \"", held.key.label, "\" cannot be renewed at the moment. Try again in a minute. (",
          error.message(), ")"),
      error.detail());
  log::warn("account.not_refreshed",
            {{"server", held.key.label}, {"reason", error.id()}, {"detail", error.detail()}});
}

Task<void> Accounts::refresh(std::shared_ptr<Held> held) {
  std::string lost;
  try {
    co_await refresh_now(*held);
    held->pause = milliseconds(0);
    held->resting_until = {};
  } catch (const oauth::TokenError& error) {
    if (error.failure() == oauth::TokenFailure::ended)
      lost = "ended";
    else
      rest(*held, error);
  } catch (const Error& error) {
    if (error.id() == "oauth_client_gone")
      lost = "client_gone";
    else
      rest(*held, error);
  } catch (const std::exception& error) {
    rest(*held, Error::internal("oauth_stored_metadata", "What is stored of the account cannot be read.",
                                error.what()));
  }
  if (!lost.empty()) co_await lose(held, lost);
  held->busy = false;
  held->changed.wake_all();
}

namespace {

struct RefreshPlan {
  std::optional<store::Account> account;  // absent: it is gone
  bool is_stale = false;                  // another was quicker
  Secret access, refresh_token;
  oauth::SignInTarget target;
  oauth::TokenRequest request;
};

// Writes down that a refresh is being sent, so that after a crash it is known that the token may be used up.
RefreshPlan plan_refresh(Store& store, const AccountKey& key, std::int64_t generation) {
  return store.transact([&](Database& db) {
    RefreshPlan plan;
    plan.account = store::find_account(db, key.id);
    if (!plan.account) return plan;
    auto tokens = store::open_account_tokens(db, store.vault(), key.id);
    plan.access = std::move(tokens.access);
    plan.refresh_token = std::move(tokens.refresh);
    plan.is_stale = !store::begin_refresh(db, key.id, generation);
    if (plan.is_stale) return plan;
    const Server server = store::require_server(db, key.server);
    plan.target = sign_in_target(db, server);
    plan.request.endpoint = parse_url(plan.account->endpoints.token);
    plan.request.client = client_identity(db, store.vault(), plan.account->client);
    plan.request.resource = plan.account->resource;
    return plan;
  });
}

}  // namespace

// Throws what the refresh threw; the row says afterwards that none is under way.
Task<void> Accounts::refresh_now(Held& held) {
  auto plan = co_await loop_.on_worker([&] { return plan_refresh(store_, held.key, held.generation); });
  if (!plan.account) plan.account.emplace().reason = "disconnected";
  if (!plan.account->reason.empty() || plan.is_stale) {
    take(held, *plan.account, std::move(plan.access));
    co_return;
  }
  held.interrupted = plan.account->is_refreshing;
  oauth::Trace trace;
  std::optional<oauth::TokenAnswer> answer;
  std::exception_ptr failure;
  try {
    Until whole = Until::in(std::chrono::seconds(20));
    answer = co_await client_.refresh(plan.target, plan.request, plan.refresh_token, trace, whole);
  } catch (const Error&) {
    failure = std::current_exception();
  }
  co_await loop_.on_worker([&] {
    store_.transact([&](Database& db) {
      if (!answer) return store::end_refresh(db, held.key.id, held.generation);
      store::Refreshed fresh;
      fresh.tokens.access = std::move(answer->access);
      if (answer->refresh) fresh.tokens.refresh = std::move(*answer->refresh);
      if (answer->has_scope) fresh.scope = answer->scope;
      fresh.expires_at = answer->expires_at;
      store::put_refreshed(db, store_.vault(), held.key.id, held.generation, fresh, clock_.now());
    });
  });
  if (failure) std::rethrow_exception(failure);
  log::debug("account.refreshed", {{"server", held.key.label}});
  auto found = co_await loop_.on_worker([&] {
    return store_.read([&](Database& db) {
      auto account = store::find_account(db, held.key.id);
      if (!account) account.emplace().reason = "disconnected";
      return std::pair(*account, store::open_account_tokens(db, store_.vault(), held.key.id).access);
    });
  });
  take(held, found.first, std::move(found.second));
}

// The tokens are wiped and the trail says so, in one transaction; then those who show it are told.
Task<void> Accounts::lose(std::shared_ptr<Held> held, std::string reason) {
  held->access = nullptr;
  held->reason = reason;
  // As they are now: another may load the account while the worker is at it.
  const std::int64_t generation = held->generation;
  const bool interrupted = held->interrupted;
  bool is_lost = co_await loop_.on_worker([this, &held, &reason, generation, interrupted] {
    return store_.transact([&](Database& db) {
      const auto account = store::find_account(db, held->key.id);
      if (!account) return false;
      const std::string why = interrupted ? std::string("interrupted") : reason;
      if (!store::lose_account(db, held->key.id, generation, why, clock_.now())) return false;
      const auto server = store::find_server(db, held->key.server);
      Event row;
      row.at = clock_.now();
      row.action = "account.lost";
      row.actor = held->key.user ? held->key.user->text() : std::string();
      row.server = server ? trail_name(*server) : std::string();
      row.outcome = "failed";
      row.reason = why;
      store::append_event(db, store_.vault().audit_chain_key(), row);
      return true;
    });
  });
  if (is_lost) {
    log::warn("account.lost", {{"server", held->key.label}, {"reason", reason}});
    if (lost_) lost_(held->key.server, held->key.user);
  } else {  // the row has moved on: what it says now counts (R61)
    held->reason.clear();
    held->loaded = false;
  }
  held->changed.wake_all();
}

Task<bool> Accounts::refused(std::shared_ptr<Held> held, Token presented, mcp::TokenSource::Refusal refusal,
                             Until until) {
  const bool has_moved_on = presented != held->access;
  if (has_moved_on && held->access) co_return true;
  std::optional<oauth::BearerChallenge> challenge;
  try {
    std::vector<std::string_view> lines(refusal.www_authenticate.begin(), refusal.www_authenticate.end());
    challenge = oauth::find_bearer(lines);
  } catch (const Error&) {  // it says nothing that can be read
  }
  if (refusal.status == 403) {
    if (!challenge || challenge->error != "insufficient_scope") co_return false;
    co_await loop_.on_worker([this, &held, &challenge] {
      store_.transact([&](Database& db) { store::want_scope(db, held->key.id, challenge->scope); });
    });
    throw Error::upstream(
        "needs_connection",
        cat("\"", held->key.label, "\" wants more rights than the account there was given. Sign in again at ",
            held->key.connect_url));
  }
  const Instant now = clock_.now();
  if (!held->has_refresh) co_await lose(held, "refused");
  const bool was_pressed =
      held->pressed_at.milliseconds > 0 && now < held->pressed_at + settings_.refused_again;
  if (held->has_refresh && !held->pressed) {  // who is refused meanwhile waits for the same renewal
    if (was_pressed && held->in_vain >= most_in_vain) co_return false;
    held->pressed_at = now;
    held->pressed = true;
    ++held->in_vain;
  }
  auto fresh = co_await token(held, until);
  co_return fresh != presented;
}

}  // namespace patchbay::gateway
