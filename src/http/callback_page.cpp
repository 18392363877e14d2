#include "http/callback_page.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "gateway/sign_ins.h"
#include "http/audit_row.h"
#include "http/server_view.h"
#include "oauth/form.h"
#include "oauth/registration.h"
#include "store/servers.h"

namespace patchbay::http {

namespace {

constexpr std::size_t longest_shown = 300;

std::string shown(const oauth::FormFields& fields, std::string_view name) {
  return clean_text(fields.text(name), longest_shown, false);
}

}  // namespace

void CallbackPage::add_to(Routes& routes) {
  const auto to = [this](HttpReply (CallbackPage::*handler)(const Request&)) {
    return [this, handler](const Request& request) { return (this->*handler)(request); };
  };
  routes.add("GET", "/oauth/callback", Needs::nothing(), to(&CallbackPage::show));
  routes.add("GET", "/oauth/wait", Needs::nothing(), to(&CallbackPage::wait));
  routes.add("GET", "/oauth/client.json", Needs::nothing(), to(&CallbackPage::client_document));
}

HttpReply CallbackPage::wait(const Request&) {
  Html body;
  body.add("<p>Contacting the sign-in server. This window goes on by itself.</p>");
  return page(site_, 200, "One moment", body);
}

HttpReply CallbackPage::client_document(const Request&) {
  HttpReply reply = HttpReply::json(200, oauth::client_document(site_.url));
  reply.headers.push_back({"Cache-Control", "public, max-age=3600"});
  return reply;
}

HttpReply CallbackPage::show(const Request& request) {
  std::optional<oauth::FormFields> fields;
  try {
    fields = oauth::FormFields::parse(request.http.query);
  } catch (const Error&) {
    return refuse(request, {400, "oauth_bad_answer", "The provider's answer cannot be read."}, nullptr);
  }
  if (fields->repeated())
    return refuse(request, {400, "oauth_bad_answer", "The provider's answer says the same thing twice."},
                  nullptr);
  if (!fields->has("state"))
    return refuse(
        request,
        {400, "oauth_state_missing", "This answer belongs to no sign-in. Begin again from Patchbay."},
        nullptr);
  const auto flow = store_.read(
      [&](Database& db) { return store::find_flow_by_state(db, fields->find("state")->reveal()); });
  const auto caller = identity_.identify(request.http);
  if (const auto refusal = check_flow(flow, caller))
    return refuse(request, *refusal, flow ? &*flow : nullptr);
  if (const auto refusal = check_answer(*flow, *fields)) {
    store_.transact(
        [&](Database& db) { store::burn_flow(db, flow->id, refusal->id, refusal->message, clock_.now()); });
    return refuse(request, *refusal, &*flow);
  }
  auto verifier = store_.transact([&](Database& db) {
    return store::use_flow(db, store_.vault(), flow->id, caller->session, clock_.now());
  });
  if (!verifier)
    return refuse(request, {400, "oauth_state_used", "This sign-in was used already. Begin again."}, &*flow);
  return finish(request, *flow, std::move(*verifier), *fields->find("code"), *caller);
}

// Whose browser it is decides, then whether the sign-in is still good.
std::optional<CallbackPage::Refusal> CallbackPage::check_flow(const std::optional<store::OAuthFlow>& flow,
                                                              const std::optional<Caller>& caller) {
  if (!flow)
    return Refusal{400, "oauth_state_unknown",
                   "This answer belongs to no sign-in. Begin again from Patchbay."};
  if (!caller || caller->proof != Caller::Proof::session)
    return Refusal{403, "oauth_no_session",
                   "You are not signed in to Patchbay in this browser, so nothing was connected. Sign in and "
                   "begin again."};
  if (caller->session != flow->session) {
    store_.transact([&](Database& db) {
      store::burn_flow(db, flow->id, "oauth_other_session",
                       "The sign-in came back in another browser and was given up.", clock_.now());
    });
    return Refusal{403, "oauth_other_session",
                   "This sign-in was begun in another browser or by somebody else, so nothing was connected. "
                   "Begin again here."};
  }
  if (flow->used_at)
    return Refusal{400, "oauth_state_used",
                   "This sign-in was used already. If it did not work, begin again."};
  if (clock_.now() >= flow->expires_at)
    return Refusal{400, "oauth_state_expired",
                   "This sign-in took longer than 10 minutes and has expired. Begin again."};
  return std::nullopt;
}

std::optional<CallbackPage::Refusal> CallbackPage::check_answer(const store::OAuthFlow& flow,
                                                                const oauth::FormFields& fields) {
  try {
    std::optional<std::string> iss;
    if (fields.has("iss")) iss = fields.text("iss");
    gateway::check_answer_issuer(gateway::sign_in_details(flow.details), iss);
  } catch (const Error& error) {
    return Refusal{400,
                   error.id() == "oauth_issuer_missing" ? "oauth_issuer_missing" : "oauth_issuer_mismatch",
                   error.message()};
  }
  if (fields.has("error")) {
    const auto description = shown(fields, "error_description");
    return Refusal{400, "oauth_denied",
                   cat("The provider did not sign you in: ", shown(fields, "error"),
                       description.empty() ? "" : cat(" (", description, ")"), ". Nothing was connected.")};
  }
  const auto* code = fields.find("code");
  if (code == nullptr || code->empty())
    return Refusal{400, "oauth_code_missing", "The provider's answer brings no code. Begin again."};
  return std::nullopt;
}

Event CallbackPage::row(const Request& request, const store::OAuthFlow* flow) const {
  Event event = audit_row(request, "account.connect", clock_.now());
  if (flow == nullptr) return event;
  event.actor = flow->starter.text();
  store_.read([&](Database& db) {
    if (const auto server = store::find_server(db, flow->server)) event.server = trail_name(*server);
  });
  return event;
}

HttpReply CallbackPage::refuse(const Request& request, const Refusal& refusal, const store::OAuthFlow* flow) {
  Event event = row(request, flow);
  event.outcome = "refused";
  event.reason = refusal.id;
  store_.transact([&](Database& db) { record(store_, db, event); });
  return result(refusal.status, "failed", flow, "Not connected", refusal.message);
}

HttpReply CallbackPage::finish(const Request& request, const store::OAuthFlow& flow, Secret verifier,
                               Secret code, const Caller& caller) {
  Event event = row(request, &flow);
  event.actor = actor_of(caller);
  event.actor_name = caller.name;
  const auto done = hooks_.finish_sign_in(flow, std::move(verifier), std::move(code), event);
  if (!done.error.empty()) return result(502, "failed", &flow, "Not connected", done.message);
  const auto server = store_.read([&](Database& db) { return store::require_server(db, flow.server); });
  desk_.changed({server, flow.user});
  return result(200, "done", &flow, "Connected",
                cat("Your account at \"", server.title.empty() ? server.slug : server.title,
                    "\" is connected. You can close this window."));
}

HttpReply CallbackPage::result(int status, std::string_view state, const store::OAuthFlow* flow,
                               std::string_view title, std::string_view message) const {
  Html body;
  body.add(R"(<p id="result" data-state=")")
      .text(state)
      .add(R"(" data-flow=")")
      .text(flow == nullptr ? std::string_view() : std::string_view(flow->id.text()))
      .add(R"(">)")
      .text(message)
      .add("</p>");
  PageOptions options;
  options.script = "callback.js";
  return page(site_, status, title, body, options);
}

}  // namespace patchbay::http
