#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"
#include "http/control_hooks.h"
#include "store/store.h"

namespace patchbay::http {

// What an admin should look at, worst first: [{kind, server, message, since, count}]. Kinds: "sign_in_ended",
// "sign_in_missing", "secret_missing", "failing", "tools_held".
nlohmann::json attention_json(Store& store, const ControlHooks& hooks, Instant now);

}  // namespace patchbay::http
