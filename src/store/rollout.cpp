#include "store/rollout.h"

#include <nlohmann/json.hpp>

#include "store/columns.h"
#include "store/settings.h"

namespace patchbay::store {

using Json = nlohmann::json;

Rollout read_rollout(Database& db) {
  const auto stored = find_setting(db, setting::rollout);
  if (!stored) return {};
  const Json json = Json::parse(stored->value, nullptr, false);
  if (!json.is_object() || !json.contains("state") || !json.at("state").is_string()) throw damaged_row();
  return {known(parse_rollout_state(json.at("state").get<std::string>())),
          from_column(json.value("people", Json::array()).dump()),
          from_column(json.value("teams", Json::array()).dump())};
}

void put_rollout(Database& db, const Rollout& rollout, Instant now) {
  const Json json = {{"state", to_text(rollout.state)}, {"people", rollout.people}, {"teams", rollout.teams}};
  put_setting(db, setting::rollout, json.dump(), now);
}

}  // namespace patchbay::store
