#include "http/settings_routes.h"

#include <algorithm>

#include "base/egress.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
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
  const bool can =
      setting.name == "organisation" || setting.name == "network.private" || setting.name == "network.allow";
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

std::string stored_name(Database& db) {
  const auto stored = store::find_setting(db, store::setting::organisation);
  return stored ? stored->value : std::string();
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
  const auto name = store_.read([](Database& db) { return stored_name(db); });
  if (!name.empty()) {
    organisation.values.push_back(name);
    organisation.source = "store";
  }
  Json list = Json::array();
  list.push_back(setting_json(organisation));
  for (const auto& one : hooks_.configured()) list.push_back(setting_json(one));
  HttpReply reply = HttpReply::json(200, dump({{"settings", std::move(list)}}));
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

HttpReply SettingsRoutes::change(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const auto name = fields.is_null("organisation") ? std::string() : fields.text("organisation", 200);
  fields.refuse_others();
  check_name(name);
  store_.transact([&](Database& db) {
    Changes changes;
    changes.add("organisation", stored_name(db), name);
    store::put_setting(db, store::setting::organisation, name, clock_.now());
    record(store_, db, change_row(request, "settings.change", clock_.now(), changes));
  });
  return show(request);
}

// Opens the organisation's own network, so the password is asked for once more (security.md 7).
HttpReply SettingsRoutes::put_network(const Request& request) {
  require_confirmed(request.caller);
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
