#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/app.h"
#include "store/database.h"
#include "store/tokens.h"

namespace patchbay::store {

void add_app(Database& db, const App& app);
std::optional<App> find_app(Database& db, std::string_view id);
// What its document says now; its approval stays.
void put_document_app(Database& db, const App& app);
void note_app_approved(Database& db, std::string_view id, Instant now);
// How many nobody has let in yet.
std::int64_t count_unapproved_apps(Database& db);
// Applications that registered before `before` and that nobody is signed in with; how many.
int reap_apps(Database& db, Instant before);

// What a person let an application do, one for each place that its codes go to.
std::optional<AppGrant> find_app_grant(Database& db, const UserId& user, std::string_view app,
                                       std::string_view redirect_host);
std::optional<AppGrant> find_app_grant(Database& db, const AppGrantId& id);
// Adds it, or changes scopes, servers and time of the one with this id.
void put_app_grant(Database& db, const AppGrant& grant);
// With all that came of it; false where there is none.
bool remove_app_grant(Database& db, const AppGrantId& id);

// Notes when each was used last, by the ids of its sign-ins.
void touch_app_grants(Database& db, const std::map<TokenId, TokenUse>& uses);

// A grant as a list shows it.
struct ListedApp {
  AppGrant grant;
  std::string app_name;
  App::Origin origin = App::Origin::registered;
  std::string user_name;
  std::int64_t sign_ins = 0;  // that are live
};
struct AppPage {
  std::string after;
  std::int64_t limit = INT64_MAX;
};
// Of one person, or of everybody; only those that somebody is signed in with or may be again without being
// asked.
std::vector<ListedApp> list_app_grants(Database& db, const std::optional<UserId>& user, const AppPage& page);

AppSettings read_app_settings(Database& db);
void put_app_settings(Database& db, const AppSettings& settings, Instant now);

}  // namespace patchbay::store
