#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/account_desk.h"
#include "http/control_hooks.h"
#include "http/identity.h"
#include "http/page.h"
#include "http/person_form.h"
#include "http/refusal_log.h"
#include "http/route.h"
#include "store/oauth_flows.h"
#include "store/store.h"

namespace patchbay::oauth {
class FormFields;
}

namespace patchbay::http {

// /oauth/callback, where providers send people back to after signing in (RFC 6749 §4.1.2, RFC 9207), with
// /oauth/wait for the window meanwhile and /oauth/client.json, our client metadata document. Public: what
// proves the person is the browser session that began the sign-in, never the state alone.
class CallbackPage {
 public:
  CallbackPage(Store& store, const Identity& identity, const AccountDesk& desk, const ControlHooks& hooks,
               const Clock& clock, Site site)
      : store_(store),
        identity_(identity),
        desk_(desk),
        hooks_(hooks),
        clock_(clock),
        site_(std::move(site)) {}
  void add_to(Routes& routes);

 private:
  // Why an answer is worth nothing.
  struct Refusal {
    int status = 400;
    std::string_view id;  // stable
    std::string message;
  };
  // What came back, by whose browser, and the sign-in it belongs to.
  struct Answered {
    const Request& request;
    const Caller* caller = nullptr;  // at a browser; null for nobody
    std::optional<store::OAuthFlow> flow;
  };
  HttpReply show(const Request& request);
  HttpReply wait(const Request& request);
  HttpReply client_document(const Request& request);
  std::optional<Refusal> check_flow(const Answered& answered);
  std::optional<Refusal> check_answer(const store::OAuthFlow& flow, const oauth::FormFields& fields);
  void burn(const store::OAuthFlow& flow, const Refusal& refusal);
  HttpReply refuse(const Answered& answered, const Refusal& refusal);
  HttpReply finish(const Answered& answered, Secret verifier, Secret code);
  HttpReply result(int status, std::string_view state, const store::OAuthFlow* flow, std::string_view title,
                   std::string_view message) const;
  Event row(const Answered& answered) const;

  Store& store_;
  const Identity& identity_;
  const AccountDesk& desk_;
  const ControlHooks& hooks_;
  const Clock& clock_;
  const Site site_;
  RefusalLog refusals_{store_, clock_};
};

}  // namespace patchbay::http
