#include "http/device_page.h"

#include "base/error.h"
#include "base/http_reply.h"
#include "base/text.h"
#include "http/app_row.h"
#include "http/audit_row.h"
#include "http/oauth_reply.h"
#include "http/sign_in_page.h"
#include "store/apps.h"

namespace patchbay::http {

void DevicePage::add_to(Routes& routes) {
  routes.add("GET", "/device", Needs::nothing(), [this](const Request& request) { return show(request); });
  routes.add("POST", "/device/consent", Needs::nothing(),
             [this](const Request& request) { return answer(request); });
}

HttpReply DevicePage::form(int status, std::string_view problem) const {
  Html body;
  if (!problem.empty()) body.add(R"(<p class="problem" role="alert">)").text(problem).add("</p>");
  body.add("<p>Type the code that your device shows.</p>")
      .add(R"(<form method="get" action=")")
      .text(cat(site_.base_path, "/device"))
      .add(R"("><label>Code<input class="code" name="code" autocomplete="off" autocapitalize="characters" )")
      .add(R"(spellcheck="false" required autofocus maxlength="20"></label>)")
      .add(R"(<div class="buttons"><button>Go on</button></div></form>)");
  return page(site_, status, "Connect a device", body);
}

std::optional<DevicePage::Found> DevicePage::find(std::string_view typed) {
  const auto code = oauth::Issuer::device_code_of(typed);
  if (code.empty()) return std::nullopt;
  return store_.read([&](Database& db) -> std::optional<Found> {
    auto device = store::find_app_device_by_code(db, code, clock_.now());
    if (!device) return std::nullopt;
    auto app = store::find_app(db, device->app);
    if (!app) return std::nullopt;
    return Found{std::move(*device), std::move(*app)};
  });
}

ConsentQuestion DevicePage::question(const Found& found) const {
  ConsentQuestion question;
  question.app = found.app;
  question.redirect_host = "device";
  question.shown_host = cat("a device at ", found.device.remote);
  question.scopes = found.device.scopes;
  question.resource = found.device.resource;
  question.action = "/device/consent";
  question.hidden_name = "code";
  question.hidden_value = found.device.user_code;
  return question;
}

HttpReply DevicePage::show(const Request& request) {
  const auto typed = request.query("code");
  const auto caller = consent_.person(request);
  if (!caller) {
    const auto code = oauth::Issuer::device_code_of(typed.value_or(""));
    return see_other(
        SignInPage::address(site_, cat(site_.base_path, "/device", code.empty() ? "" : "?code=", code)));
  }
  if (!typed) return form(200, {});
  if (tries_.take(caller->person->id.text(), clock_.now()) != RateLimit::Verdict::allowed)
    return form(429, "There were too many tries. Wait a minute.");
  const auto found = find(*typed);
  if (!found) {
    refusals_.record(request, app_row(request, *caller, "app.device", {}, clock_.now()),
                     "unknown_device_code");
    return form(404, "No device waits with this code. Look again, or begin anew on the device.");
  }
  return consent_.ask(*caller, question(*found));
}

HttpReply DevicePage::said(std::string_view title, std::string_view sentence) const {
  Html body;
  body.add("<p>").text(sentence).add("</p>");
  return page(site_, 200, title, body);
}

HttpReply DevicePage::answer(const Request& request) {
  std::optional<PersonForm> sent;
  try {
    sent = consent_.read_form(request);
  } catch (const Error& error) {
    refusals_.record(request, "app.allow", error.id());
    return problem_page(site_, status_of(error.kind()), error.message());
  }
  const oauth::FormFields& form = sent->fields;
  const Caller& caller = sent->caller;
  const auto found = find(form.text("code"));
  if (!found) return this->form(404, "The code is not good any more. Begin anew on the device.");
  const bool allowed = form.text("decision") == "allow";
  const auto approval = consent_.read(caller, question(*found), form);
  store_.transact([&](Database& db) {
    std::optional<AppGrantId> grant;
    if (allowed) grant = issuer_.approve(db, found->app, approval).id;
    if (!store::answer_app_device(db, found->device.hash, grant, allowed ? approval.given : Scope::none))
      throw Error::conflict("device_answered", "Somebody has answered for this device already.");
    Event row = app_row(request, caller, "app.allow", found->app, clock_.now());
    if (!allowed) {
      row.outcome = "refused";
      row.reason = "denied";
    }
    record(store_, db, row);
  });
  bearer_.reload();
  if (!allowed) return said("The device was not connected", "Nothing was allowed. You can close this page.");
  return said("The device is connected",
              "Go back to your device: it goes on by itself. You can close this page.");
}

}  // namespace patchbay::http
