#include "store/apps.h"

#include <nlohmann/json.hpp>

#include "store/columns.h"
#include "store/settings.h"

namespace patchbay::store {

namespace {

using Json = nlohmann::json;

std::string_view to_text(App::Origin origin) {
  return origin == App::Origin::document ? "document" : "registered";
}

App read_app(const Row& row) {
  App app;
  app.id = row.text("id");
  app.origin = row.view("origin") == "document" ? App::Origin::document : App::Origin::registered;
  app.name = row.text("name");
  app.redirect_uris = from_column(row.view("redirect_uris"));
  app.grant_types = from_column(row.view("grant_types"));
  app.auth = known(parse_app_auth(row.view("auth_method")));
  if (!row.is_null("secret_hash")) app.secret_hash = row.text("secret_hash");
  app.remote = row.text("remote");
  app.created_at = row.instant("created_at");
  app.fresh_until = row.optional_instant("fresh_until");
  app.approved_at = row.optional_instant("approved_at");
  return app;
}

std::optional<std::string> servers_column(const AppGrant& grant) {
  if (!grant.servers) return std::nullopt;
  return to_column(grant.servers->servers);
}

AppGrant read_grant(const Row& row) {
  AppGrant grant;
  grant.id = AppGrantId(row.text("id"));
  grant.app = row.text("app_id");
  grant.user = UserId(row.text("user_id"));
  grant.redirect_host = row.text("redirect_host");
  grant.resource = row.text("resource");
  grant.scopes = parse_scopes(row.view("scopes")).value_or(Scope::none);
  if (!row.is_null("servers"))
    grant.servers = std::make_shared<const Selection>(Selection{from_column(row.view("servers"))});
  grant.created_at = row.instant("created_at");
  grant.updated_at = row.instant("updated_at");
  grant.last_used_at = row.optional_instant("last_used_at");
  return grant;
}

}  // namespace

void add_app(Database& db, const App& app) {
  std::optional<Blob> secret;
  if (!app.secret_hash.empty()) secret = Blob{app.secret_hash};
  db.run(
      "insert into app (id, origin, name, redirect_uris, grant_types, auth_method, secret_hash, remote,"
      " created_at, fresh_until, approved_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      app.id, to_text(app.origin), app.name, to_column(app.redirect_uris), to_column(app.grant_types),
      patchbay::to_text(app.auth), secret, app.remote, app.created_at, app.fresh_until, app.approved_at);
}

std::optional<App> find_app(Database& db, std::string_view id) {
  auto rows = db.query(
      "select id, origin, name, redirect_uris, grant_types, auth_method, secret_hash, remote, created_at,"
      " fresh_until, approved_at from app where id = ?",
      id);
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return read_app(*row);
}

void put_document_app(Database& db, const App& app) {
  const int changed = db.run(
      "update app set name = ?, redirect_uris = ?, grant_types = ?, fresh_until = ?"
      " where id = ? and origin = 'document'",
      app.name, to_column(app.redirect_uris), to_column(app.grant_types), app.fresh_until, app.id);
  if (changed == 0) add_app(db, app);
}

void note_app_approved(Database& db, std::string_view id, Instant now) {
  db.run("update app set approved_at = coalesce(approved_at, ?) where id = ?", now, id);
}

std::int64_t count_unapproved_apps(Database& db) {
  auto rows = db.query("select count(*) as n from app where approved_at is null");
  return rows.next()->integer("n");
}

int reap_apps(Database& db, Instant before) {
  return db.run(
      "delete from app where created_at < ? and not exists (select 1 from app_grant g where g.app_id = "
      "app.id)"
      " and not exists (select 1 from app_device d where d.app_id = app.id)",
      before);
}

std::optional<AppGrant> find_app_grant(Database& db, const UserId& user, std::string_view app,
                                       std::string_view redirect_host) {
  auto rows = db.query(
      "select id, app_id, user_id, redirect_host, resource, scopes, servers, created_at, updated_at, "
      "last_used_at"
      " from app_grant where user_id = ? and app_id = ? and redirect_host = ?",
      user, app, redirect_host);
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return read_grant(*row);
}

std::optional<AppGrant> find_app_grant(Database& db, const AppGrantId& id) {
  auto rows = db.query(
      "select id, app_id, user_id, redirect_host, resource, scopes, servers, created_at, updated_at, "
      "last_used_at"
      " from app_grant where id = ?",
      id);
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return read_grant(*row);
}

void put_app_grant(Database& db, const AppGrant& grant) {
  const int changed =
      db.run("update app_grant set resource = ?, scopes = ?, servers = ?, updated_at = ? where id = ?",
             grant.resource, patchbay::to_text(grant.scopes), servers_column(grant), grant.updated_at,
             grant.id);
  if (changed != 0) return;
  db.run(
      "insert into app_grant (id, app_id, user_id, redirect_host, resource, scopes, servers, created_at, "
      "updated_at)"
      " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      grant.id, grant.app, grant.user, grant.redirect_host, grant.resource, patchbay::to_text(grant.scopes),
      servers_column(grant), grant.created_at, grant.updated_at);
}

bool remove_app_grant(Database& db, const AppGrantId& id) {
  return db.run("delete from app_grant where id = ?", id) != 0;
}

void touch_app_grants(Database& db, const std::map<TokenId, TokenUse>& uses) {
  for (const auto& [id, use] : uses)
    db.run("update app_grant set last_used_at = ? where id = (select grant_id from app_sign_in where id = ?)",
           use.at, id);
}

std::vector<ListedApp> list_app_grants(Database& db, const std::optional<UserId>& user, const AppPage& page) {
  std::vector<ListedApp> all;
  const std::string one = user ? user->text() : std::string();
  for (const Row& row : db.query(
           "select g.id as id, g.app_id as app_id, g.user_id as user_id, g.redirect_host as redirect_host, "
           "g.resource as resource,"
           " g.scopes as scopes, g.servers as servers, g.created_at as created_at, g.updated_at as "
           "updated_at,"
           " g.last_used_at as last_used_at, a.name as app_name, a.origin as origin, u.name as user_name,"
           " (select count(*) from app_sign_in s where s.grant_id = g.id) as sign_ins"
           " from app_grant g join app a on a.id = g.app_id join user u on u.id = g.user_id"
           " where (? = '' or g.user_id = ?) and g.id > ? order by g.id limit ?",
           one, one, page.after, page.limit)) {
    ListedApp listed{read_grant(row), row.text("app_name"), App::Origin::registered, row.text("user_name"),
                     row.integer("sign_ins")};
    if (row.view("origin") == "document") listed.origin = App::Origin::document;
    all.push_back(std::move(listed));
  }
  return all;
}

AppSettings read_app_settings(Database& db) {
  AppSettings settings;
  const auto stored = find_setting(db, setting::apps);
  if (!stored) return settings;
  const Json json = Json::parse(stored->value, nullptr, false);
  if (!json.is_object()) throw damaged_row();
  settings.registration = json.value("registration", true);
  settings.documents = json.value("documents", true);
  settings.redirect_hosts = from_column(json.value("redirect_hosts", Json::array()).dump());
  settings.access_minutes = json.value("access_minutes", settings.access_minutes);
  settings.refresh_days = json.value("refresh_days", settings.refresh_days);
  return settings;
}

void put_app_settings(Database& db, const AppSettings& settings, Instant now) {
  const Json json = {{"registration", settings.registration},
                     {"documents", settings.documents},
                     {"redirect_hosts", settings.redirect_hosts},
                     {"access_minutes", settings.access_minutes},
                     {"refresh_days", settings.refresh_days}};
  put_setting(db, setting::apps, json.dump(), now);
}

}  // namespace patchbay::store
