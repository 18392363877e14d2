#include "http/app_token_routes.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/http_reply.h"
#include "base/json.h"
#include "base/text.h"
#include "http/app_proof.h"
#include "http/audit_row.h"
#include "http/metadata_routes.h"
#include "http/oauth_reply.h"
#include "http/signing_in.h"
#include "store/apps.h"
#include "store/users.h"

namespace patchbay::http {

namespace {

std::string token_json(const oauth::Issuer::Answer& answer) {
  Json json = {{"access_token", answer.access.reveal()},
               {"token_type", "Bearer"},
               {"expires_in", answer.expires_in},
               {"scope", to_text(answer.scopes)}};
  if (!answer.refresh.empty()) json["refresh_token"] = answer.refresh.reveal();
  return dump(json);
}

}  // namespace

void AppTokenRoutes::add_to(Routes& routes) {
  const auto to = [this](Handler handler) {
    return [this, handler](const Request& request) { return with_app(request, handler); };
  };
  const auto preflight = [](const Request&) { return preflight_reply("POST, OPTIONS"); };
  routes.add("POST", "/oauth/token", Needs::nothing(), to(&AppTokenRoutes::token));
  routes.add("POST", "/oauth/revoke", Needs::nothing(), to(&AppTokenRoutes::revoke));
  routes.add("POST", "/oauth/introspect", Needs::nothing(), to(&AppTokenRoutes::introspect));
  routes.add("POST", "/oauth/device", Needs::nothing(), to(&AppTokenRoutes::device));
  routes.add("POST", "/oauth/register", Needs::nothing(),
             [this](const Request& request) { return register_app(request); });
  for (const char* path :
       {"/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/device", "/oauth/register"})
    routes.add("OPTIONS", path, Needs::nothing(), preflight);
}

HttpReply AppTokenRoutes::with_app(const Request& request, Handler handler) {
  std::optional<oauth::FormFields> form;
  try {
    form = form_of(request);
  } catch (const Error& error) {
    return oauth_error(400, "invalid_request", error.message());
  }
  if (form->repeated({"resource"})) return oauth_error(400, "invalid_request", "A parameter is there twice.");
  const auto proof = read_app_proof(request.http, *form);
  const auto app =
      proof ? store_.read([&](Database& db) { return store::find_app(db, proof->client_id); }) : std::nullopt;
  if (app && proves(*proof, *app)) return (this->*handler)(request, *app, *form);
  refusals_.record(request, "app.token", "invalid_client", proof ? proof->client_id : std::string());
  HttpReply reply =
      oauth_error(401, "invalid_client", "The client is not known here, or its secret is wrong.");
  if (request.http.header("authorization")) reply.headers.push_back({"WWW-Authenticate", "Basic"});
  return reply;
}

// In the transaction of the answer, so that nothing is given or taken that the trail does not know.
void AppTokenRoutes::settle(const Request& request, const App& app, std::string_view grant,
                            const oauth::Issuer::Answer& answer, Database& db) {
  if (answer.is_waiting) return;
  const auto now = clock_.now();
  const bool refused = !answer.error.empty();
  if (!refused && grant == grant_type::refresh) return;
  if (refused && answer.ended.empty() && !refusals_.takes(request)) return;
  Event row = refused ? refused_row(request, "app.token", answer.reason, app.id, now)
                      : audit_row(request, "app.sign_in", now);
  row.client = browser_of(request);
  row.tool = clean_text(app.name.empty() ? app.id : app.name, 128, false);
  if (!refused) row.actor = answer.sign_in.text();
  if (answer.user)
    if (const auto user = store::find_user(db, *answer.user)) row.actor_name = user->name;
  record(store_, db, row);
}

HttpReply AppTokenRoutes::token(const Request& request, const App& app, const oauth::FormFields& form) {
  const auto grant = form.text("grant_type");
  using Redeem =
      oauth::Issuer::Answer (oauth::Issuer::*)(Database&, const App&, const oauth::FormFields&) const;
  const Redeem redeem = grant == grant_type::code      ? &oauth::Issuer::redeem_code
                        : grant == grant_type::refresh ? &oauth::Issuer::refresh
                        : grant == grant_type::device  ? &oauth::Issuer::redeem_device
                                                       : nullptr;
  if (redeem == nullptr)
    return oauth_error(400, grant.empty() ? "invalid_request" : "unsupported_grant_type",
                       "The grant_type must be authorization_code, refresh_token or device_code.");
  if (!app.may(grant)) {
    refusals_.record(request, "app.token", "unauthorized_client", app.id);
    return oauth_error(400, "unauthorized_client", "The client has not registered for this grant_type.");
  }
  const auto answer = store_.transact([&](Database& db) {
    auto answered = (issuer_.*redeem)(db, app, form);
    settle(request, app, grant, answered, db);
    return answered;
  });
  if (!answer.ended.empty()) {
    bearer_.reload();
    for (const TokenId& one : answer.ended) hooks_.token_revoked(one);
  }
  if (!answer.error.empty()) return oauth_error(400, answer.error, answer.message);
  bearer_.add_issued(answer.hash);
  return oauth_answer(200, token_json(answer));
}

// 200 whether or not there was such a token (RFC 7009 §2.2).
HttpReply AppTokenRoutes::revoke(const Request& request, const App& app, const oauth::FormFields& form) {
  const Secret* token = form.find("token");
  if (token == nullptr || token->empty()) return oauth_error(400, "invalid_request", "A token is needed.");
  const auto ended = store_.transact([&](Database& db) {
    const auto sign_in = issuer_.revoke(db, app, token->reveal());
    if (sign_in) {
      Event row = audit_row(request, "app.revoke", clock_.now());
      row.actor = sign_in->text();
      row.client = browser_of(request);
      row.tool = clean_text(app.name.empty() ? app.id : app.name, 128, false);
      record(store_, db, row);
    }
    return sign_in;
  });
  if (ended) {
    bearer_.reload();
    hooks_.token_revoked(*ended);
  }
  HttpReply reply = HttpReply::empty(200);
  reply.headers.push_back({"Cache-Control", "no-store"});
  allow_every_origin(reply);
  return reply;
}

HttpReply AppTokenRoutes::introspect(const Request&, const App& app, const oauth::FormFields& form) {
  const Secret* token = form.find("token");
  if (token == nullptr || token->empty()) return oauth_error(400, "invalid_request", "A token is needed.");
  Json json = {{"active", false}};
  store_.read([&](Database& db) {
    const auto shown = issuer_.look_at(db, app, token->reveal());
    if (!shown) return;
    json = {{"active", true},
            {"client_id", app.id},
            {"token_type", shown->is_refresh ? "refresh_token" : "Bearer"},
            {"scope", to_text(shown->scopes)},
            {"aud", shown->resource},
            {"iss", issuer_.url()},
            {"sub", shown->user.text()},
            {"iat", shown->issued_at.milliseconds / 1000},
            {"exp", shown->expires_at.milliseconds / 1000}};
  });
  return oauth_answer(200, dump(json));
}

HttpReply AppTokenRoutes::device(const Request& request, const App& app, const oauth::FormFields& form) {
  if (devices_.take(request.http.peer, clock_.now()) != RateLimit::Verdict::allowed)
    return oauth_error(429, "slow_down", "Too many devices ask from this address. Try again in a minute.");
  if (!app.may(grant_type::device)) {
    refusals_.record(request, "app.token", "unauthorized_client", app.id);
    return oauth_error(400, "unauthorized_client", "The client has not registered for device codes.");
  }
  const auto scopes = oauth::read_app_scopes(form.text("scope"));
  if (!scopes)
    return oauth_error(400, "invalid_scope", "The scopes are mcp:read, mcp:write and offline_access.");
  const auto asked = form.all("resource");
  const auto resource = oauth::read_resource(issuer_.url(), asked.empty() ? std::string() : asked.front());
  if (!resource || asked.size() > 1)
    return oauth_error(400, "invalid_target", "The resource is not one of this gateway.");
  const auto made = store_.transact(
      [&](Database& db) { return issuer_.start_device(db, app, *scopes, *resource, request.http.peer); });
  const auto where = cat(issuer_.url(), "/device");
  return oauth_answer(200, dump({{"device_code", made.device_code.reveal()},
                                 {"user_code", made.user_code},
                                 {"verification_uri", where},
                                 {"verification_uri_complete", cat(where, "?code=", made.user_code)},
                                 {"expires_in", oauth::Issuer::device_life.count()},
                                 {"interval", oauth::Issuer::device_interval_s}}));
}

}  // namespace patchbay::http
