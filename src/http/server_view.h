#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/control_hooks.h"
#include "http/route.h"
#include "http/server_body.h"
#include "store/servers.h"
#include "store/store.h"

namespace patchbay::http {

// A server as the routes of admins and of its owner show it.
struct ShownServer {
  Server server;
  std::vector<std::string> header_names;
  std::optional<store::ServerTest> test;
  std::string issuer;         // whom its accounts are signed in with; empty for none
  bool is_connected = false;  // the organisation's account, or the owner's, can be used (R62)
};
// The catalog names its headers in the file, others have them in the store. `published` may be null.
ShownServer look_at_server(Database& db, Server server, const std::vector<CatalogEntry>* published,
                           Instant now);
nlohmann::json shown_json(const ShownServer& shown, const std::vector<ServerState>& states);
// How the gateway fares with it: state, reason, message, since, tools, stale.
void put_state(nlohmann::json& json, const ServerState* state);
const ServerState* find_state(const std::vector<ServerState>& states, const ServerId& id);

nlohmann::json tools_json(const std::vector<LiveTool>& tools);
nlohmann::json steps_json(const std::vector<gateway::ProbeStep>& steps);
// The answer of a test: always with "ok" and the steps.
nlohmann::json probe_json(const Probe& probe);

// A row about a server. A person's own is called "own:<slug>".
Event server_row(const Request& request, std::string_view action, const Server& server, Instant now);
// What a wish changes of a server; with "headers" where its secrets are set, replaced or forgotten.
Changes changes_of_wish(Database& db, const Server& before, const ServerWish& wish);
// Makes the change: the row, its secrets, and whatever the change makes worthless.
void apply_change(Database& db, Store& store, const Server& before, const ServerWish& wish, Instant now);
// A wish that brings the secrets that are there already brings none.
void drop_same_secrets(Database& db, Store& store, const Server& before, ServerWish& wish);
void add_wanted(Database& db, Store& store, const ServerWish& wish, Instant now);

// Throws Error::conflict("catalog_server") for one that the catalog file defines.
void refuse_catalog(const Server& server);

}  // namespace patchbay::http
