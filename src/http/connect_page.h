#pragma once

#include "base/clock.h"
#include "http/account_desk.h"
#include "http/control_hooks.h"
#include "http/identity.h"
#include "http/own_routes.h"
#include "http/page.h"
#include "http/person_form.h"
#include "http/route.h"

namespace patchbay::http {

// /connect/{slug}: where the links lead that agents and terminals show. The person signs in to Patchbay, sees
// what is about to be connected, and presses a button: only then does a sign-in begin, in that browser. Where
// a server asks people for values of their own, they are given here.
class ConnectPage {
 public:
  ConnectPage(const AccountDesk& desk, const OwnRoutes& own, const Identity& identity, Site site)
      : desk_(desk), own_(own), identity_(identity), site_(std::move(site)) {}
  void add_to(Routes& routes);

 private:
  HttpReply show(const Request& request);
  HttpReply start(const Request& request);
  HttpReply ask(const Request& request, const AccountDesk::Account& account, const Caller& caller) const;
  HttpReply ask_values(const Request& request, const Server& server, const Caller& caller) const;
  HttpReply take_values(const Request& request, const Server& server, const oauth::FormFields& fields) const;
  HttpReply problem(const Error& error) const;

  const AccountDesk& desk_;
  const OwnRoutes& own_;
  const Identity& identity_;
  const Site site_;
};

}  // namespace patchbay::http
