#pragma once

#include <string>
#include <string_view>

#include "http/identity.h"
#include "http/page.h"
#include "http/route.h"
#include "http/signing_in.h"

namespace patchbay::http {

// /sign-in?then=/path: a form for name and password, for pages that need a person and for browsers without
// scripts. Whoever is signed in goes on at once.
class SignInPage {
 public:
  SignInPage(SigningIn signing_in, const Identity& identity, Site site)
      : signing_in_(signing_in), identity_(identity), site_(std::move(site)) {}
  void add_to(Routes& routes);

  // The way here for whoever must sign in first. `then` is a path of ours, base path and query included.
  static std::string address(const Site& site, std::string_view then);

 private:
  HttpReply show(const Request& request);
  HttpReply take(const Request& request);
  HttpReply form(int status, std::string_view then, std::string_view name, std::string_view problem) const;
  HttpReply go_on(std::string_view then) const;

  SigningIn signing_in_;
  const Identity& identity_;
  const Site site_;
};

}  // namespace patchbay::http
