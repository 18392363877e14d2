#include "http/connect_page.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/http_reply.h"
#include "base/text.h"
#include "oauth/form.h"

namespace patchbay::http {

namespace {

// The same request as the person at that browser makes it.
Request as(const Request& request, const Caller& caller) {
  return {request.http, caller, request.parts};
}

}  // namespace

void ConnectPage::add_to(Routes& routes) {
  const auto to = [this](HttpReply (ConnectPage::*handler)(const Request&)) {
    return [this, handler](const Request& request) { return (this->*handler)(request); };
  };
  routes.add("GET", "/connect/{slug}", Needs::nothing(), to(&ConnectPage::show));
  routes.add("POST", "/connect/{slug}", Needs::nothing(), to(&ConnectPage::start));
}

HttpReply ConnectPage::sign_in_first(const Request& request) const {
  return see_other(
      cat(site_.base_path, "/sign-in?then=", percent_encode(cat(site_.base_path, request.http.path))));
}

HttpReply ConnectPage::problem(const Error& error) const {
  Html body;
  body.add(R"(<p class="problem">)").text(error.message()).add("</p>");
  return page(site_, status_of(error.kind()), "This cannot be connected", body);
}

HttpReply ConnectPage::show(const Request& request) {
  const auto caller = identity_.identify(request.http);
  if (!caller || caller->proof != Caller::Proof::session) return sign_in_first(request);
  try {
    return ask(request, desk_.find_any(as(request, *caller), request.part("slug")), *caller);
  } catch (const Error& error) {
    return problem(error);
  }
}

HttpReply ConnectPage::ask(const Request& request, const AccountDesk::Account& account,
                           const Caller& caller) const {
  const Server& server = account.server;
  const std::string& title = server.title.empty() ? server.slug : server.title;
  const bool is_connected = desk_.is_connected(account);
  Html body;
  body.add("<p>").text(account.user ? "Your account at" : "The organisation's account at").add("</p>");
  body.add(R"(<p class="host">)").text(title).add("</p>");
  if (!server.description.empty()) body.add(R"(<p class="note">)").text(server.description).add("</p>");
  if (is_connected) body.add("<p>An account is connected. Connecting again replaces it.</p>");
  if (!account.user)
    body.add("<p>Everybody who may use this server will act with the account you sign in with.</p>");
  body.add(R"(<p>You are signed in to Patchbay as )")
      .text(caller.name)
      .add(". The next page is the provider's.</p>");
  body.add(R"(<form method="post" action=")")
      .text(cat(site_.base_path, request.http.path))
      .add(R"("><input type="hidden" name="csrf" value=")")
      .text(identity_.csrf_token(caller.session))
      .add(R"("><button type="submit">)")
      .text(is_connected ? "Connect again" : "Connect")
      .add("</button></form>");
  PageOptions options;
  options.forms_lead_elsewhere = true;  // to the provider
  return page(site_, 200, cat("Connect ", title), body, options);
}

HttpReply ConnectPage::start(const Request& request) {
  const auto caller = identity_.identify(request.http);
  if (!caller || caller->proof != Caller::Proof::session) return sign_in_first(request);
  try {
    const auto fields = oauth::FormFields::parse(request.http.body);
    if (fields.repeated() || !crypto::equal(fields.text("csrf"), identity_.csrf_token(caller->session)))
      throw Error::forbidden("csrf", "This request does not come from our own pages. Reload the page.");
    const Request theirs = as(request, *caller);
    const auto started = desk_.begin(theirs, desk_.find_any(theirs, request.part("slug")));
    if (started.error.empty()) return see_other(started.authorize_url);
    throw Error::upstream(started.error, started.message);
  } catch (const Error& error) {
    return problem(error);
  }
}

}  // namespace patchbay::http
