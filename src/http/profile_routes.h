#pragma once

#include <string>

#include "base/clock.h"
#include "domain/profile.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "oauth/bearer.h"
#include "store/store.h"

namespace patchbay::http {

// /v1/profiles and /v1/me/profiles: named sets of servers and tools, each an endpoint /mcp/p/{slug}; and
// /v1/rollout, how far the whole appliance is given to people.
class ProfileRoutes {
 public:
  ProfileRoutes(Store& store, oauth::Bearer& bearer, const ControlHooks& hooks, const Clock& clock,
                std::string public_url)
      : store_(store), bearer_(bearer), hooks_(hooks), clock_(clock), public_url_(std::move(public_url)) {}
  void add_to(Routes& routes);

 private:
  HttpReply list(const Request& request);
  HttpReply list_own(const Request& request);
  HttpReply add(const Request& request);
  HttpReply show(const Request& request);
  HttpReply change(const Request& request);
  HttpReply remove(const Request& request);
  HttpReply show_rollout(const Request& request);
  HttpReply put_rollout(const Request& request);

  nlohmann::json to_json(Database& db, const Profile& profile) const;
  void changed();

  Store& store_;
  oauth::Bearer& bearer_;
  const ControlHooks& hooks_;
  const Clock& clock_;
  const std::string public_url_;
};

}  // namespace patchbay::http
