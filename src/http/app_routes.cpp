#include "http/app_routes.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "http/audit_row.h"
#include "http/paging.h"
#include "http/user_body.h"
#include "store/app_tokens.h"
#include "store/apps.h"
#include "store/servers.h"

namespace patchbay::http {

namespace {

// The ids of a limit as slugs; those of servers that have gone are left out.
Json servers_json(Database& db, const AppGrant& grant) {
  if (!grant.servers) return {};
  Json slugs = Json::array();
  const auto own = store::list_own_servers(db, grant.user);
  for (const std::string& id : grant.servers->servers) {
    if (const auto server = store::find_server(db, ServerId(id))) slugs.push_back(server->slug);
    for (const Server& one : own)
      if (one.id.text() == id) slugs.push_back(one.slug);
  }
  return slugs;
}

Json app_json(Database& db, const store::ListedApp& listed) {
  const AppGrant& grant = listed.grant;
  const bool is_document = listed.origin == App::Origin::document;
  return {{"id", grant.id.text()},
          {"name", listed.app_name.empty() ? Json() : Json(listed.app_name)},
          {"client_id", grant.app},
          {"origin", is_document ? "document" : "registered"},
          {"redirect_host", grant.redirect_host},
          {"resource", grant.resource},
          {"scopes", to_text(grant.scopes)},
          {"servers", servers_json(db, grant)},
          {"sign_ins", listed.sign_ins},
          {"created_at", to_rfc3339(grant.created_at)},
          {"last_used_at", grant.last_used_at ? Json(to_rfc3339(*grant.last_used_at)) : Json()}};
}

Json settings_json(const AppSettings& settings) {
  return {{"registration", settings.registration},
          {"documents", settings.documents},
          {"redirect_hosts", settings.redirect_hosts},
          {"access_minutes", settings.access_minutes},
          {"refresh_days", settings.refresh_days}};
}

AppSettings read_settings(const Json& body) {
  Fields fields(body);
  AppSettings settings;
  settings.registration = fields.truth("registration");
  settings.documents = fields.truth("documents");
  settings.redirect_hosts = fields.texts("redirect_hosts", AppSettings::most_hosts, 253);
  settings.access_minutes = fields.integer("access_minutes", 1, 60);
  settings.refresh_days = fields.integer("refresh_days", 1, 365);
  fields.refuse_others();
  validate(settings);
  return settings;
}

}  // namespace

void AppRoutes::add_to(Routes& routes) {
  const auto to = [this](HttpReply (AppRoutes::*handler)(const Request&)) {
    return [this, handler](const Request& request) { return (this->*handler)(request); };
  };
  routes.add("GET", "/v1/me/apps", Scope::self, to(&AppRoutes::list_mine));
  routes.add("DELETE", "/v1/me/apps/{app}", Scope::self, to(&AppRoutes::revoke_mine));
  routes.add("GET", "/v1/apps", Scope::admin_read, to(&AppRoutes::list_all));
  routes.add("DELETE", "/v1/apps/{app}", Scope::admin, to(&AppRoutes::revoke));
  routes.add("GET", "/v1/settings/apps", Scope::admin_read, to(&AppRoutes::show_settings));
  routes.add("PUT", "/v1/settings/apps", Scope::admin, to(&AppRoutes::put_settings));
}

HttpReply AppRoutes::list_mine(const Request& request) {
  bearer_.flush_uses();
  const auto id = require_person(request.caller).id;
  Page page(request);
  Json apps = Json::array();
  store_.read([&](Database& db) {
    auto found = store::list_app_grants(db, id, {page.after(), page.rows()});
    page.cut(found, [](const store::ListedApp& one) { return one.grant.id.text(); });
    for (const auto& one : found) apps.push_back(app_json(db, one));
  });
  return page.reply("apps", std::move(apps));
}

HttpReply AppRoutes::list_all(const Request& request) {
  bearer_.flush_uses();
  Page page(request);
  Json apps = Json::array();
  store_.read([&](Database& db) {
    auto found = store::list_app_grants(db, std::nullopt, {page.after(), page.rows()});
    page.cut(found, [](const store::ListedApp& one) { return one.grant.id.text(); });
    for (const auto& one : found) {
      Json json = app_json(db, one);
      json["user"] = one.user_name;
      apps.push_back(std::move(json));
    }
  });
  return page.reply("apps", std::move(apps));
}

HttpReply AppRoutes::revoke_mine(const Request& request) {
  return take_back(request, require_person(request.caller).id);
}

HttpReply AppRoutes::revoke(const Request& request) {
  return take_back(request, std::nullopt);
}

// With all tokens that came of it: the next call with any of them is refused.
HttpReply AppRoutes::take_back(const Request& request, const std::optional<UserId>& owner) {
  const AppGrantId id(request.part("app"));
  const auto ended = store_.transact([&](Database& db) {
    const auto grant = store::find_app_grant(db, id);
    if (!grant || (owner && grant->user != *owner))
      throw Error::not_found("no_app", "There is no such application that was let in.");
    const auto app = store::find_app(db, grant->app);
    auto sign_ins = store::list_app_sign_ins(db, id);
    store::remove_app_grant(db, id);
    Event row = audit_row(request, "app.revoke", clock_.now());
    row.tool = clean_text(app && !app->name.empty() ? app->name : grant->app, 128, false);
    record(store_, db, row);
    return sign_ins;
  });
  bearer_.reload();
  for (const TokenId& one : ended) hooks_.token_revoked(one);
  return {204, {}, {}};
}

HttpReply AppRoutes::show_settings(const Request&) {
  const auto settings = store_.read([](Database& db) { return store::read_app_settings(db); });
  HttpReply reply = HttpReply::json(200, dump(settings_json(settings)));
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

HttpReply AppRoutes::put_settings(const Request& request) {
  const Json body = request.json();
  const AppSettings wanted = read_settings(body);
  store_.transact([&](Database& db) {
    const auto before = store::read_app_settings(db);
    const auto now = clock_.now();
    Changes changes;
    changes.add("registration", before.registration, wanted.registration);
    changes.add("documents", before.documents, wanted.documents);
    changes.add("redirect_hosts", before.redirect_hosts, wanted.redirect_hosts);
    changes.add("access_minutes", before.access_minutes, wanted.access_minutes);
    changes.add("refresh_days", before.refresh_days, wanted.refresh_days);
    store::put_app_settings(db, wanted, now);
    record(store_, db, change_row(request, "settings.apps", now, changes));
  });
  return show_settings(request);
}

}  // namespace patchbay::http
