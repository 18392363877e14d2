#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "oauth/bearer.h"
#include "store/store.h"

namespace patchbay::http {

// /v1/teams: people who are granted things together. Scope admin; an auditor reads.
class TeamRoutes {
 public:
  TeamRoutes(Store& store, oauth::Bearer& bearer, const ControlHooks& hooks, const Clock& clock)
      : store_(store), bearer_(bearer), hooks_(hooks), clock_(clock) {}
  void add_to(Routes& routes);

 private:
  HttpReply list(const Request& request);
  HttpReply add(const Request& request);
  HttpReply show(const Request& request);
  HttpReply change(const Request& request);
  HttpReply remove(const Request& request);
  Event row(const Request& request, std::string_view action, const std::string& whom,
            const Changes& changes) const;

  Store& store_;
  oauth::Bearer& bearer_;
  const ControlHooks& hooks_;
  const Clock& clock_;
};

}  // namespace patchbay::http
