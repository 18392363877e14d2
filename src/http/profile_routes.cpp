#include "http/profile_routes.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "domain/access.h"
#include "http/access_body.h"
#include "http/audit_row.h"
#include "http/paging.h"
#include "http/revision.h"
#include "http/user_body.h"
#include "store/profiles.h"
#include "store/rollout.h"
#include "store/servers.h"

namespace patchbay::http {

namespace {

constexpr std::size_t most_servers = 500;

// "servers": [{"server": slug, "tools"?: [name]}]; no tools are all of them.
void read_servers(Fields& fields, Database& db, Profile& profile) {
  if (!fields.has("servers")) return;
  profile.servers.clear();
  for (auto& one : fields.objects("servers", most_servers)) {
    const auto server = store::require_server(db, one.text("server", 64));
    std::vector<std::string> tools;
    read_names(one, "tools", tools);
    one.refuse_others();
    profile.servers[server.id.text()] = std::move(tools);
  }
}

void read_profile(Fields& fields, Database& db, Profile& profile) {
  if (fields.has("title")) profile.title = fields.find_text("title", 400).value_or("");
  if (fields.has("description")) profile.description = fields.find_text("description", 16384).value_or("");
  if (const auto shape = fields.find_choice("shape", {"flat", "search"})) profile.is_flat = *shape == "flat";
  read_access(fields, profile.access);
  read_servers(fields, db, profile);
}

Event profile_row(const Request& request, std::string_view action, const Profile& before,
                  const Profile& after, Instant now) {
  Changes changes;
  changes.add("title", before.title, after.title);
  changes.add("description", before.description, after.description);
  changes.add("shape", before.is_flat ? "flat" : "search", after.is_flat ? "flat" : "search");
  changes.add("access", ChangeValue::of_json(access_json(before.access).dump()),
              ChangeValue::of_json(access_json(after.access).dump()));
  changes.add("servers", ChangeValue::of_json(Json(before.servers).dump()),
              ChangeValue::of_json(Json(after.servers).dump()));
  Event event = change_row(request, action, now, changes);
  event.tool = after.slug.empty() ? before.slug : after.slug;
  return event;
}

}  // namespace

void ProfileRoutes::add_to(Routes& routes) {
  const auto to = [this](HttpReply (ProfileRoutes::*handler)(const Request&)) {
    return [this, handler](const Request& request) { return (this->*handler)(request); };
  };
  routes.add("GET", "/v1/profiles", Scope::admin_read, to(&ProfileRoutes::list));
  routes.add("POST", "/v1/profiles", Scope::admin, to(&ProfileRoutes::add));
  routes.add("GET", "/v1/profiles/{profile}", Scope::admin_read, to(&ProfileRoutes::show));
  routes.add("PATCH", "/v1/profiles/{profile}", Scope::admin, to(&ProfileRoutes::change));
  routes.add("DELETE", "/v1/profiles/{profile}", Scope::admin, to(&ProfileRoutes::remove));
  routes.add("GET", "/v1/me/profiles", Scope::self, to(&ProfileRoutes::list_own));
  routes.add("GET", "/v1/rollout", Scope::admin_read, to(&ProfileRoutes::show_rollout));
  routes.add("PUT", "/v1/rollout", Scope::admin, to(&ProfileRoutes::put_rollout));
}

Json ProfileRoutes::to_json(Database& db, const Profile& profile) const {
  Json servers = Json::array();
  for (const auto& [id, tools] : profile.servers)
    if (const auto server = store::find_server(db, ServerId(id)))
      servers.push_back({{"server", server->slug}, {"tools", tools}});
  return {{"id", profile.id.text()},
          {"slug", profile.slug},
          {"title", profile.title.empty() ? Json() : Json(profile.title)},
          {"description", profile.description.empty() ? Json() : Json(profile.description)},
          {"shape", profile.is_flat ? "flat" : "search"},
          {"endpoint", cat(public_url_, "/mcp/p/", profile.slug)},
          {"access", access_json(profile.access)},
          {"servers", std::move(servers)},
          {"revision", profile.revision},
          {"created_at", to_rfc3339(profile.created_at)},
          {"updated_at", to_rfc3339(profile.updated_at)}};
}

void ProfileRoutes::changed() {
  bearer_.reload();
  hooks_.access_changed();
}

HttpReply ProfileRoutes::list(const Request& request) {
  Page page(request);
  Json list = Json::array();
  store_.read([&](Database& db) {
    auto found = store::list_profiles(db);
    page.cut_all(found, [](const Profile& profile) { return lower(profile.slug); });
    for (const Profile& profile : found) list.push_back(to_json(db, profile));
  });
  return page.reply("profiles", std::move(list));
}

// Only what helps to use one: who else may is not told.
HttpReply ProfileRoutes::list_own(const Request& request) {
  require_person(request.caller);
  Json list = Json::array();
  store_.read([&](Database& db) {
    for (const Profile& profile : store::list_profiles(db)) {
      if (!decide(request.caller, profile).allowed) continue;
      Json json = to_json(db, profile);
      for (const char* name : {"access", "servers", "revision", "created_at", "updated_at", "id"})
        json.erase(name);
      list.push_back(std::move(json));
    }
  });
  return HttpReply::json(200, dump({{"profiles", std::move(list)}, {"next_cursor", nullptr}}));
}

HttpReply ProfileRoutes::add(const Request& request) {
  const Json body = request.json();
  const auto now = clock_.now();
  const Json made = store_.transact([&](Database& db) {
    Fields fields(body);
    Profile profile;
    profile.id = ProfileId::create(now);
    read_profile(fields, db, profile);
    profile.slug = fields.find_text("slug", 64).value_or(derive_slug(profile.title));
    fields.refuse_others();
    refuse_secret_in_name(profile.title);
    profile.created_at = profile.updated_at = now;
    store::add_profile(db, profile);
    record(store_, db, profile_row(request, "profile.create", {}, profile, now));
    return to_json(db, profile);
  });
  changed();
  return entity_reply(request, 201, made);
}

HttpReply ProfileRoutes::show(const Request& request) {
  const Json json = store_.read(
      [&](Database& db) { return to_json(db, store::require_profile(db, request.part("profile"))); });
  return entity_reply(request, 200, json);
}

HttpReply ProfileRoutes::change(const Request& request) {
  const Json body = request.json();
  const auto now = clock_.now();
  const Json json = store_.transact([&](Database& db) {
    Fields fields(body);
    const Profile before = store::require_profile(db, request.part("profile"));
    Profile after = before;
    check_revision(request, fields.find_integer("revision", 1, INT64_MAX), before.revision);
    read_profile(fields, db, after);
    fields.refuse_others();
    after.updated_at = now;
    store::update_profile(db, after);
    record(store_, db, profile_row(request, "profile.change", before, after, now));
    return to_json(db, store::require_profile(db, before.id.text()));
  });
  changed();
  return entity_reply(request, 200, json);
}

HttpReply ProfileRoutes::remove(const Request& request) {
  store_.transact([&](Database& db) {
    const Profile profile = store::require_profile(db, request.part("profile"));
    check_revision(request, std::nullopt, profile.revision);
    store::remove_profile(db, profile.id);
    record(store_, db, profile_row(request, "profile.remove", profile, {}, clock_.now()));
  });
  changed();
  return {204, {}, {}};
}

HttpReply ProfileRoutes::show_rollout(const Request&) {
  const auto rollout = store_.read([](Database& db) { return store::read_rollout(db); });
  return HttpReply::json(200, dump(rollout_json(rollout)));
}

HttpReply ProfileRoutes::put_rollout(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  Rollout rollout;
  read_rollout(fields, rollout);
  fields.refuse_others();
  Server like;  // names obey the rules of grants
  like.slug = "rollout";
  like.url = "https://rollout.invalid/";
  like.rollout = rollout;
  validate(like);
  store_.transact([&](Database& db) {
    const Json before = rollout_json(store::read_rollout(db));
    Changes changes;
    changes.add("rollout", ChangeValue::of_json(before.dump()),
                ChangeValue::of_json(rollout_json(rollout).dump()));
    store::put_rollout(db, rollout, clock_.now());
    record(store_, db, change_row(request, "rollout.change", clock_.now(), changes));
  });
  changed();
  return HttpReply::json(200, dump(rollout_json(rollout)));
}

}  // namespace patchbay::http
