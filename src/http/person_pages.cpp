#include "http/person_pages.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "http/approval_word.h"
#include "http/person_form.h"
#include "http/user_body.h"

namespace patchbay::http {

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
  const auto caller = person_at_browser(identity_, request);
  if (!caller) return sign_in_first(site_, request.http);
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
  if (!person_at_browser(identity_, request)) return sign_in_first(site_, request.http);
  const auto sent = read_person_form(identity_, site_, request);
  const auto word = sent.fields.text("allow");
  if (word != "yes" && word != "no")
    throw Error::invalid("bad_field", "\"allow\" must be \"yes\" or \"no\".");
  give_word(store_, *hooks_.approvals, as_person(request, sent.caller), word == "yes", clock_.now());
  return see_other(cat(site_.base_path, "/approvals"));
}

}  // namespace patchbay::http
