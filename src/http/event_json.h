#pragma once

#include <nlohmann/json_fwd.hpp>

#include "store/events.h"

namespace patchbay::http {

// A row of the trail as the API shows it, in lists and live.
nlohmann::json event_json(const store::StoredEvent& stored);

}  // namespace patchbay::http
