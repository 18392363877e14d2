#include "http/person_pages.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/http_reply.h"
#include "base/text.h"
#include "http/audit_row.h"
#include "http/user_body.h"
#include "oauth/form.h"

namespace patchbay::http {

HttpReply sign_in_first(const Site& site, const HttpRequest& request) {
  return see_other(cat(site.base_path, "/sign-in?then=", percent_encode(cat(site.base_path, request.path))));
}

void require_own_form(const Identity& identity, const Caller& caller, std::string_view csrf) {
  if (!crypto::equal(csrf, identity.csrf_token(caller.session)))
    throw Error::forbidden("csrf", "This request does not come from our own pages. Reload the page.");
}

void PersonPages::add_to(Routes& routes) {
  const auto to = [this](HttpReply (PersonPages::*handler)(const Request&)) {
    return [this, handler](const Request& request) { return (this->*handler)(request); };
  };
  routes.add("GET", "/welcome", Needs::nothing(), to(&PersonPages::welcome));
  routes.add("GET", "/approvals", Needs::nothing(), to(&PersonPages::list_approvals));
  routes.add("POST", "/approvals/{approval}", Needs::nothing(), to(&PersonPages::decide));
}

// The link's value is behind "#" and does not come here: a script hands it over.
HttpReply PersonPages::welcome(const Request&) {
  Html body;
  body.add(
          R"(<noscript><p class="problem">This page needs JavaScript, because what makes the link good must not )")
      .add(R"(stand in any log. Without it: POST /v1/welcome.</p></noscript>)")
      .add(R"(<p id="problem" class="problem" role="alert" hidden></p>)")
      .add(R"(<p id="done" hidden>Your password is set and you are signed in. You can close this page.</p>)")
      .add(R"(<form hidden data-base=")")
      .text(site_.base_path)
      .add(
          R"("><label>Name<input name="name" autocomplete="username" autocapitalize="none" spellcheck="false" )")
      .add(R"(required maxlength="80"></label><label>Password, 12 characters or more<input type="password" )")
      .add(R"(name="password" autocomplete="new-password" required minlength="12" maxlength="256"></label>)")
      .add(
          R"(<label>The password again<input type="password" name="again" autocomplete="new-password" required )")
      .add(R"(maxlength="256"></label><div class="buttons"><button>Set the password</button></div></form>)");
  PageOptions options;
  options.script = "welcome.js";
  return page(site_, 200, "Welcome", body, options);
}

HttpReply PersonPages::list_approvals(const Request& request) {
  const auto caller = identity_.identify(request.http);
  if (!caller || caller->proof != Caller::Proof::session) return sign_in_first(site_, request.http);
  const auto waiting = hooks_.approvals->list(require_person(*caller).id);
  Html body;
  if (waiting.empty()) body.add("<p>No call waits for your word.</p>");
  for (const auto& one : waiting) {
    body.add(R"(<fieldset><legend>)").text(cat(one.server, ": ", one.tool)).add("</legend>");
    body.add(R"(<p class="list"><code>)").text(one.arguments).add("</code></p>");
    body.add(R"(<form method="post" action=")")
        .text(cat(site_.base_path, "/approvals/", percent_encode(one.id)))
        .add(R"("><input type="hidden" name="csrf" value=")")
        .text(identity_.csrf_token(caller->session))
        .add(R"("><div class="buttons"><button name="allow" value="yes">Allow this call once</button>)")
        .add(R"(<button class="second" name="allow" value="no">Refuse</button></div></form></fieldset>)");
  }
  body.add(
      R"(<p class="note">Allow only what you asked your agent to do. Each question ends after 10 minutes.</p>)");
  return page(site_, 200, "Calls that wait for you", body);
}

HttpReply PersonPages::decide(const Request& request) {
  const auto caller = identity_.identify(request.http);
  if (!caller || caller->proof != Caller::Proof::session) return sign_in_first(site_, request.http);
  const auto fields = oauth::FormFields::parse(request.http.body);
  require_own_form(identity_, *caller, fields.text("csrf"));
  const auto word = fields.text("allow");
  if (word != "yes" && word != "no")
    throw Error::invalid("bad_field", "\"allow\" must be \"yes\" or \"no\".");
  const auto decided =
      hooks_.approvals->decide(require_person(*caller).id, request.part("approval"), word == "yes");
  store_.transact([&](Database& db) {
    const Request theirs{request.http, *caller, request.parts};
    Event row = audit_row(theirs, word == "yes" ? "approval.allow" : "approval.refuse", clock_.now());
    row.server = decided.server;
    row.tool = decided.tool;
    record(store_, db, row);
  });
  return see_other(cat(site_.base_path, "/approvals"));
}

}  // namespace patchbay::http
