#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "domain/person.h"
#include "store/database.h"

namespace patchbay::store {

inline constexpr std::chrono::minutes session_idle_time{30};
inline constexpr std::chrono::hours session_longest_time{12};
inline constexpr std::chrono::minutes session_stays_confirmed{10};
inline constexpr std::chrono::seconds old_value_is_good{10};  // requests that were under way at the exchange

// A person who has signed in with a browser. Only the hash of the cookie's value is kept.
struct BrowserSession {
  SessionId id;
  UserId user;
  Instant created_at;
  Instant last_seen_at;
  Instant confirmed_at;
  Instant expires_at;
  std::string remote;
  std::string client;
  std::optional<Role> role = {};  // the person's when the cookie got its value
  bool by_old_value = false;      // found by the value before

  bool is_live(Instant now) const { return now < expires_at && now < last_seen_at + session_idle_time; }
  bool is_confirmed(Instant now) const { return now < confirmed_at + session_stays_confirmed; }
};

struct NewSession {
  BrowserSession session;
  Secret value;  // of the cookie
};
NewSession start_session(Database& db, const UserId& user, std::string_view remote, std::string_view client,
                         Instant now);
// The live session that a cookie's value stands for.
std::optional<BrowserSession> find_session(Database& db, std::string_view value, Instant now);
bool has_session(Database& db, const SessionId& id);  // false once it was ended
// Notes that it is in use.
void touch_session(Database& db, const SessionId& id, Instant now);
// The person's role has changed: a new value for the cookie, and the password is wanted again for what needs
// it. The old value is good for another 10 s. Nothing where another request was quicker.
std::optional<Secret> renew_session(Database& db, const SessionId& id, Role role, Instant now);
// The password was given again: a new value for the cookie, the old one is worth nothing from now on.
Secret confirm_session(Database& db, const SessionId& id, Instant now);
// Newest first, behind the id `before` where it is given.
std::vector<BrowserSession> list_sessions(Database& db, const UserId& user, Instant now,
                                          std::string_view before = {});
bool end_session(Database& db, const UserId& user, const SessionId& id);  // false where there is none
// All of a person's but `except`.
int end_sessions(Database& db, const UserId& user, const SessionId& except = SessionId());
int purge_sessions(Database& db, Instant now);

// Links that let somebody set a password once: the first admin (no user), a new person, one locked out.
struct Invite {
  std::optional<UserId> user;
  std::optional<Instant> expires_at;
};
// Those made before for the same user are worth nothing from now on.
Secret create_invite(Database& db, const std::optional<UserId>& user, std::optional<Instant> expires_at,
                     Instant now);
std::optional<Invite> find_invite(Database& db, std::string_view value, Instant now);
// Links for the first admin, who is there by other means.
void drop_setup_invites(Database& db);
// Uses it up; false where it is not (or no longer) good.
bool take_invite(Database& db, std::string_view value, Instant now);

}  // namespace patchbay::store
