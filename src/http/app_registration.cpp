#include "base/encoding.h"
#include "base/error.h"
#include "base/http_reply.h"
#include "base/json.h"
#include "base/text.h"
#include "http/app_token_routes.h"
#include "http/audit_row.h"
#include "http/oauth_reply.h"
#include "http/signing_in.h"
#include "oauth/app_metadata.h"
#include "store/apps.h"

namespace patchbay::http {

namespace {

HttpReply too_many(std::string_view message, int seconds) {
  HttpReply reply = oauth_error(429, "too_many_requests", message);
  reply.headers.push_back({"Retry-After", cat(seconds)});
  return reply;
}

}  // namespace

// Anybody may register, so what it costs is bounded: by address and minute, and by the number of those that
// nobody has let in; they go after a day.
HttpReply AppTokenRoutes::register_app(const Request& request) {
  const auto verdict = registrations_.take(request.http.peer, clock_.now());
  if (verdict != RateLimit::Verdict::allowed) {
    if (verdict == RateLimit::Verdict::first_refused)
      refusals_.record(request, "app.register", "too_many_requests");
    return too_many("Too many applications register from this address. Try again in a minute.", 60);
  }
  if (request.http.body.size() > oauth::largest_registration)
    return oauth_error(413, "invalid_client_metadata", "The registration may have 64 KiB at most.");
  try {
    return oauth_answer(201, add_registered(request));
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::invalid && error.kind() != Error::Kind::limited &&
        error.kind() != Error::Kind::forbidden)
      throw;
    refusals_.record(request, "app.register", error.id());
    if (error.kind() == Error::Kind::limited) return too_many(error.message(), error.retry_after());
    if (error.kind() == Error::Kind::forbidden) return oauth_error(403, "access_denied", error.message());
    const bool is_uri = error.id() == "invalid_redirect_uri";
    return oauth_error(400, is_uri ? "invalid_redirect_uri" : "invalid_client_metadata", error.message());
  }
}

std::string AppTokenRoutes::add_registered(const Request& request) {
  const Json body = request.json();
  const auto now = clock_.now();
  return store_.transact([&](Database& db) {
    const auto settings = store::read_app_settings(db);
    if (!settings.registration)
      throw Error::forbidden("registration_off", "Applications cannot register here. Ask an admin.");
    auto made = oauth::register_app(oauth::read_app_metadata(body, settings), request.http.peer, now);
    if (store::count_unapproved_apps(db) >= most_unapproved) {
      store::reap_apps(db, now + -std::chrono::milliseconds(unused_are_kept));
      if (store::count_unapproved_apps(db) >= most_unapproved)
        throw Error::limited("too_many_apps", "Too many applications wait to be let in. Try again later.",
                             3600);
    }
    store::add_app(db, made.app);
    Event row = audit_row(request, "app.register", now);
    row.client = browser_of(request);
    row.tool = clean_text(made.app.name.empty() ? made.app.id : made.app.name, 128, false);
    record(store_, db, row);
    return dump(oauth::registration_answer(made));
  });
}

}  // namespace patchbay::http
