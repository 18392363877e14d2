#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/app_directory.h"
#include "http/consent_page.h"
#include "http/page.h"
#include "http/refusal_log.h"
#include "http/route.h"
#include "oauth/issuer.h"
#include "store/store.h"

namespace patchbay::http {

// /oauth/authorize and /oauth/consent: a person at a browser lets an application in, and it gets a code
// (RFC 6749 §4.1, RFC 7636, RFC 8707, RFC 9207). Until the redirect URI is known to be the application's own,
// nobody is sent anywhere. What the page was asked with comes back with the answer and is read anew; it
// counts only together with the session's own CSRF token, so that it is worth nothing in another browser.
class AuthorizeRoutes {
 public:
  AuthorizeRoutes(Store& store, oauth::Bearer& bearer, const oauth::Issuer& issuer, AppDirectory& apps,
                  ConsentPage consent, const Clock& clock, Site site)
      : store_(store),
        bearer_(bearer),
        issuer_(issuer),
        apps_(apps),
        consent_(std::move(consent)),
        clock_(clock),
        site_(std::move(site)) {}
  void add_to(Routes& routes);

 private:
  struct Asked {
    App app;
    oauth::AuthorizationRequest request;
    std::optional<HttpReply> refusal;
  };
  HttpReply authorize(const Request& request);
  HttpReply answer(const Request& request);
  Asked read(const Request& request, std::string_view query) const;
  HttpReply refuse(const Request& request, const Asked& asked, std::string_view error,
                   std::string_view message) const;
  using Parameters = std::vector<std::pair<std::string, std::string>>;
  HttpReply send(const Asked& asked, Parameters parameters) const;
  HttpReply give_code(const Request& request, const Asked& asked, const Caller& caller,
                      const AppGrant& grant);
  ConsentQuestion question(const Asked& asked, std::string_view query) const;

  Store& store_;
  oauth::Bearer& bearer_;
  const oauth::Issuer& issuer_;
  AppDirectory& apps_;
  const ConsentPage consent_;
  const Clock& clock_;
  const Site site_;
  mutable RefusalLog refusals_{store_, clock_};
};

}  // namespace patchbay::http
