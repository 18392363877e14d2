#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "domain/server.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "store/servers.h"
#include "store/store.h"

namespace patchbay::http {

struct ServerWish;

// /v1/me: what a person has with servers. Their own connectors, which nobody else sees; their values for
// headers that an admin named; what they may use and how it stands with them; calls that wait for their word.
// Scope self.
class OwnRoutes {
 public:
  OwnRoutes(Store& store, const ControlHooks& hooks, const Clock& clock, std::string public_url)
      : store_(store), hooks_(hooks), clock_(clock), public_url_(std::move(public_url)) {}
  void add_to(Routes& routes);

  // One that the caller may use and that asks for values of their own. Throws Error::not_found("no_server"),
  // Error::conflict("no_member_values").
  Server require_asking(const Request& request, std::string_view action) const;
  // All that the admin asks for, at once. Throws Error::conflict("stale_revision") where the server was
  // changed since it was found.
  void give_values(const Request& request, const Server& found,
                   const std::vector<store::ServerHeader>& values) const;

 private:
  HttpReply list(const Request& request);
  HttpReply add(const Request& request);
  HttpReply show(const Request& request);
  HttpReply change(const Request& request);
  HttpReply remove(const Request& request);
  HttpReply test(const Request& request);
  HttpReply tools(const Request& request);
  HttpReply list_connections(const Request& request);
  HttpReply show_connection(const Request& request);
  HttpReply show_credentials(const Request& request);
  HttpReply put_credentials(const Request& request);
  HttpReply remove_credentials(const Request& request);
  HttpReply list_approvals(const Request& request);
  HttpReply decide_approval(const Request& request);

  HttpReply shown(const Request& request, int status, const UserId& user, const std::string& slug) const;
  void check(const Server& server) const;
  void saved(const UserId& user, const Server& server) const;
  Server require_usable(const Request& request, std::string_view action) const;

  Store& store_;
  const ControlHooks& hooks_;
  const Clock& clock_;
  const std::string public_url_;
};

}  // namespace patchbay::http
