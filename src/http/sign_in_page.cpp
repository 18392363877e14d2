#include "http/sign_in_page.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/http_reply.h"
#include "base/text.h"
#include "http/oauth_reply.h"

namespace patchbay::http {

std::string SignInPage::address(const Site& site, std::string_view then) {
  return cat(site.base_path, "/sign-in?then=", percent_encode(then));
}

void SignInPage::add_to(Routes& routes) {
  routes.add("GET", "/sign-in", Needs::nothing(), [this](const Request& request) { return show(request); });
  routes.add("POST", "/sign-in", Needs::nothing(), [this](const Request& request) { return take(request); });
}

HttpReply SignInPage::show(const Request& request) {
  const auto then = request.query("then").value_or("");
  const auto caller = identity_.identify(request.http);
  if (caller && caller->proof == Caller::Proof::session) return go_on(then);
  return form(200, then, {}, {});
}

// A foreign Origin does not get this far (base/http_gate), so that no other site can sign somebody in as
// another person.
HttpReply SignInPage::take(const Request& request) {
  const auto fields = form_of(request);
  const auto name = fields.text("name");
  const auto then = fields.text("then");
  const Secret* password = fields.find("password");
  if (name.empty() || password == nullptr || password->empty())
    return form(400, then, name, "Enter your name and your password.");
  try {
    const auto who = signing_in_.with_password(request, name, *password);
    HttpReply reply = go_on(then);
    reply.headers.push_back({"Set-Cookie", Identity::cookie(request.http, who.session.value)});
    return reply;
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::unauthenticated && error.kind() != Error::Kind::limited) throw;
    HttpReply reply = form(status_of(error.kind()), then, name, error.message());
    if (error.kind() == Error::Kind::limited)
      reply.headers.push_back({"Retry-After", cat(error.retry_after())});
    return reply;
  }
}

HttpReply SignInPage::form(int status, std::string_view then, std::string_view name,
                           std::string_view problem) const {
  Html body;
  if (!problem.empty()) body.add(R"(<p class="problem" role="alert">)").text(problem).add("</p>");
  body.add(R"(<form method="post" action=")")
      .text(cat(site_.base_path, "/sign-in"))
      .add(R"("><input type="hidden" name="then" value=")")
      .text(then)
      .add(R"("><label>Name<input name="name" autocomplete="username" autocapitalize="none" )")
      .add(R"(spellcheck="false" required autofocus maxlength="200" value=")")
      .text(name)
      .add(R"("></label><label>Password<input type="password" name="password" )")
      .add(R"(autocomplete="current-password" required maxlength="1024"></label>)")
      .add(R"(<div class="buttons"><button>Sign in</button></div></form>)");
  PageOptions options;
  options.forms_lead_elsewhere = true;  // `then` may be a page that leads on to an application at once
  return page(site_, status, "Sign in", body, options);
}

HttpReply SignInPage::go_on(std::string_view then) const {
  if (!then.empty() && is_own_path(site_, then)) return see_other(std::string(then));
  Html body;
  body.add("<p>You are signed in. You can close this page.</p>");
  return page(site_, 200, "Signed in", body);
}

}  // namespace patchbay::http
