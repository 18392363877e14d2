#include "gateway/server_book.h"

#include <algorithm>
#include <map>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time_text.h"
#include "domain/access.h"
#include "store/events.h"
#include "store/member_secrets.h"
#include "store/rollout.h"
#include "store/settings.h"
#include "store/users.h"

namespace patchbay::gateway {

namespace {

void log_problems(const std::vector<CatalogProblem>& problems) {
  for (const auto& problem : problems)
    log::warn("catalog.entry_dropped", {{"entry", problem.entry},
                                        {"line", problem.line},
                                        {"field", problem.field},
                                        {"message", problem.message}});
}

std::vector<Server> servers_of(const std::vector<CatalogEntry>& entries) {
  std::vector<Server> servers;
  servers.reserve(entries.size());
  for (const auto& entry : entries) servers.push_back(entry.server);
  return servers;
}

// One row for what the new catalog changed, in the same transaction as the change.
void record(Store& store, Database& db, const store::CatalogSync& sync, Instant now) {
  const auto row = [&](std::string_view action, const std::string& slug, std::string changes = {}) {
    Event event;
    event.at = now;
    event.actor = "catalog";
    event.actor_name = "catalog";
    event.action = action;
    event.server = slug;
    event.outcome = "ok";
    event.reason = std::move(changes);
    store::append_event(db, store.vault().audit_chain_key(), event);
  };
  for (const auto& slug : sync.added) row("server.create", slug);
  for (const auto& one : sync.changed) row("server.change", one.slug, one.fields.text());
  for (const auto& slug : sync.retired) row("server.retire", slug);
  for (const auto& slug : sync.returned) row("server.return", slug);
}

// Puts a person's values beside the organisation's headers. Where one that the admin asks for is missing, the
// server goes on needing a connection.
void bind_member(ServedServer& served, std::vector<store::ServerHeader> values) {
  std::vector<mcp::SecretHeader> headers;
  for (const auto& name : served.server.member_headers) {
    const auto value = std::find_if(values.begin(), values.end(), [&](const store::ServerHeader& one) {
      return equal_ignoring_case(one.name, name);
    });
    if (value == values.end()) return;
    headers.push_back({name, std::move(value->value)});
  }
  for (auto& fixed : served.headers) {
    const bool is_given = std::any_of(headers.begin(), headers.end(), [&](const mcp::SecretHeader& one) {
      return equal_ignoring_case(one.name, fixed.name);
    });
    if (!is_given) headers.push_back(std::move(fixed));
  }
  served.headers = std::move(headers);
  if (served.problem_id == "needs_connection") {
    served.problem_id.clear();
    served.problem.clear();
  }
}

// What is configured wins: a header is sent once.
void add_header(ServedServer& served, std::string_view name, std::string value) {
  const bool is_given = std::any_of(served.headers.begin(), served.headers.end(),
                                    [&](const auto& one) { return equal_ignoring_case(one.name, name); });
  if (!is_given) served.headers.push_back({std::string(name), Secret(std::move(value))});
}

}  // namespace

ServerBook::ServerBook(Store& store, CatalogWatch& file, SecretSource secrets, TokenGiver tokens,
                       const Clock& clock, std::string public_url)
    : store_(store),
      file_(file),
      secrets_(std::move(secrets)),
      tokens_(std::move(tokens)),
      clock_(clock),
      public_url_(std::move(public_url)) {}

store::CatalogSync ServerBook::sync() {
  const std::scoped_lock turn(syncing_);
  const auto view = file_.view();
  if (view.problem)
    log::error("catalog.unusable", {{"line", view.problem->line},
                                    {"message", view.problem->message},
                                    {"serving", "the last good version, where there is one"}});
  if (view.state == CatalogState::unavailable) return recall();
  last_good_.with([](auto& last) { last = nullptr; });  // the file has spoken
  static const std::vector<CatalogEntry> none;
  if (view.catalog) log_problems(view.catalog->problems);
  auto changes = apply(view.catalog ? view.catalog->entries : none,
                       view.state == CatalogState::good && view.catalog ? &view.catalog->text : nullptr);
  if (view.state == CatalogState::not_configured) warn_of_retired();
  return changes;
}

// Makes the rows those of `entries`; remembers the text for a start without a readable file.
store::CatalogSync ServerBook::apply(const std::vector<CatalogEntry>& entries, const std::string* good_text) {
  const auto now = clock_.now();
  auto changes = store_.transact([&](Database& db) {
    auto sync = store::sync_catalog_servers(db, servers_of(entries), now);
    record(store_, db, sync, now);
    if (good_text) store::put_setting(db, store::setting::last_good_catalog, *good_text, now);
    return sync;
  });
  for (const auto& slug : changes.clashing)
    log::warn(
        "catalog.name_taken",
        {{"entry", slug}, {"message", "An admin's server has this name, so the catalog's is left out."}});
  if (changes.any())
    log::info("catalog.applied", {{"added", changes.added.size()},
                                  {"changed", changes.changed.size()},
                                  {"retired", changes.retired.size()},
                                  {"returned", changes.returned.size()}});
  remember(entries);
  return changes;
}

// The file was never good since the start: what it said last stands in for it.
store::CatalogSync ServerBook::recall() {
  if (published()) return {};
  const auto last =
      store_.read([](Database& db) { return store::find_setting(db, store::setting::last_good_catalog); });
  if (!last) return {};
  auto text = parse_catalog(last->value, [](std::string_view) {});
  if (!text.usable) return {};
  auto catalog = std::make_shared<Catalog>();
  catalog->entries = std::move(text.entries);
  catalog->problems = std::move(text.problems);
  catalog->dropped = text.dropped;
  catalog->version = to_hex(crypto::sha256(last->value));
  catalog->text = last->value;
  catalog->loaded_at = last->updated_at;
  log::warn("catalog.recalled",
            {{"message", "The last good version of the catalog is served from the store."},
             {"good_at", to_rfc3339(last->updated_at)},
             {"entries", catalog->entries.size()}});
  last_good_.with([&](auto& kept) { kept = catalog; });
  return apply(catalog->entries, nullptr);
}

// A start without the setting is mostly a slip, and takes servers away from everybody.
void ServerBook::warn_of_retired() {
  const auto count = store_.read([](Database& db) { return store::count_retired_servers(db); });
  if (count == 0) return;
  log::warn(
      "catalog.not_configured",
      {{"retired", count},
       {"message",
        "No catalog is configured, so the servers that one defined are retired: nobody can use them. Set "
        "\"catalog\" within 30 days and they come back as they were; after that they are deleted."}});
}

CatalogView ServerBook::view() const {
  auto view = file_.view();
  if (view.state != CatalogState::unavailable) return view;
  if (auto last = last_good_.with([](const auto& kept) { return kept; })) {
    view.state = CatalogState::stale;
    view.catalog = std::move(last);
  }
  return view;
}

void ServerBook::remember(const std::vector<CatalogEntry>& entries) {
  published_.with(
      [&](auto& published) { published = std::make_shared<const std::vector<CatalogEntry>>(entries); });
}

std::shared_ptr<const std::vector<CatalogEntry>> ServerBook::published() const {
  return published_.with([](const auto& published) { return published; });
}

std::vector<std::shared_ptr<const ServedServer>> ServerBook::load() {
  const auto published = this->published();
  std::map<std::string, const CatalogEntry*> entries;
  if (published)
    for (const auto& entry : *published) entries.emplace(lower(entry.server.slug), &entry);
  return store_.read([&](Database& db) {
    std::vector<std::shared_ptr<const ServedServer>> served;
    for (auto& server : store::list_servers(db)) {
      const auto entry =
          server.origin == ServerOrigin::catalog ? entries.find(lower(server.slug)) : entries.end();
      served.push_back(serve(std::move(server), entry == entries.end() ? nullptr : entry->second, db));
    }
    return served;
  });
}

std::shared_ptr<ServedServer> ServerBook::serve(Server server, const CatalogEntry* entry, Database& db) {
  auto served = std::make_shared<ServedServer>();
  if (entry) {
    for (const auto& header : entry->headers) {
      try {
        served->headers.push_back({header.name, secrets_(header.value)});
      } catch (const Error& error) {
        served->problem_id = "server_misconfigured";
        served->problem = cat("\"", server.title.empty() ? server.slug : server.title,
                              "\" lacks a secret that its settings name. An admin finds in the log which.");
        log::error("server.misconfigured", {{"server", server.slug}, {"message", error.message()}});
      }
    }
  } else {
    for (auto& header : store::open_server_headers(db, store_.vault(), server.id))
      served->headers.push_back({std::move(header.name), std::move(header.value)});
  }
  const bool is_each = !server.owner && server.credential_mode == CredentialMode::per_member;
  if (server.auth == AuthType::oauth || is_each) served->connect_url = connect_url(server);
  if (is_each) {
    served->problem_id = "needs_connection";
    served->problem =
        cat("You have not connected your own account with \"",
            server.title.empty() ? server.slug : server.title, "\" yet. Do so at ", served->connect_url);
  } else if (!entry && server.auth != AuthType::none && served->headers.empty()) {
    // Disconnected, or led elsewhere: it is not asked as nobody.
    served->problem_id = "needs_connection";
    served->problem = server.owner ? "The key was removed. Give one again where you manage your connectors."
                                   : "The key was removed. An admin must give one again.";
  }
  const bool is_signed_in = server.auth == AuthType::oauth && !is_each;
  const auto account_of = server.owner;
  served->server = std::move(server);
  if (is_signed_in) bind_account(*served, db, account_of);
  return served;
}

// With the account where there is one that works; else the server needs connecting.
void ServerBook::bind_account(ServedServer& served, Database& db, const std::optional<UserId>& user) const {
  const auto account = store::find_account(db, served.server.id, user);
  if (account && account->is_connected(clock_.now())) {
    served.account = account->id.text();
    served.tokens = tokens_({account->id, served.server.id, user, served.title(), served.connect_url});
    served.problem_id.clear();
    served.problem.clear();
    return;
  }
  served.problem_id = "needs_connection";
  served.problem = user ? cat("Your account at \"", served.title(), "\" is not connected. Connect it at ",
                              served.connect_url)
                        : cat("The organisation's account at \"", served.title(),
                              "\" is not connected. An admin connects it at ", served.connect_url);
}

std::string ServerBook::connect_url(const Server& server) const {
  return cat(public_url_, "/connect/", server.slug);
}

std::vector<std::shared_ptr<const ServedServer>> ServerBook::load_own(const UserId& user) {
  return store_.read([&](Database& db) {
    std::vector<std::shared_ptr<const ServedServer>> own;
    for (auto& server : store::list_own_servers(db, user)) {
      auto served = serve(std::move(server), nullptr, db);
      served->member = user;
      own.push_back(std::move(served));
    }
    for (const auto& id : store::list_servers_with_values_of(db, user)) {
      auto server = store::find_server(db, id);
      if (!server || server->member_headers.empty()) continue;
      auto served = serve(std::move(*server), nullptr, db);
      bind_member(*served, store::open_member_headers(db, store_.vault(), id, user));
      if (!served->problem.empty()) continue;
      served->member = user;
      own.push_back(std::move(served));
    }
    for (const auto& account : store::list_accounts_of(db, user)) {
      auto server = store::find_server(db, account.server);
      const bool is_each = server && !server->owner && server->auth == AuthType::oauth &&
                           server->credential_mode == CredentialMode::per_member;
      if (!is_each) continue;
      auto served = serve(std::move(*server), nullptr, db);
      bind_account(*served, db, user);
      if (!served->problem.empty()) continue;
      served->member = user;
      own.push_back(std::move(served));
    }
    add_identified(db, user, own);
    return own;
  });
}

// The organisation's servers that are told who asks: a session of each person's own, with their name.
void ServerBook::add_identified(Database& db, const UserId& user,
                                std::vector<std::shared_ptr<const ServedServer>>& own) {
  auto servers = store::list_identity_servers(db);
  const auto found = servers.empty() ? std::nullopt : store::find_user(db, user);
  if (!found || found->disabled_at) return;
  // Nobody is named to a server that they may not use.
  auto person = std::make_shared<Person>();
  person->id = user;
  person->name = lower(found->name);
  person->role = found->role;
  for (const Team& team : store::list_teams_of(db, user)) person->teams.push_back(lower(team.name));
  Caller caller;
  caller.scopes = Scope::mcp_read;
  caller.person = person;
  caller.names_server = true;
  caller.rollout = std::make_shared<const Rollout>(store::read_rollout(db));
  for (auto& server : servers) {
    if (!decide(caller, server, {}, Use::see).allowed) continue;
    const auto known =
        std::find_if(own.begin(), own.end(), [&](const auto& one) { return one->server.id == server.id; });
    if (known == own.end() && server.credential_mode == CredentialMode::per_member) continue;
    auto served =
        known == own.end() ? serve(std::move(server), nullptr, db) : std::make_shared<ServedServer>(**known);
    if (!served->problem.empty()) continue;
    add_header(*served, "X-Patchbay-User", percent_encode(person->name));
    add_header(*served, "X-Patchbay-User-Id", person->id.text());
    served->member = user;
    if (known == own.end())
      own.push_back(std::move(served));
    else
      *known = std::move(served);
  }
}

std::unordered_set<std::string> ServerBook::people_with_own() {
  return store_.read([](Database& db) {
    std::unordered_set<std::string> people;
    for (auto& id : store::list_people_with_own(db)) people.insert(id.text());
    for (auto& id : store::list_people_with_accounts(db)) people.insert(id.text());
    if (!store::list_identity_servers(db).empty())
      for (const Person& person : store::list_people(db)) people.insert(person.id.text());
    return people;
  });
}

}  // namespace patchbay::gateway
