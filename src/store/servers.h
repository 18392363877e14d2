#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/server.h"
#include "store/database.h"
#include "store/vault.h"

namespace patchbay::store {

// The organisation's servers; those that people own have functions of their own. Retired servers (their
// catalog entry vanished) are nobody's to use: no function here returns one.
std::vector<Server> list_servers(Database& db);  // by slug
std::optional<Server> find_server(Database& db, const ServerId& id);
std::optional<Server> find_server(Database& db, std::string_view slug);  // ignoring case
Server require_server(Database& db, std::string_view slug);  // throws Error::not_found("no_server")
Server require_server(Database& db, const ServerId& id);

std::vector<Server> list_own_servers(Database& db, const UserId& owner);  // by slug
// By slug or id; throws Error::not_found("no_server"), also for somebody else's.
Server require_own_server(Database& db, const UserId& owner, std::string_view slug);
std::vector<Server> list_identity_servers(Database& db);  // those that are told who asks
std::optional<Server> find_server_by_key(Database& db, std::string_view external_key);

// Throws Error::conflict("slug_taken").
void add_server(Database& db, const Server& server);
// Everything but id, owner, slug, origin and created_at. Throws Error::conflict("stale_revision").
void update_server(Database& db, const Server& server);
// With its headers and tool definitions. Throws Error::not_found("no_server"), and
// Error::conflict("catalog_server") for one that the catalog file defines.
void remove_server(Database& db, const ServerId& id);

// The headers sent to a server on its every request; the API key of auth apiKey is one of them.
struct ServerHeader {
  std::string name;
  Secret value;
};
// Only how they are called: nothing is opened.
std::vector<std::string> list_server_header_names(Database& db, const ServerId& server);
std::vector<ServerHeader> open_server_headers(Database& db, const Vault& vault, const ServerId& server);
// Replaces all of them.
void put_server_headers(Database& db, const Vault& vault, const ServerId& server,
                        const std::vector<ServerHeader>& headers, Instant now);

// How the last look at a server went.
struct ServerTest {
  Instant tested_at;
  std::string error;  // stable id; empty where it went well
  std::string message;
};
void put_server_test(Database& db, const ServerId& server, const ServerTest& test);
std::optional<ServerTest> find_server_test(Database& db, const ServerId& server);

// What a new reading of the catalog file changed. Names are slugs.
struct CatalogSync {
  std::vector<std::string> added;
  struct Changed {
    std::string slug;
    Changes fields;
  };
  std::vector<Changed> changed;
  std::vector<std::string> retired;
  std::vector<std::string> returned;  // vanished earlier, back with their credentials
  std::vector<std::string> clashing;  // left out: an admin's server has the name
  bool any() const { return !added.empty() || !changed.empty() || !retired.empty() || !returned.empty(); }
};

// Makes the servers of origin catalog equal to `entries`, by slug. One that is not among them is retired:
// gone for everybody at once, its secrets kept for purge_retired_servers.
CatalogSync sync_catalog_servers(Database& db, const std::vector<Server>& entries, Instant now);

inline constexpr std::chrono::hours retired_servers_are_kept{30 * 24};
std::int64_t count_retired_servers(Database& db);
// Deletes what was retired before `now` less 30 days, secrets and all; how many.
int purge_retired_servers(Database& db, Instant now);

}  // namespace patchbay::store
