#include "oauth/sign_in.h"

#include "base/error.h"
#include "base/text.h"
#include "store/derivations.h"
#include "store/users.h"

namespace patchbay::oauth {
namespace {

constexpr std::chrono::minutes failures_count_for{15};
constexpr int most_failures = 10;
constexpr std::size_t most_keys = 10'000;
constexpr std::chrono::hours invite_life{7 * 24};
constexpr std::chrono::seconds between_touches{60};

Error failed() {
  return Error::unauthenticated("sign_in_failed", "This name and password do not belong together.");
}

}  // namespace

SignIn::SignIn(Store& store, const Bearer& bearer, const Clock& clock)
    : store_(store),
      bearer_(bearer),
      clock_(clock),
      passwords_(store.vault().derive(derivations::password_pepper)) {}

std::optional<SignIn::Known> SignIn::identify(std::string_view cookie, bool is_use, bool may_renew) {
  const auto now = clock_.now();
  const auto session = store_.read([&](Database& db) { return store::find_session(db, cookie, now); });
  if (!session) return std::nullopt;
  auto person = bearer_.person(session->user);
  if (!person) return std::nullopt;
  if (is_use && session->last_seen_at + between_touches < now)
    store_.transact([&](Database& db) {
      store::touch_session(db, session->id, now);
      store::touch_user(db, session->user, now);
    });
  Known known;
  Caller& caller = known.caller;
  caller.proof = Caller::Proof::session;
  caller.rollout = bearer_.rollout();
  caller.name = person->name;
  caller.scopes = scopes_of(person->role);
  caller.session = session->id;
  caller.is_confirmed = session->is_confirmed(now);
  if (session->role != person->role) {
    caller.is_confirmed = false;
    if (may_renew && !session->by_old_value)
      known.new_value = store_.transact(
          [&](Database& db) { return store::renew_session(db, session->id, person->role, now); });
  }
  caller.person = std::move(person);
  return known;
}

// A few wrong tries are everybody's; many in a row wait, whether or not the name is one of ours.
void SignIn::check_patience(const std::string& key) {
  const auto now = clock_.now();
  failures_.with([&](auto& failures) {
    const auto found = failures.find(key);
    if (found == failures.end()) return;
    if (found->second.since + failures_count_for < now)
      failures.erase(found);
    else if (found->second.count >= most_failures)
      throw Error::limited("sign_in_later",
                           "There were too many wrong passwords. Try again in a quarter of an hour.",
                           static_cast<int>(std::chrono::seconds(failures_count_for).count()));
  });
}

void SignIn::note_failure(const std::string& key) {
  const auto now = clock_.now();
  failures_.with([&](auto& failures) {
    if (failures.size() >= most_keys && !failures.contains(key))
      std::erase_if(failures, [&](const auto& one) { return one.second.since + failures_count_for < now; });
    if (failures.size() >= most_keys && !failures.contains(key)) return;
    auto& one = failures[key];
    if (one.count++ == 0) one.since = now;
  });
}

SignIn::SignedIn SignIn::begin(Database& db, const UserId& user, std::string_view remote,
                               std::string_view client) {
  store::touch_user(db, user, clock_.now());
  return {store::require_user(db, user.text()), store::start_session(db, user, remote, client, clock_.now())};
}

SignIn::SignedIn SignIn::sign_in(std::string_view name, const Secret& password, std::string_view remote,
                                 std::string_view client) {
  const std::string by_name = cat("name ", lower(name.substr(0, 100)));
  const std::string by_address = cat("address ", remote);
  check_patience(by_name);
  check_patience(by_address);
  std::optional<User> user;
  std::string stored;
  store_.read([&](Database& db) {
    user = store::find_user(db, name);
    if (user && !user->disabled_at && !user->is_service) stored = store::find_password(db, user->id);
  });
  if (!passwords_.verify(password, stored)) {
    note_failure(by_name);
    note_failure(by_address);
    throw failed();
  }
  failures_.with([&](auto& failures) { failures.erase(by_name); });
  const std::string better = Passwords::is_outdated(stored) ? passwords_.hash(password) : std::string();
  return store_.transact([&](Database& db) {
    const auto now = store::find_user(db, user->id);
    if (!now || now->disabled_at || store::find_password(db, user->id) != stored) throw failed();
    if (!better.empty()) store::put_password(db, user->id, better, clock_.now());
    return begin(db, user->id, remote, client);
  });
}

Secret SignIn::confirm(const Caller& caller, const Secret& password) {
  const std::string by_session = cat("session ", caller.session.text());
  check_patience(by_session);
  const auto stored = store_.read([&](Database& db) { return store::find_password(db, caller.person->id); });
  if (!passwords_.verify(password, stored)) {
    note_failure(by_session);
    throw Error::forbidden("wrong_password", "That is not your password.");
  }
  return store_.transact(
      [&](Database& db) { return store::confirm_session(db, caller.session, clock_.now()); });
}

void SignIn::change_password(const Caller& caller, const Secret& old_password, const Secret& new_password,
                             const std::function<void(Database&)>& also) {
  Passwords::check(new_password);
  const std::string by_session = cat("session ", caller.session.text());
  check_patience(by_session);
  const auto stored = store_.read([&](Database& db) { return store::find_password(db, caller.person->id); });
  if (!passwords_.verify(old_password, stored)) {
    note_failure(by_session);
    throw Error::forbidden("wrong_password", "That is not your password.");
  }
  const std::string hash = passwords_.hash(new_password);
  store_.transact([&](Database& db) {
    store::put_password(db, caller.person->id, hash, clock_.now());
    store::end_sessions(db, caller.person->id, caller.session);
    also(db);
  });
}

std::optional<store::Invite> SignIn::look_at(const Secret& invite) const {
  return store_.read([&](Database& db) { return store::find_invite(db, invite.reveal(), clock_.now()); });
}

SignIn::SignedIn SignIn::accept(const Secret& invite, const User& first_admin, const Secret& password,
                                std::string_view remote, std::string_view client) {
  const auto gone = [] {
    return Error::not_found("no_invite",
                            "This link was used already or is too old. Ask an admin for another.");
  };
  if (!look_at(invite)) throw gone();
  const std::string hash = passwords_.hash(password);
  return store_.transact([&](Database& db) {
    const auto now = clock_.now();
    const auto found = store::find_invite(db, invite.reveal(), now);
    if (!found || !store::take_invite(db, invite.reveal(), now)) throw gone();
    UserId id;
    if (found->user) {
      id = *found->user;
      if (store::require_user(db, id.text()).disabled_at) throw gone();
      store::end_sessions(db, id);
    } else {
      User user = first_admin;
      user.id = id = UserId::create(now);
      user.role = Role::admin;
      user.created_at = user.updated_at = now;
      store::add_user(db, user);
    }
    store::put_password(db, id, hash, now);
    if (store::has_admin_with_password(db)) store::drop_setup_invites(db);
    return begin(db, id, remote, client);
  });
}

// The first admin's link lasts until it is used: whoever installs may be interrupted for long.
Secret SignIn::invite(Database& db, const std::optional<UserId>& user) const {
  const auto now = clock_.now();
  std::optional<Instant> end;
  if (user) end = now + invite_life;
  return store::create_invite(db, user, end, now);
}

}  // namespace patchbay::oauth
