#pragma once

#include "http/account_desk.h"
#include "http/identity.h"
#include "http/page.h"
#include "http/route.h"

namespace patchbay::http {

// /connect/{slug}: where the links lead that agents and terminals show. The person signs in to Patchbay, sees
// what is about to be connected, and presses a button: only then does a sign-in begin, in that browser.
class ConnectPage {
 public:
  ConnectPage(const AccountDesk& desk, const Identity& identity, Site site)
      : desk_(desk), identity_(identity), site_(std::move(site)) {}
  void add_to(Routes& routes);

 private:
  HttpReply show(const Request& request);
  HttpReply start(const Request& request);
  HttpReply sign_in_first(const Request& request) const;
  HttpReply ask(const Request& request, const AccountDesk::Account& account, const Caller& caller) const;
  HttpReply problem(const Error& error) const;

  const AccountDesk& desk_;
  const Identity& identity_;
  const Site site_;
};

}  // namespace patchbay::http
