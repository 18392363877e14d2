#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "domain/rollout.h"
#include "domain/server.h"
#include "domain/tool_policy.h"

namespace patchbay::http {

// Parts of bodies that say who and what; each leaves `into` as it is where its key is absent. Throw
// Error::invalid.
void read_names(Fields& fields, std::string_view key, std::vector<std::string>& into);
void read_access(Fields& fields, Access& into);  // "access": {"everyone"?, "people"?, "teams"?}; {} is nobody
void read_rollout(Fields& fields,
                  Rollout& into);  // the members "state", "people", "teams" of `fields` itself
void read_policies(Fields& fields, ToolPolicies& into);  // "otherwise" and "tools" of `fields` itself

nlohmann::json access_json(const Access& access);
nlohmann::json rollout_json(const Rollout& rollout);
nlohmann::json policies_json(const ToolPolicies& policies);

}  // namespace patchbay::http
