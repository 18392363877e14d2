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
  const auto caller = person_at_browser(identity_, request);
  Answered answered{request, caller ? &*caller : nullptr, {}};
  std::optional<oauth::FormFields> fields;
  try {
    fields = oauth::FormFields::parse(request.http.query);
  } catch (const Error&) {
    return refuse(answered, {400, "oauth_bad_answer", "The provider's answer cannot be read."});
  }
  if (fields->repeated())
    return refuse(answered, {400, "oauth_bad_answer", "The provider's answer says the same thing twice."});
  if (!fields->has("state"))
    return refuse(answered, {400, "oauth_state_missing",
                             "This answer belongs to no sign-in. Begin again from Patchbay."});
  answered.flow = store_.read(
      [&](Database& db) { return store::find_flow_by_state(db, fields->find("state")->reveal()); });
  if (const auto refusal = check_flow(answered)) return refuse(answered, *refusal);
  const store::OAuthFlow& flow = *answered.flow;
  if (const auto refusal = check_answer(flow, *fields)) {
    burn(flow, *refusal);
    return refuse(answered, *refusal);
  }
  try {
    const auto turn = desk_.turn(*caller);
    auto verifier = store_.transact([&](Database& db) {
      return store::use_flow(db, store_.vault(), flow.id, caller->session, clock_.now());
    });
    if (!verifier)
      return refuse(answered, {400, "oauth_state_used", "This sign-in was used already. Begin again."});
    return finish(answered, std::move(*verifier), *fields->find("code"));
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::limited) throw;
    return result(429, "waiting", &flow, "One moment",
                  "Other sign-ins are under way. Reload this page in a few seconds.");
  }
}

void CallbackPage::burn(const store::OAuthFlow& flow, const Refusal& refusal) {
  store_.transact(
      [&](Database& db) { store::burn_flow(db, flow.id, refusal.id, refusal.message, clock_.now()); });
}

// Whose browser it is decides, then whether the sign-in is still good and still theirs to make.
std::optional<CallbackPage::Refusal> CallbackPage::check_flow(const Answered& answered) {
  const auto& flow = answered.flow;
  if (!flow)
    return Refusal{400, "oauth_state_unknown",
                   "This answer belongs to no sign-in. Begin again from Patchbay."};
  if (answered.caller == nullptr)
    return Refusal{403, "oauth_no_session",
                   "You are not signed in to Patchbay in this browser, so nothing was connected. Sign in and "
                   "begin again."};
  if (answered.caller->session != flow->session) {
    Refusal refusal{
        403, "oauth_other_session",
        "This sign-in was begun in another browser or by somebody else, so nothing was connected. "
        "Begin again here."};
    burn(*flow, refusal);
    return refusal;
  }
  if (flow->used_at)
    return Refusal{400, "oauth_state_used",
                   "This sign-in was used already. If it did not work, begin again."};
  if (clock_.now() >= flow->expires_at)
    return Refusal{400, "oauth_state_expired",
                   "This sign-in took longer than 10 minutes and has expired. Begin again."};
  const auto server = store_.read([&](Database& db) { return store::find_server(db, flow->server); });
  if (!server || !desk_.may_connect(*answered.caller, {*server, flow->user})) {
    Refusal refusal{403, "admin_account",
                    "You may not connect this account any more, so nothing was connected."};
    burn(*flow, refusal);
    return refusal;
  }
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

Event CallbackPage::row(const Answered& answered) const {
  Event event = audit_row(answered.request, "account.connect", clock_.now());
  if (answered.caller != nullptr) {
    event.actor = actor_of(*answered.caller);
    event.actor_name = answered.caller->name;
  } else if (answered.flow) {
    event.actor = answered.flow->starter.text();
  }
  if (!answered.flow) return event;
  store_.read([&](Database& db) {
    if (const auto server = store::find_server(db, answered.flow->server)) event.server = trail_name(*server);
  });
  return event;
}

HttpReply CallbackPage::refuse(const Answered& answered, const Refusal& refusal) {
  refusals_.record(answered.request, row(answered), refusal.id);
  return result(refusal.status, "failed", answered.flow ? &*answered.flow : nullptr, "Not connected",
                refusal.message);
}

HttpReply CallbackPage::finish(const Answered& answered, Secret verifier, Secret code) {
  const store::OAuthFlow& flow = *answered.flow;
  const auto done = hooks_.finish_sign_in(flow, std::move(verifier), std::move(code), row(answered));
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
