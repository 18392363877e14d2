#pragma once

#include "http/account_desk.h"
#include "http/route.h"

namespace patchbay::http {

// /v1: signing in at servers with auth "oauth", and out again. A sign-in begins and ends at one browser; its
// state can be asked for meanwhile.
class AccountRoutes {
 public:
  AccountRoutes(const AccountDesk& desk, Store& store, const Clock& clock)
      : desk_(desk), store_(store), clock_(clock) {}
  void add_to(Routes& routes);

 private:
  HttpReply start(const Request& request);
  HttpReply start_own(const Request& request);
  HttpReply show_flow(const Request& request);
  HttpReply disconnect(const Request& request);
  HttpReply disconnect_own(const Request& request);

  const AccountDesk& desk_;
  Store& store_;
  const Clock& clock_;
};

}  // namespace patchbay::http
