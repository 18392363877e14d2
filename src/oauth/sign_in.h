#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/secret.h"
#include "domain/person.h"
#include "oauth/bearer.h"
#include "oauth/passwords.h"
#include "store/browser_sessions.h"
#include "store/store.h"

namespace patchbay::oauth {

// People at a browser: signing in with a password, the sessions that come of it, and the links by which a
// password is set. Any thread that may block. What changes anything is recorded by the routes.
class SignIn {
 public:
  SignIn(Store& store, const Bearer& bearer, const Clock& clock);

  struct Known {
    Caller caller;
    std::optional<Secret> new_value;  // that the cookie must have from now on: the person's role has changed
  };
  // The caller that a session's cookie stands for; nothing where it has ended or its person is disabled. The
  // role is that of now. Where `is_use` is false the session does not live longer for having been looked at;
  // without `may_renew` the cookie stays as it is, for an answer that cannot bring another.
  std::optional<Known> identify(std::string_view cookie, bool is_use, bool may_renew);

  struct SignedIn {
    User user;
    store::NewSession session;
  };
  // Throws Error::unauthenticated("sign_in_failed"), the same for every cause, and Error::busy("sign_in_busy"
  // | "sign_in_later"), the latter after many failures for one name or from one address.
  SignedIn sign_in(std::string_view name, const Secret& password, std::string_view remote,
                   std::string_view client);
  // The password once more, by whoever has a session: what others try at the same name does not count here.
  // The cookie's new value. Throws Error::forbidden("wrong_password"), Error::limited("sign_in_later").
  Secret confirm(const Caller& caller, const Secret& password);
  // Throws the same. Ends the person's other sessions; `also` is in the same transaction.
  void change_password(const Caller& caller, const Secret& old_password, const Secret& new_password,
                       const std::function<void(Database&)>& also);

  // Where a link's value goes: nothing where it is not good any more.
  std::optional<store::Invite> look_at(const Secret& invite) const;
  // Uses up a link: its person, or the first admin with this name, has the password from now on and is signed
  // in. Throws Error::not_found("no_invite").
  SignedIn accept(const Secret& invite, const User& first_admin, const Secret& password,
                  std::string_view remote, std::string_view client);

  // The value of a new link. For the first admin where `user` is absent.
  Secret invite(Database& db, const std::optional<UserId>& user) const;

 private:
  struct Failures {
    int count = 0;
    Instant since;
  };
  void check_patience(const std::string& key);
  void note_failure(const std::string& key);
  SignedIn begin(Database& db, const UserId& user, std::string_view remote, std::string_view client);

  Store& store_;
  const Bearer& bearer_;
  const Clock& clock_;
  Passwords passwords_;
  Guarded<std::map<std::string, Failures>> failures_;  // by name and by address
};

}  // namespace patchbay::oauth
