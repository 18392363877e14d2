#include "store/servers.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "domain/server_change.h"
#include "store/accounts.h"
#include "store/columns.h"
#include "store/member_secrets.h"

namespace patchbay::store {
namespace {

using Json = nlohmann::json;

ToolPolicies read_policies(const Row& row) {
  ToolPolicies policies;
  policies.otherwise = known(parse_tool_policy(row.view("tool_default")));
  const Json json = Json::parse(row.view("tool_policy"), nullptr, false);
  if (!json.is_object()) throw damaged_row();
  for (const auto& [tool, policy] : json.items()) {
    if (!policy.is_string()) throw damaged_row();
    policies.named.emplace(tool, known(parse_tool_policy(policy.get<std::string>())));
  }
  return policies;
}

std::string to_column(const ToolPolicies& policies) {
  Json json = Json::object();
  for (const auto& [tool, policy] : policies.named) json[tool] = to_text(policy);
  return json.dump();
}

OAuthSettings read_oauth(const Row& row) {
  const Json json = Json::parse(row.view("oauth"), nullptr, false);
  if (!json.is_object()) throw damaged_row();
  OAuthSettings oauth;
  oauth.client_id = json.value("client_id", "");
  oauth.client_auth = known(parse_client_auth(json.value("client_auth", "none")));
  oauth.authorization_endpoint = json.value("authorization_endpoint", "");
  oauth.token_endpoint = json.value("token_endpoint", "");
  oauth.scopes = json.value("scopes", std::vector<std::string>());
  oauth.send_resource = json.value("send_resource", true);
  oauth.allowed_origins = json.value("allowed_origins", std::vector<std::string>());
  return oauth;
}

std::string to_column(const OAuthSettings& oauth) {
  if (oauth == OAuthSettings()) return "{}";
  const Json json = {{"client_id", oauth.client_id},
                     {"client_auth", to_text(oauth.client_auth)},
                     {"authorization_endpoint", oauth.authorization_endpoint},
                     {"token_endpoint", oauth.token_endpoint},
                     {"scopes", oauth.scopes},
                     {"send_resource", oauth.send_resource},
                     {"allowed_origins", oauth.allowed_origins}};
  return json.dump();
}

// "source" tells apart what the check on "origin", which a step cannot change, does not know.
ServerOrigin read_origin(const Row& row) {
  const auto source = row.view("source");
  return known(parse_server_origin(source.empty() ? row.view("origin") : source));
}
std::string_view origin_column(const Server& server) {
  return to_text(server.origin == ServerOrigin::catalog ? ServerOrigin::catalog : ServerOrigin::admin);
}
std::string_view source_column(const Server& server) {
  const bool is_told = server.origin == ServerOrigin::preset || server.origin == ServerOrigin::member;
  return is_told ? to_text(server.origin) : std::string_view();
}

Server read_server(const Row& row) {
  Server server;
  server.id = ServerId(row.text("id"));
  if (!row.is_null("owner_id")) server.owner = UserId(row.text("owner_id"));
  server.external_key = row.text("external_key");
  server.slug = row.text("slug");
  server.title = row.text("title");
  server.description = row.text("description");
  server.icon = row.text("icon");
  server.transport = known(parse_transport(row.view("transport")));
  server.url = row.text("url");
  server.auth = known(parse_auth_type(row.view("auth")));
  server.credential_mode = known(parse_credential_mode(row.view("credential_mode")));
  server.member_headers = from_column(row.view("member_headers"));
  server.identity_headers = row.flag("identity_headers");
  server.oauth = read_oauth(row);
  server.policies = read_policies(row);
  server.rollout = {known(parse_rollout_state(row.view("rollout"))), from_column(row.view("pilot_people")),
                    from_column(row.view("pilot_teams"))};
  server.availability = known(parse_availability(row.view("availability")));
  server.enabled = row.flag("enabled");
  server.allow = from_column(row.view("allow_tools"));
  server.deny = from_column(row.view("deny_tools"));
  server.timeout = std::chrono::milliseconds(row.integer("timeout_ms"));
  server.ca_file = row.text("ca_file");
  server.pin_sha256 = row.text("pin_sha256");
  server.pin_tools = row.flag("pin_tools");
  server.access = {row.flag("everyone"), from_column(row.view("people")), from_column(row.view("teams"))};
  server.origin = read_origin(row);
  server.revision = row.integer("revision");
  server.created_at = row.instant("created_at");
  server.updated_at = row.instant("updated_at");
  return server;
}

std::optional<Server> first_server(Query rows) {
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return read_server(*row);
}

struct Known {
  Server server;
  bool retired = false;
};

// Every server of the organisation, retired ones too, by its slug in lower case.
std::map<std::string, Known> list_known(Database& db) {
  std::map<std::string, Known> all;
  for (const Row& row : db.query("select * from server where owner_id is null")) {
    Server server = read_server(row);
    std::string slug = lower(server.slug);
    all.emplace(std::move(slug), Known{std::move(server), !row.is_null("retired_at")});
  }
  return all;
}

void retire_server(Database& db, const Server& server, Instant now) {
  db.run("update server set retired_at = ?, revision = revision + 1, updated_at = ? where id = ?", now, now,
         server.id);
}

void add_catalog_server(Database& db, const Server& entry, Instant now) {
  Server server = entry;
  server.id = ServerId::create(now);
  server.origin = ServerOrigin::catalog;
  server.revision = 1;
  server.created_at = server.updated_at = now;
  add_server(db, server);
}

void sync_known(Database& db, const Known& known_server, const Server& entry, Instant now,
                CatalogSync& sync) {
  const Server& old = known_server.server;
  if (known_server.retired) {
    db.run("update server set retired_at = null where id = ?", old.id);
    sync.returned.push_back(old.slug);
  }
  Server changed = entry;
  changed.id = old.id;
  changed.policies = old.policies;  // these two stand beside what the file says
  changed.rollout = old.rollout;
  auto fields = changes_of(old, changed);
  fields.leave_out("slug");  // it is found ignoring case, and stays as it was written first
  if (fields.empty() && !known_server.retired) return;
  changed.revision = old.revision;
  changed.updated_at = now;
  update_server(db, changed);
  if (leads_elsewhere(old, changed)) {
    remove_accounts(db, old.id, false);
    remove_member_headers(db, old.id);
  }
  if (!known_server.retired) sync.changed.push_back({old.slug, std::move(fields)});
}

}  // namespace

std::vector<Server> list_servers(Database& db) {
  std::vector<Server> servers;
  for (const Row& row :
       db.query("select * from server where retired_at is null and owner_id is null order by slug"))
    servers.push_back(read_server(row));
  return servers;
}

std::optional<Server> find_server(Database& db, const ServerId& id) {
  return first_server(db.query("select * from server where id = ? and retired_at is null", id));
}

std::optional<Server> find_server(Database& db, std::string_view slug) {
  return first_server(db.query(
      "select * from server where owner_id is null and lower(slug) = lower(?) and retired_at is null", slug));
}

std::vector<Server> list_own_servers(Database& db, const UserId& owner) {
  std::vector<Server> servers;
  for (const Row& row : db.query("select * from server where owner_id = ? order by slug", owner))
    servers.push_back(read_server(row));
  return servers;
}

Server require_own_server(Database& db, const UserId& owner, std::string_view slug) {
  auto server = first_server(db.query(
      "select * from server where owner_id = ? and (lower(slug) = lower(?) or id = ?)", owner, slug, slug));
  if (server) return std::move(*server);
  throw Error::not_found("no_server", "You have no connector of this name.");
}

std::vector<Server> list_identity_servers(Database& db) {
  std::vector<Server> servers;
  for (const Row& row : db.query("select * from server where identity_headers = 1 and enabled = 1"
                                 " and retired_at is null and owner_id is null order by slug"))
    servers.push_back(read_server(row));
  return servers;
}

std::optional<Server> find_server_by_key(Database& db, std::string_view key) {
  if (key.empty()) return std::nullopt;
  return first_server(db.query("select * from server where external_key = ? and retired_at is null", key));
}

Server require_server(Database& db, std::string_view slug) {
  if (auto server = find_server(db, slug)) return std::move(*server);
  throw Error::not_found("no_server",
                         cat("There is no server \"", slug, "\". List them with: patchbay server list"));
}

Server require_server(Database& db, const ServerId& id) {
  if (auto server = find_server(db, id)) return std::move(*server);
  throw Error::not_found("no_server", "There is no such server. It may have been removed.");
}

void add_server(Database& db, const Server& server) {
  auto rows = db.query("select retired_at from server where owner_id is ? and lower(slug) = lower(?)",
                       server.owner, server.slug);
  if (const Row* row = rows.next())
    throw Error::conflict(
        "slug_taken",
        row->is_null("retired_at")
            ? cat("There is a server \"", server.slug, "\" already. Choose another name.")
            : cat("A server \"", server.slug,
                  "\" left the catalog file not long ago and its credentials are still kept. Choose "
                  "another name."));
  if (find_server_by_key(db, server.external_key))
    throw Error::conflict("external_key_taken", "Another server has this key already.");
  db.run(
      "insert into server (id, owner_id, slug, external_key, title, description, icon, transport, url, auth,"
      " credential_mode, member_headers, oauth, identity_headers, availability, enabled, allow_tools, "
      "deny_tools,"
      " tool_default,"
      " tool_policy, timeout_ms, ca_file, pin_sha256, pin_tools, everyone, people, teams, rollout,"
      " pilot_people, pilot_teams, origin, source, revision, created_at, updated_at)"
      " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
      " ?, ?, ?, ?)",
      server.id, server.owner, server.slug, server.external_key, server.title, server.description,
      server.icon, to_text(server.transport), server.url, to_text(server.auth),
      to_text(server.credential_mode), to_column(server.member_headers), to_column(server.oauth),
      server.identity_headers, to_text(server.availability), server.enabled, to_column(server.allow),
      to_column(server.deny), to_text(server.policies.otherwise), to_column(server.policies),
      server.timeout.count(), server.ca_file, server.pin_sha256, server.pin_tools, server.access.everyone,
      to_column(server.access.people), to_column(server.access.teams), to_text(server.rollout.state),
      to_column(server.rollout.people), to_column(server.rollout.teams), origin_column(server),
      source_column(server), server.revision, server.created_at, server.updated_at);
}

void update_server(Database& db, const Server& server) {
  const int changed = db.run(
      "update server set external_key = ?, title = ?, description = ?, icon = ?, transport = ?, url = ?,"
      " auth = ?, credential_mode = ?, member_headers = ?, oauth = ?, identity_headers = ?, availability = ?,"
      " enabled = ?, allow_tools = ?,"
      " deny_tools = ?, tool_default = ?, tool_policy = ?, timeout_ms = ?, ca_file = ?, pin_sha256 = ?,"
      " pin_tools = ?, everyone = ?, people = ?, teams = ?, rollout = ?, pilot_people = ?, pilot_teams = ?,"
      " updated_at = ?, revision = revision + 1"
      " where id = ? and revision = ? and retired_at is null",
      server.external_key, server.title, server.description, server.icon, to_text(server.transport),
      server.url, to_text(server.auth), to_text(server.credential_mode), to_column(server.member_headers),
      to_column(server.oauth), server.identity_headers, to_text(server.availability), server.enabled,
      to_column(server.allow), to_column(server.deny), to_text(server.policies.otherwise),
      to_column(server.policies), server.timeout.count(), server.ca_file, server.pin_sha256, server.pin_tools,
      server.access.everyone, to_column(server.access.people), to_column(server.access.teams),
      to_text(server.rollout.state), to_column(server.rollout.people), to_column(server.rollout.teams),
      server.updated_at, server.id, server.revision);
  if (changed == 0)
    throw Error::conflict("stale_revision", "Someone else changed this server. Reload it and try again.");
}

void remove_server(Database& db, const ServerId& id) {
  const Server server = require_server(db, id);
  if (server.origin == ServerOrigin::catalog)
    throw Error::conflict("catalog_server", cat("The catalog file defines \"", server.slug,
                                                "\". Take its entry out of that file."));
  db.run("delete from server where id = ?", id);
}

std::vector<std::string> list_server_header_names(Database& db, const ServerId& server) {
  std::vector<std::string> names;
  for (const Row& row :
       db.query("select name from server_secret where server_id = ? order by position", server))
    names.push_back(row.text("name"));
  return names;
}

std::vector<ServerHeader> open_server_headers(Database& db, const Vault& vault, const ServerId& server) {
  std::vector<ServerHeader> headers;
  for (const Row& row : db.query(
           "select id, name, value_sealed from server_secret where server_id = ? order by position", server))
    headers.push_back({row.text("name"), vault.open(row.view("value_sealed"),
                                                    {"server_secret", "value_sealed", row.view("id")})});
  return headers;
}

void put_server_headers(Database& db, const Vault& vault, const ServerId& server,
                        const std::vector<ServerHeader>& headers, Instant now) {
  db.run("delete from server_secret where server_id = ?", server);
  for (std::size_t position = 0; position < headers.size(); ++position) {
    const ServerHeader& header = headers[position];
    const std::string id = new_uuid(now);
    const std::string sealed = vault.seal(db, header.value, {"server_secret", "value_sealed", id});
    db.run("insert into server_secret (id, server_id, position, name, value_sealed) values (?, ?, ?, ?, ?)",
           id, server, position, header.name, Blob{sealed});
  }
}

void put_server_test(Database& db, const ServerId& server, const ServerTest& test) {
  db.run("insert or replace into server_test (server_id, tested_at, error, message) values (?, ?, ?, ?)",
         server, test.tested_at, test.error, test.message);
}

std::optional<ServerTest> find_server_test(Database& db, const ServerId& server) {
  auto rows = db.query("select * from server_test where server_id = ?", server);
  const Row* row = rows.next();
  if (row == nullptr) return std::nullopt;
  return ServerTest{row->instant("tested_at"), row->text("error"), row->text("message")};
}

CatalogSync sync_catalog_servers(Database& db, const std::vector<Server>& entries, Instant now) {
  CatalogSync sync;
  const auto all = list_known(db);
  std::set<std::string> named;
  for (const Server& entry : entries) {
    const std::string slug = lower(entry.slug);
    if (!named.insert(slug).second) continue;  // the catalog's reader has complained of it
    const auto found = all.find(slug);
    if (found == all.end()) {
      add_catalog_server(db, entry, now);
      sync.added.push_back(entry.slug);
    } else if (found->second.server.origin != ServerOrigin::catalog) {
      sync.clashing.push_back(entry.slug);
    } else {
      sync_known(db, found->second, entry, now, sync);
    }
  }
  for (const auto& [slug, one] : all)
    if (one.server.origin == ServerOrigin::catalog && !one.retired && !named.contains(slug)) {
      retire_server(db, one.server, now);
      sync.retired.push_back(one.server.slug);
    }
  return sync;
}

std::int64_t count_retired_servers(Database& db) {
  auto rows = db.query("select count(*) as count from server where retired_at is not null");
  return rows.next()->integer("count");
}

int purge_retired_servers(Database& db, Instant now) {
  return db.run("delete from server where retired_at < ?",
                now + -std::chrono::milliseconds(retired_servers_are_kept));
}

}  // namespace patchbay::store
