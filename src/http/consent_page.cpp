#include "http/consent_page.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "domain/access.h"
#include "store/servers.h"

namespace patchbay::http {

namespace {

constexpr std::size_t longest_shown = 128;

std::string shown_name(const App& app) {
  const auto name = clean_text(app.name, longest_shown, false);
  return name.empty() ? std::string("An application without a name") : name;
}

Html scopes_part(Scope scopes) {
  Html html;
  html.add("<fieldset><legend>What it may do</legend>")
      .add(R"(<label><input type="checkbox" checked disabled> See and search your tools (mcp:read)</label>)");
  if (has(scopes, Scope::mcp_write))
    html.add(R"(<label><input type="checkbox" name="write" value="on" checked> )")
        .add("Use them in your name (mcp:write)</label>");
  return html.add("</fieldset>");
}

Html who_part(const ConsentQuestion& question) {
  Html html;
  html.add(
          "<p>wants to reach your tools. It says its name is as above; whether that is true, only this can "
          "tell:")
      .add(R"( the answer goes to</p><p class="host">)")
      .text(question.shown_host)
      .add("</p>");
  if (question.app.origin == App::Origin::document) {
    html.add(R"(<p class="note">The application is described at )").text(question.app.id).add(".</p>");
  }
  if (!question.is_web)
    html.add(
            R"(<p class="warning">This is a program on a machine, not a web site, and any program there can )")
        .add("take this name. Go on only if you have just started the sign-in yourself.</p>");
  return html;
}

}  // namespace

std::optional<Caller> ConsentPage::person(const Request& request) const {
  return person_at_browser(identity_, request);
}

PersonForm ConsentPage::read_form(const Request& request) const {
  // A person may have many servers, and each has a box.
  constexpr oauth::FormLimits limits{256U << 10, 4000, 16U << 10};
  return read_person_form(identity_, site_, request, limits);
}

bool ConsentPage::is_partial(std::string_view resource) const {
  const auto path = resource.substr(site_.url.size());
  return path.starts_with("/mcp/servers/") || path.starts_with("/mcp/p/");
}

// What the person may use now, whatever they selected; of an endpoint of one server or profile, what it
// holds.
std::vector<Server> ConsentPage::reachable(const Caller& caller, std::string_view resource) const {
  Caller asking = caller;
  asking.proof = Caller::Proof::token;
  asking.scopes = Scope::mcp_read | Scope::mcp_write;
  asking.limit = nullptr;
  asking.names_server = true;
  const auto path = resource.substr(site_.url.size());
  constexpr std::string_view one = "/mcp/servers/";
  constexpr std::string_view profile = "/mcp/p/";
  if (path.starts_with(profile)) {
    asking.profile = bearer_.profile(path.substr(profile.size()));
    if (!asking.profile || !decide(asking, *asking.profile).allowed) return {};
  }
  std::vector<Server> servers;
  store_.read([&](Database& db) {
    servers = store::list_servers(db);
    for (auto& own : store::list_own_servers(db, caller.person->id)) servers.push_back(std::move(own));
  });
  std::erase_if(servers, [&](const Server& server) {
    if (path.starts_with(one) && !equal_ignoring_case(server.slug, path.substr(one.size()))) return true;
    return !decide(asking, server, {}, Use::see).allowed;
  });
  return servers;
}

Html ConsentPage::servers_part(const std::vector<Server>& servers, bool partial) const {
  Html html;
  html.add("<fieldset><legend>What it may reach</legend>");
  if (servers.empty()) html.add("<p>Nothing yet: no server is there for you.</p>");
  html.add(R"(<div class="list">)");
  for (const Server& server : servers) {
    html.add(R"(<label><input type="checkbox" name="server" checked value=")")
        .text(server.id.text())
        .add(R"("> )")
        .text(clean_text(server.title.empty() ? server.slug : server.title, longest_shown, false));
    if (server.owner) html.add(" (your own)");
    html.add("</label>");
  }
  html.add("</div>");
  if (!partial && !servers.empty())
    html.add(R"(<p class="note">With all of them ticked it also reaches what is added for you later; )")
        .add("otherwise only those that stay ticked.</p>");
  return html.add("</fieldset>");
}

HttpReply ConsentPage::ask(const Caller& caller, const ConsentQuestion& question) const {
  Html body;
  body.add(who_part(question));
  body.add(R"(<form method="post" action=")")
      .text(cat(site_.base_path, question.action))
      .add(R"("><input type="hidden" name="csrf" value=")")
      .text(identity_.csrf_token(caller.session))
      .add(R"("><input type="hidden" name=")")
      .text(question.hidden_name)
      .add(R"(" value=")")
      .text(question.hidden_value)
      .add(R"(">)")
      .add(scopes_part(question.scopes))
      .add(servers_part(reachable(caller, question.resource), is_partial(question.resource)))
      .add(R"(<p class="note">You are signed in as )")
      .text(caller.person->name)
      .add(R"(. You can take this back at any time.</p><div class="buttons">)")
      .add(R"(<button name="decision" value="allow">Allow</button>)")
      .add(R"(<button class="second" name="decision" value="deny">Do not allow</button></div></form>)");
  PageOptions options;
  options.forms_lead_elsewhere = true;
  return page(site_, 200, shown_name(question.app), body, options);
}

oauth::Issuer::Approval ConsentPage::read(const Caller& caller, const ConsentQuestion& question,
                                          const oauth::FormFields& form) const {
  oauth::Issuer::Approval approval;
  approval.user = caller.person->id;
  approval.redirect_host = question.redirect_host;
  approval.resource = question.resource;
  approval.asked = question.scopes;
  approval.given = has(question.scopes, Scope::mcp_write) && form.text("write") == "on"
                       ? question.scopes
                       : question.scopes & Scope::mcp_read;
  approval.is_partial = is_partial(question.resource);
  const auto ticked = form.all("server");
  for (const Server& server : reachable(caller, question.resource)) {
    if (std::find(ticked.begin(), ticked.end(), server.id.text()) != ticked.end())
      approval.servers.servers.push_back(server.id.text());
    else
      approval.all = false;
  }
  std::sort(approval.servers.servers.begin(), approval.servers.servers.end());
  return approval;
}

}  // namespace patchbay::http
