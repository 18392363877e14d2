#include "http/settings_routes.h"

#include <algorithm>

#include "base/egress.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/url.h"
#include "domain/public_url.h"
#include "http/audit_row.h"
#include "http/user_body.h"
#include "store/network_policy.h"
#include "store/settings.h"

namespace patchbay::http {

namespace {

bool is_fixed(const ConfiguredSetting& setting) {
  return setting.source != "default" && setting.source != "store";
}

// What can be changed while Patchbay runs, as long as the configuration does not say it.
bool is_changeable(const ConfiguredSetting& setting) {
  const bool can = setting.name == "organisation" || setting.name == "public_url" ||
                   setting.name == "network.private" || setting.name == "network.allow";
  return can && !is_fixed(setting);
}

Json value_json(const ConfiguredSetting& setting) {
  if (setting.is_list) return setting.values;
  if (setting.values.empty()) return {};
  return setting.values.front();
}

Json text_or_null(std::string_view text) {
  return text.empty() ? Json() : Json(text);
}

Json setting_json(const ConfiguredSetting& setting) {
  return {{"name", setting.name},
          {"section", setting.section},
          {"value", value_json(setting)},
          {"source", setting.source},
          {"place", text_or_null(setting.place)},
          {"variable", text_or_null(setting.variable)},
          {"editable", is_changeable(setting)}};
}

std::string stored_text(Database& db, std::string_view name) {
  const auto stored = store::find_setting(db, name);
  return stored ? stored->value : std::string();
}

// Empty: the default.
void put_text(Database& db, std::string_view name, const std::string& text, Instant now) {
  if (text.empty())
    store::remove_setting(db, name);
  else
    store::put_setting(db, name, text, now);
}

std::string find_public_url(Fields& fields) {
  const auto text = fields.is_null("public_url") ? std::string() : fields.text("public_url", longest_url);
  return text.empty() ? text : parse_public_url(text).url;
}

void check_name(const std::string& name) {
  if (trim(name) != name || clean_text(name, SettingsRoutes::longest_name, false) != name)
    throw Error::invalid("organisation", cat("The organisation's name is at most ",
                                             SettingsRoutes::longest_name, " bytes on one line."));
  refuse_secret_in_name(name);
}

// {"private"?: "admin" | "list" | "deny" | null, "allow"?: [lines] | null}: absent keeps, null is the
// default.
NetworkPolicy read_network(const Json& body, NetworkPolicy policy) {
  Fields fields(body);
  if (fields.has("private")) policy.private_mode = fields.find_choice("private", {"admin", "list", "deny"});
  if (fields.has("allow")) policy.allow = fields.find_texts("allow", NetworkPolicy::most_rules, 300);
  fields.refuse_others();
  for (const auto& line : policy.allow.value_or(std::vector<std::string>())) parse_allow_rule(line);
  return policy;
}

}  // namespace

void SettingsRoutes::add_to(Routes& routes) {
  routes.add("GET", "/v1/settings", Scope::admin_read,
             [this](const Request& request) { return show(request); });
  routes.add("PATCH", "/v1/settings", Scope::admin,
             [this](const Request& request) { return change(request); });
  routes.add("PUT", "/v1/settings/network", Scope::admin,
             [this](const Request& request) { return put_network(request); });
}

HttpReply SettingsRoutes::show(const Request&) {
  ConfiguredSetting organisation;
  organisation.name = "organisation";
  organisation.section = "general";
  std::string name, public_url;
  store_.read([&](Database& db) {
    name = stored_text(db, store::setting::organisation);
    public_url = stored_text(db, store::setting::public_url);
  });
  if (!name.empty()) {
    organisation.values.push_back(name);
    organisation.source = "store";
  }
  Json list = Json::array();
  list.push_back(setting_json(organisation));
  for (const auto& one : hooks_.configured()) {
    list.push_back(setting_json(one));
    const bool is_used = public_url.empty() ? one.source != "store" : one.values == std::vector{public_url};
    if (one.name == "public_url" && !is_fixed(one) && !is_used)
      list.back()["next"] = public_url.empty() ? Json() : Json(public_url);
  }
  HttpReply reply = HttpReply::json(200, dump({{"settings", std::move(list)}}));
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

void SettingsRoutes::refuse_fixed(std::string_view name) const {
  for (const auto& one : hooks_.configured())
    if (one.name == name && is_fixed(one))
      throw Error::conflict("setting_fixed",
                            cat("The configuration sets ", one.name, " (", one.place, "). Change it there."));
}

// The public address is who we are to every client, so it counts from the next start on.
HttpReply SettingsRoutes::change(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  std::vector<std::pair<std::string_view, std::string>> wanted;
  if (fields.has("organisation")) {
    const auto name = fields.is_null("organisation") ? std::string() : fields.text("organisation", 200);
    check_name(name);
    wanted.emplace_back(store::setting::organisation, name);
  }
  if (fields.has("public_url")) {
    require_person_at_hand(request.caller);
    refuse_fixed("public_url");
    wanted.emplace_back(store::setting::public_url, find_public_url(fields));
  }
  fields.refuse_others();
  store_.transact([&](Database& db) {
    Changes changes;
    for (const auto& [name, text] : wanted) {
      changes.add(name, stored_text(db, name), text);
      put_text(db, name, text, clock_.now());
    }
    record(store_, db, change_row(request, "settings.change", clock_.now(), changes));
  });
  return show(request);
}

// Opens the organisation's own network, so the password is asked for once more (security.md 7).
HttpReply SettingsRoutes::put_network(const Request& request) {
  require_person_at_hand(request.caller);
  const Json body = request.json();
  const auto settings = hooks_.configured();
  store_.transact([&](Database& db) {
    const auto before = store::read_network_policy(db);
    const auto wanted = read_network(body, before);
    for (const auto& one : settings) {
      const bool changes_it = (one.name == "network.private" && wanted.private_mode != before.private_mode) ||
                              (one.name == "network.allow" && wanted.allow != before.allow);
      if (changes_it && is_fixed(one))
        throw Error::conflict("setting_fixed", cat("The configuration sets ", one.name, " (", one.place,
                                                   "). Change it there."));
    }
    Changes changes;
    changes.add("private", before.private_mode.value_or(""), wanted.private_mode.value_or(""));
    changes.add("allow", before.allow.value_or(std::vector<std::string>()),
                wanted.allow.value_or(std::vector<std::string>()));
    store::put_network_policy(db, wanted, clock_.now());
    record(store_, db, change_row(request, "settings.network", clock_.now(), changes));
  });
  hooks_.network_changed();
  return show(request);
}

}  // namespace patchbay::http
