#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/identity.h"
#include "http/page.h"
#include "http/person_form.h"
#include "http/route.h"
#include "oauth/bearer.h"
#include "oauth/form.h"
#include "oauth/issuer.h"
#include "store/store.h"

namespace patchbay::http {

// What the page asks a person, whichever way the application came.
struct ConsentQuestion {
  App app;
  std::string redirect_host;  // as grants keep it
  std::string shown_host;     // where the answer goes, in large letters
  bool is_web = false;        // only the application itself can be there
  Scope scopes = Scope::none;
  std::string resource;
  std::string_view action;       // "/oauth/consent", "/device/consent"
  std::string_view hidden_name;  // what the form brings back, besides the answer
  std::string hidden_value;
};

// The page on which a person lets an application in, and what they answered: which scopes, which servers.
class ConsentPage {
 public:
  ConsentPage(Store& store, const oauth::Bearer& bearer, const Identity& identity, Site site)
      : store_(store), bearer_(bearer), identity_(identity), site_(std::move(site)) {}

  // The person at this browser; nothing where nobody has signed in.
  std::optional<Caller> person(const Request& request) const;
  PersonForm read_form(const Request& request) const;

  HttpReply ask(const Caller& caller, const ConsentQuestion& question) const;
  oauth::Issuer::Approval read(const Caller& caller, const ConsentQuestion& question,
                               const oauth::FormFields& form) const;

 private:
  std::vector<Server> reachable(const Caller& caller, std::string_view resource) const;
  bool is_partial(std::string_view resource) const;
  Html servers_part(const std::vector<Server>& servers, bool partial) const;

  Store& store_;
  const oauth::Bearer& bearer_;
  const Identity& identity_;
  const Site site_;
};

}  // namespace patchbay::http
