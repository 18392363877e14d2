#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "domain/server.h"
#include "gateway/sign_ins.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "store/store.h"

namespace patchbay::http {

struct ServerWish;

// /v1/servers: the organisation's servers, and what an admin does with them; those of the catalog file are
// shown and changed in that file alone. Secrets go in and never come out; every change has its audit row in
// the transaction that makes it. What a server offers is in tool_policy_routes.h.
class ServerRoutes {
 public:
  ServerRoutes(Store& store, const ControlHooks& hooks, const Clock& clock)
      : store_(store), hooks_(hooks), clock_(clock) {}
  void add_to(Routes& routes);

 private:
  HttpReply list(const Request& request);
  HttpReply add(const Request& request);
  HttpReply show(const Request& request);
  HttpReply change(const Request& request);
  HttpReply remove(const Request& request);
  HttpReply put_by_key(const Request& request);
  HttpReply remove_by_key(const Request& request);
  HttpReply put_access(const Request& request);
  HttpReply test(const Request& request);
  HttpReply disconnect(const Request& request);
  HttpReply list_accounts(const Request& request);
  HttpReply list_presets(const Request& request);
  HttpReply show_preset_icon(const Request& request);

  HttpReply shown(const Request& request, int status, const std::string& slug) const;
  void check(const Server& server) const;
  Server require(const Request& request) const;
  std::string add_now(const Request& request, ServerWish& wish);
  // Of the tokens that go, for the providers to hear of.
  using Revocations = gateway::SignIns::Revocations;
  Revocations change_now(Database& db, const Request& request, const Server& before, const ServerWish& wish);
  Revocations remove_now(Database& db, const Request& request, const Server& server);
  void removed(Revocations revocations);
  void saved(const Server& server, Revocations revocations = {});

  Store& store_;
  const ControlHooks& hooks_;
  const Clock& clock_;
};

}  // namespace patchbay::http
