#include "oauth/trace.h"

#include "base/json.h"

namespace patchbay::oauth {

std::string to_json_text(const Trace& trace) {
  Json steps = Json::array();
  for (const auto& step : trace)
    steps.push_back({{"leg", step.leg},
                     {"url", step.url},
                     {"status", step.status == 0 ? Json() : Json(step.status)},
                     {"ok", step.ok},
                     {"detail", step.detail.empty() ? Json() : Json(step.detail)}});
  return dump(steps);
}

}  // namespace patchbay::oauth
