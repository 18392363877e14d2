#include "store/network_policy.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "store/columns.h"
#include "store/settings.h"

namespace patchbay::store {

using Json = nlohmann::json;

NetworkPolicy read_network_policy(Database& db) {
  NetworkPolicy policy;
  const auto stored = find_setting(db, setting::network);
  if (!stored) return policy;
  const Json json = Json::parse(stored->value, nullptr, false);
  if (!json.is_object()) throw damaged_row();
  if (const auto mode = json.find("private"); mode != json.end() && mode->is_string())
    policy.private_mode = mode->get<std::string>();
  if (const auto allow = json.find("allow"); allow != json.end() && allow->is_array())
    policy.allow = from_column(allow->dump());
  return policy;
}

void put_network_policy(Database& db, const NetworkPolicy& policy, Instant now) {
  Json json = Json::object();
  if (policy.private_mode) json["private"] = *policy.private_mode;
  if (policy.allow) json["allow"] = *policy.allow;
  put_setting(db, setting::network, json.dump(), now);
}

}  // namespace patchbay::store
