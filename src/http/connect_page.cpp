#include "http/connect_page.h"

#include <optional>
#include <vector>

#include "base/error.h"
#include "base/http_reply.h"
#include "base/text.h"

namespace patchbay::http {

namespace {

// The account to sign in with; nothing where the server wants none, but may want values.
std::optional<AccountDesk::Account> find_account(const AccountDesk& desk, const Request& request) {
  try {
    return desk.find_any(request, request.part("slug"));
  } catch (const Error& error) {
    if (error.id() != "no_sign_in") throw;
  }
  return std::nullopt;
}

const std::string& title_of(const Server& server) {
  return server.title.empty() ? server.slug : server.title;
}

}  // namespace

void ConnectPage::add_to(Routes& routes) {
  const auto to = [this](HttpReply (ConnectPage::*handler)(const Request&)) {
    return [this, handler](const Request& request) { return (this->*handler)(request); };
  };
  routes.add("GET", "/connect/{slug}", Needs::nothing(), to(&ConnectPage::show));
  routes.add("POST", "/connect/{slug}", Needs::nothing(), to(&ConnectPage::start));
}

HttpReply ConnectPage::problem(const Error& error) const {
  Html body;
  body.add(R"(<p class="problem">)").text(error.message()).add("</p>");
  return page(site_, status_of(error.kind()), "This cannot be connected", body);
}

HttpReply ConnectPage::show(const Request& request) {
  const auto caller = person_at_browser(identity_, request);
  if (!caller) return sign_in_first(site_, request.http);
  try {
    const Request theirs = as_person(request, *caller);
    if (const auto account = find_account(desk_, theirs)) return ask(request, *account, *caller);
    return ask_values(request, own_.require_asking(theirs, "credential.show"), *caller);
  } catch (const Error& error) {
    return problem(error);
  }
}

HttpReply ConnectPage::ask(const Request& request, const AccountDesk::Account& account,
                           const Caller& caller) const {
  const Server& server = account.server;
  const std::string& title = title_of(server);
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

HttpReply ConnectPage::ask_values(const Request& request, const Server& server, const Caller& caller) const {
  Html body;
  body.add("<p>Your own values for</p>");
  body.add(R"(<p class="host">)").text(title_of(server)).add("</p>");
  if (!server.description.empty()) body.add(R"(<p class="note">)").text(server.description).add("</p>");
  body.add(R"(<p>You are signed in to Patchbay as )").text(caller.name);
  body.add(". Only your own calls carry these values, and nobody is shown them again.</p>");
  body.add(R"(<form method="post" action=")")
      .text(cat(site_.base_path, request.http.path))
      .add(R"("><input type="hidden" name="csrf" value=")")
      .text(identity_.csrf_token(caller.session))
      .add(R"(">)");
  for (const auto& name : server.member_headers)
    body.add("<label>")
        .text(name)
        .add(R"(<input type="password" autocomplete="off" required maxlength="4096" name="value-)")
        .text(name)
        .add(R"("></label>)");
  body.add(R"(<div class="buttons"><button>Save</button></div></form>)");
  return page(site_, 200, cat("Connect ", title_of(server)), body);
}

HttpReply ConnectPage::take_values(const Request& request, const Server& server,
                                   const oauth::FormFields& fields) const {
  std::vector<store::ServerHeader> values;
  for (const auto& name : server.member_headers) {
    const Secret* value = fields.find(cat("value-", name));
    if (value == nullptr || value->empty())
      throw Error::invalid("header", cat("The header \"", name, "\" has no value."));
    values.push_back({name, *value});
  }
  own_.give_values(request, server, values);
  Html body;
  body.add("<p>Your values for ").text(title_of(server)).add(" are kept. You can close this page.</p>");
  return page(site_, 200, "Connected", body);
}

HttpReply ConnectPage::start(const Request& request) {
  if (!person_at_browser(identity_, request)) return sign_in_first(site_, request.http);
  try {
    const auto sent = read_person_form(identity_, site_, request);
    const Request theirs = as_person(request, sent.caller);
    const auto account = find_account(desk_, theirs);
    if (!account) return take_values(theirs, own_.require_asking(theirs, "credential.put"), sent.fields);
    const auto started = desk_.begin(theirs, *account);
    if (started.error.empty()) return see_other(started.authorize_url);
    throw Error::upstream(started.error, started.message);
  } catch (const Error& error) {
    return problem(error);
  }
}

}  // namespace patchbay::http
