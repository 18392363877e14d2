#pragma once

#include <functional>
#include <optional>

#include "base/clock.h"
#include "domain/server.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "store/store.h"

namespace patchbay::http {

// What the organisation's servers offer, and what holds for each tool: /v1/servers/{slug}/tools, /tool-policy
// and /rollout. Policy and roll-out stand beside the catalog file, so they are changed here for its servers
// too.
class ServerToolRoutes {
 public:
  ServerToolRoutes(Store& store, const ControlHooks& hooks, const Clock& clock)
      : store_(store), hooks_(hooks), clock_(clock) {}
  void add_to(Routes& routes);

 private:
  HttpReply tools(const Request& request);
  HttpReply refresh(const Request& request);
  HttpReply accept(const Request& request);
  HttpReply accept_own(const Request& request);
  HttpReply accept_at(const Request& request, const std::function<Server(Database&)>& find);
  HttpReply show_policy(const Request& request);
  HttpReply put_policy(const Request& request);
  HttpReply put_rollout(const Request& request);
  HttpReply tools_of(const Request& request, const Server& server) const;
  Server require(const Request& request) const;
  template <class Change>
  Server change_server(const Request& request, Change change);

  Store& store_;
  const ControlHooks& hooks_;
  const Clock& clock_;
};

// A page of a server's tools as JSON, by name: what it offers now, else what is remembered of it.
HttpReply list_tools_of(const Request& request, Store& store, const ControlHooks& hooks, const Server& server,
                        const std::optional<UserId>& user);

}  // namespace patchbay::http
