#pragma once

#include <optional>

#include "domain/person.h"
#include "http/identity.h"
#include "http/page.h"
#include "http/route.h"
#include "oauth/form.h"

namespace patchbay::http {

// The person at this browser; nothing where nobody has signed in.
std::optional<Caller> person_at_browser(const Identity& identity, const Request& request);

// To the sign-in page, and back to the address of this request.
HttpReply sign_in_first(const Site& site, const HttpRequest& request);

// A form that a person at a browser sent from a page of ours.
struct PersonForm {
  Caller caller;
  oauth::FormFields fields;
};
// Throws Error::unauthenticated("no_session"), Error::forbidden("csrf") where the form is none of ours or of
// another session, Error::invalid("not_form" | "bad_form").
PersonForm read_person_form(const Identity& identity, const Site& site, const Request& request,
                            const oauth::FormLimits& limits = {});

// The same request as that person makes it.
inline Request as_person(const Request& request, const Caller& caller) {
  return {request.http, caller, request.parts};
}

}  // namespace patchbay::http
