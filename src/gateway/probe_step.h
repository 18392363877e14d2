#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace patchbay::gateway {

// One step of a look at a server or an address.
struct ProbeStep {
  std::string_view name;  // "configure", "connect", "negotiate", "list"; of an address also "sign_in"
  bool ok = true;
  std::string detail;
  std::int64_t duration_ms = 0;  // connecting is measured as part of negotiating
};

}  // namespace patchbay::gateway
