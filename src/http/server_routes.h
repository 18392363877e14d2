#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "domain/server.h"
#include "http/control_hooks.h"
#include "http/route.h"
#include "store/store.h"

namespace patchbay::http {

struct ServerWish;

// /v1/servers: the servers of catalog and admin, and what an admin does with them. Scope admin. Secrets go in
// and never come out; every change has its audit row in the transaction that makes it.
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
  HttpReply test(const Request& request);
  HttpReply tools(const Request& request);
  HttpReply refresh(const Request& request);
  HttpReply accept(const Request& request);

  struct Shown {
    Server server;
    std::vector<std::string> header_names;
  };
  Shown look_at(Database& db, Server server, const std::vector<CatalogEntry>* published) const;
  std::string shown_json(const std::string& slug) const;
  void check(const Server& server) const;
  HttpReply tools_of(const Server& server) const;
  void keep_headers(Database& db, const ServerWish& wish, const ServerId& id, Instant now) const;
  Server require(const Request& request) const;

  Store& store_;
  const ControlHooks& hooks_;
  const Clock& clock_;
};

}  // namespace patchbay::http
