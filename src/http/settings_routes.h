#pragma once

#include <string_view>

#include "base/clock.h"
#include "domain/network_policy.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "store/store.h"

namespace patchbay::http {

// /v1/settings: how the appliance is set up, and by whom. What the configuration says cannot be changed here.
class SettingsRoutes {
 public:
  static constexpr std::size_t longest_name = 80;  // of the organisation

  SettingsRoutes(Store& store, const ControlHooks& hooks, const Clock& clock)
      : store_(store), hooks_(hooks), clock_(clock) {}
  void add_to(Routes& routes);

 private:
  HttpReply show(const Request& request);
  HttpReply change(const Request& request);
  HttpReply put_network(const Request& request);
  void refuse_fixed(std::string_view name) const;

  Store& store_;
  const ControlHooks& hooks_;
  const Clock& clock_;
};

}  // namespace patchbay::http
