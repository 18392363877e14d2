#include "http/person_form.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "base/url.h"
#include "http/oauth_reply.h"
#include "http/sign_in_page.h"

namespace patchbay::http {

namespace {

// Other sites that an admin let at the API are not let at what a person decides.
bool is_own_origin(const Site& site, const HttpRequest& request) {
  const auto origin = request.header("origin");
  if (!origin) return true;
  const auto given = lower(*origin);
  const auto host = lower(request.header("host").value_or(""));
  return given == parse_url(site.url).origin() ||
         given == cat(request.is_https ? "https://" : "http://", host);
}

}  // namespace

std::optional<Caller> person_at_browser(const Identity& identity, const Request& request) {
  auto caller = identity.identify(request.http);
  if (!caller || caller->proof != Caller::Proof::session || !caller->person) return std::nullopt;
  return caller;
}

HttpReply sign_in_first(const Site& site, const HttpRequest& request) {
  return see_other(SignInPage::address(site, cat(site.base_path, request.path)));
}

PersonForm read_person_form(const Identity& identity, const Site& site, const Request& request,
                            const oauth::FormLimits& limits) {
  auto fields = form_of(request, limits);
  // What the form brings stands for the header that a script would send.
  HttpRequest asked = request.http;
  asked.headers.push_back({"x-patchbay-csrf", fields.text("csrf")});
  auto caller = identity.identify(asked);
  if (!caller || caller->proof != Caller::Proof::session || !caller->person)
    throw Error::unauthenticated("no_session", "Sign in with your browser first.");
  if (!is_own_origin(site, request.http) ||
      !crypto::equal(fields.text("csrf"), identity.csrf_token(caller->session)))
    throw Error::forbidden("csrf", "This request does not come from our own pages. Reload the page.");
  return {std::move(*caller), std::move(fields)};
}

}  // namespace patchbay::http
