#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/control_hooks.h"
#include "http/rate_limit.h"
#include "http/refusal_log.h"
#include "http/route.h"
#include "oauth/bearer.h"
#include "oauth/form.h"
#include "oauth/issuer.h"
#include "store/store.h"

namespace patchbay::http {

// What applications ask without a browser: /oauth/token (RFC 6749, RFC 8628), /oauth/revoke (RFC 7009),
// /oauth/introspect (RFC 7662, of their own tokens only), /oauth/register (RFC 7591), /oauth/device.
class AppTokenRoutes {
 public:
  AppTokenRoutes(Store& store, oauth::Bearer& bearer, const oauth::Issuer& issuer, const ControlHooks& hooks,
                 const Clock& clock)
      : store_(store), bearer_(bearer), issuer_(issuer), hooks_(hooks), clock_(clock) {}
  void add_to(Routes& routes);

  static constexpr int registrations_a_minute = 20;
  static constexpr std::int64_t most_unapproved = 1000;
  static constexpr std::chrono::hours unused_are_kept{24};

 private:
  using Handler = HttpReply (AppTokenRoutes::*)(const Request&, const App&, const oauth::FormFields&);
  HttpReply with_app(const Request& request, Handler handler);
  HttpReply token(const Request& request, const App& app, const oauth::FormFields& form);
  HttpReply revoke(const Request& request, const App& app, const oauth::FormFields& form);
  HttpReply introspect(const Request& request, const App& app, const oauth::FormFields& form);
  HttpReply device(const Request& request, const App& app, const oauth::FormFields& form);
  HttpReply register_app(const Request& request);
  std::string add_registered(const Request& request);
  void settle(const Request& request, const App& app, std::string_view grant,
              const oauth::Issuer::Answer& answer, Database& db);

  Store& store_;
  oauth::Bearer& bearer_;
  const oauth::Issuer& issuer_;
  const ControlHooks& hooks_;
  const Clock& clock_;
  RateLimit registrations_{registrations_a_minute};
  RefusalLog refusals_{store_, clock_};
  RateLimit devices_{20};
};

}  // namespace patchbay::http
