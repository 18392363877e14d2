#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_message.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/secure_bytes.h"
#include "domain/person.h"
#include "oauth/bearer.h"
#include "oauth/sign_in.h"
#include "store/store.h"

namespace patchbay::http {

// Who a request of the control plane comes from: the operator at the control socket, a token, or a browser
// session. Any thread that may block.
class Identity {
 public:
  Identity(Store& store, const oauth::Bearer& bearer, oauth::SignIn& sign_in);

  // Nothing where the request proves nobody. Throws Error::forbidden("csrf") for a session's request that
  // changes something and shows neither our Origin nor the session's token. Where `owed` is given it gets the
  // cookie that the answer must bring, whatever it says.
  std::optional<Caller> identify(const HttpRequest& request, bool is_use = true,
                                 std::vector<Header>* owed = nullptr) const;

  // The same for coroutines: only a browser session leaves the loop, to be looked up. `request` must outlive
  // it. Where `is_use` is false the session is looked at without being kept alive by that.
  Task<std::optional<Caller>> identify_on(Loop& loop, const HttpRequest& request, bool is_use = true) const;

  // Takes up what the caller selected for a client session of this label.
  void narrow(Caller& caller, std::string_view session) const;

  // What a page sends as X-Patchbay-CSRF; made from the session, so that it needs no place to be kept.
  std::string csrf_token(const SessionId& session) const;
  // The value of Set-Cookie; an empty one takes the cookie away. "__Host-" and Secure over https.
  static std::string cookie(const HttpRequest& request, const Secret& value);

 private:
  const oauth::Bearer& bearer_;
  oauth::SignIn& sign_in_;
  const SecureBytes csrf_key_;
};

}  // namespace patchbay::http
