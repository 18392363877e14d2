#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "http/refusal_log.h"
#include "http/route.h"
#include "oauth/bearer.h"
#include "oauth/sign_in.h"
#include "store/store.h"

namespace patchbay::http {

// The browser as the trail and the list of sessions name it.
std::string browser_of(const Request& request);

// Signing in by name and password, however it is asked for: the same limits, the same rows in the trail.
class SigningIn {
 public:
  SigningIn(Store& store, oauth::Bearer& bearer, oauth::SignIn& sign_in, const Clock& clock)
      : store_(store),
        bearer_(bearer),
        sign_in_(sign_in),
        clock_(clock),
        refusals_(std::make_shared<RefusalLog>(store, clock)) {}

  // Throws what oauth::SignIn::sign_in throws. A refused try is in the trail with the name that was given,
  // for that is what an admin looks for; of each address as many as RefusalLog takes.
  oauth::SignIn::SignedIn with_password(const Request& request, std::string_view name,
                                        const Secret& password) const;
  // Records that a session began, as `action`.
  void record_begin(const Request& request, const oauth::SignIn::SignedIn& who,
                    std::string_view action) const;

 private:
  Store& store_;
  oauth::Bearer& bearer_;
  oauth::SignIn& sign_in_;
  const Clock& clock_;
  std::shared_ptr<RefusalLog> refusals_;  // one for all copies
};

}  // namespace patchbay::http
