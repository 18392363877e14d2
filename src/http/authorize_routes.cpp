#include "http/authorize_routes.h"

#include "base/error.h"
#include "base/http_reply.h"
#include "base/log.h"
#include "base/text.h"
#include "http/app_row.h"
#include "http/audit_row.h"
#include "http/oauth_reply.h"
#include "http/sign_in_page.h"
#include "store/apps.h"

namespace patchbay::http {

namespace {

constexpr std::string_view action = "app.authorize";

}  // namespace

void AuthorizeRoutes::add_to(Routes& routes) {
  routes.add("GET", "/oauth/authorize", Needs::nothing(),
             [this](const Request& request) { return authorize(request); });
  routes.add("POST", "/oauth/consent", Needs::nothing(),
             [this](const Request& request) { return answer(request); });
}

// With `iss`, so that the application knows who answers (RFC 9207).
HttpReply AuthorizeRoutes::send(const Asked& asked, Parameters parameters) const {
  if (!asked.request.state.empty()) parameters.emplace_back("state", asked.request.state);
  parameters.emplace_back("iss", issuer_.url());
  return see_other(oauth::with_parameters(asked.request.redirect_uri, parameters));
}

HttpReply AuthorizeRoutes::refuse(const Request& request, const Asked& asked, std::string_view error,
                                  std::string_view message) const {
  refusals_.record(request, action, error, asked.app.id);
  Parameters parameters = {{"error", std::string(error)}, {"error_description", std::string(message)}};
  return send(asked, std::move(parameters));
}

AuthorizeRoutes::Asked AuthorizeRoutes::read(const Request& request, std::string_view query) const {
  Asked asked;
  const auto to_page = [&](std::string_view reason, std::string_view message) {
    refusals_.record(request, action, reason, asked.app.id);
    asked.refusal = problem_page(site_, 400, message);
    return asked;
  };
  try {
    const auto fields = oauth::FormFields::parse(query);
    std::string client_id;
    if (const auto problem = oauth::read_client_id(fields, client_id))
      return to_page(problem->error, problem->message);
    auto app = apps_.find(client_id, request.http.peer);
    if (!app)
      return to_page("unknown_client", "The application that sent you here is not known, or not any more.");
    asked.app = std::move(*app);
    const auto settings = store_.read([](Database& db) { return store::read_app_settings(db); });
    const auto problem = oauth::read_authorization(fields, asked.app, settings, site_.url, asked.request);
    if (problem && !problem->may_redirect) return to_page(problem->error, problem->message);
    if (problem) asked.refusal = refuse(request, asked, problem->error, problem->message);
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::invalid && error.kind() != Error::Kind::limited) throw;
    if (!error.detail().empty())
      log::info("app.document", {{"error", error.id()}, {"detail", error.detail()}});
    return to_page(error.id(), error.message());
  }
  return asked;
}

HttpReply AuthorizeRoutes::authorize(const Request& request) {
  const Asked asked = read(request, request.http.query);
  if (asked.refusal) return *asked.refusal;
  const auto caller = consent_.person(request);
  if (!caller) {
    if (asked.request.silent) return refuse(request, asked, "login_required", "Nobody is signed in.");
    const auto here = cat(site_.base_path, "/oauth/authorize?", request.http.query);
    if (!is_own_path(site_, here)) return problem_page(site_, 400, "The application's request is too long.");
    return see_other(SignInPage::address(site_, here));
  }
  const auto grant = store_.read([&](Database& db) {
    return store::find_app_grant(db, caller->person->id, asked.app.id, asked.request.redirect.host);
  });
  if (grant && oauth::Issuer::is_remembered(*grant, asked.request))
    return give_code(request, asked, *caller, *grant);
  if (asked.request.silent)
    return refuse(request, asked, "consent_required", "The person has not agreed yet.");
  return consent_.ask(*caller, question(asked, request.http.query));
}

ConsentQuestion AuthorizeRoutes::question(const Asked& asked, std::string_view query) const {
  ConsentQuestion question;
  question.app = asked.app;
  question.redirect_host = question.shown_host = asked.request.redirect.host;
  question.is_web = asked.request.redirect.kind == oauth::RedirectUri::Kind::web;
  question.scopes = asked.request.scopes;
  question.resource = asked.request.resource;
  question.action = "/oauth/consent";
  question.hidden_name = "request";
  question.hidden_value = query;
  return question;
}

HttpReply AuthorizeRoutes::give_code(const Request& request, const Asked& asked, const Caller& caller,
                                     const AppGrant& grant) {
  const auto code = store_.transact([&](Database& db) {
    record(store_, db, app_row(request, caller, action, asked.app, clock_.now()));
    return issuer_.issue_code(db, grant, asked.request, caller.session);
  });
  return send(asked, {{"code", code.reveal()}});
}

HttpReply AuthorizeRoutes::answer(const Request& request) {
  std::optional<PersonForm> sent;
  try {
    sent = consent_.read_form(request);
  } catch (const Error& error) {
    refusals_.record(request, action, error.id());
    return problem_page(site_, status_of(error.kind()), error.message());
  }
  const oauth::FormFields& form = sent->fields;
  const Caller& caller = sent->caller;
  const Asked asked = read(request, form.text("request"));
  if (asked.refusal) return *asked.refusal;
  const auto now = clock_.now();
  if (form.text("decision") != "allow") {
    Event row = app_row(request, caller, "app.allow", asked.app, now);
    row.outcome = "refused";
    row.reason = "denied";
    store_.transact([&](Database& db) { record(store_, db, row); });
    return send(asked, {{"error", "access_denied"}});
  }
  const auto approval = consent_.read(caller, question(asked, {}), form);
  const auto code = store_.transact([&](Database& db) {
    if (asked.app.origin == App::Origin::document) store::put_document_app(db, asked.app);
    const auto grant = issuer_.approve(db, asked.app, approval);
    Changes changes;
    changes.add("scopes", "", to_text(grant.scopes));
    changes.add("redirect_host", "", grant.redirect_host);
    changes.add("limited", false, grant.servers != nullptr);
    Event row = app_row(request, caller, "app.allow", asked.app, now);
    row.reason = changes.text();
    record(store_, db, row);
    return issuer_.issue_code(db, grant, asked.request, caller.session);
  });
  bearer_.reload();  // the answer may narrow what the application had
  return send(asked, {{"code", code.reveal()}});
}

}  // namespace patchbay::http
