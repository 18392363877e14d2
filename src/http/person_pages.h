#pragma once

#include "base/clock.h"
#include "http/control_hooks.h"
#include "http/identity.h"
#include "http/page.h"
#include "http/route.h"
#include "store/store.h"

namespace patchbay::http {

// Small pages for people at a browser: /welcome, where setup and invitation links lead, and /approvals, where
// calls wait for their person's word. The API behind both is /v1/welcome and /v1/me/approvals.
class PersonPages {
 public:
  PersonPages(Store& store, const Identity& identity, const ControlHooks& hooks, const Clock& clock,
              Site site)
      : store_(store), identity_(identity), hooks_(hooks), clock_(clock), site_(std::move(site)) {}
  void add_to(Routes& routes);

 private:
  HttpReply welcome(const Request& request);
  HttpReply list_approvals(const Request& request);
  HttpReply decide(const Request& request);

  Store& store_;
  const Identity& identity_;
  const ControlHooks& hooks_;
  const Clock& clock_;
  const Site site_;
};

}  // namespace patchbay::http
