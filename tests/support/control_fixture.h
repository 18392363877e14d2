#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/egress.h"
#include "http/access_routes.h"
#include "http/api_routes.h"
#include "http/app_directory.h"
#include "http/app_routes.h"
#include "http/app_token_routes.h"
#include "http/authorize_routes.h"
#include "http/catalog_routes.h"
#include "http/client_routes.h"
#include "http/control_hooks.h"
#include "http/device_page.h"
#include "http/diagnostics_routes.h"
#include "http/event_routes.h"
#include "http/identity.h"
#include "http/metadata_routes.h"
#include "http/overview_routes.h"
#include "http/own_routes.h"
#include "http/probe_routes.h"
#include "http/profile_routes.h"
#include "http/route.h"
#include "http/selection_routes.h"
#include "http/server_routes.h"
#include "http/server_tool_routes.h"
#include "http/session_routes.h"
#include "http/settings_routes.h"
#include "http/sign_in_page.h"
#include "http/static_routes.h"
#include "http/status_routes.h"
#include "http/team_routes.h"
#include "http/token_routes.h"
#include "http/ui_routes.h"
#include "http/user_routes.h"
#include "oauth/bearer.h"
#include "oauth/issuer.h"
#include "oauth/sign_in.h"
#include "store/events.h"
#include "store/tokens.h"
#include "support/builders.h"
#include "support/test_store.h"

// The routes of the control plane on a real store; what lies behind the hooks is played by the test.
class ControlFixture {
 public:
  ControlFixture() {
    set_hooks();
    servers.add_to(routes);
    probes.add_to(routes);
    clients.add_to(routes);
    overview.add_to(routes);
    settings.add_to(routes);
    diagnostics.add_to(routes);
    tokens.add_to(routes);
    catalog.add_to(routes);
    events.add_to(routes);
    status.add_to(routes);
    sessions.add_to(routes);
    users.add_to(routes);
    teams.add_to(routes);
    access.add_to(routes);
    server_tools.add_to(routes);
    own.add_to(routes);
    selection.add_to(routes);
    profiles.add_to(routes);
    api.add_to(routes);
    static_files.add_to(routes);
    ui.add_to(routes);
    sign_in_page.add_to(routes);
    metadata.add_to(routes);
    authorize.add_to(routes);
    app_tokens.add_to(routes);
    devices.add_to(routes);
    apps.add_to(routes);
    admin = make_token("admin", patchbay::Scope::admin);
    reader = make_token("reader", patchbay::Scope::catalog_read);
  }

  std::string make_token(const std::string& name, patchbay::Scope scopes) {
    auto made = store.transact([&](patchbay::Database& db) {
      patchbay::store::TokenWish wish;
      wish.name = name;
      wish.scopes = scopes;
      return patchbay::store::create_token(db, wish, store.clock().now());
    });
    bearer.reload();
    return made.secret.reveal();
  }

  // `target` may have a query. An empty token is none.
  patchbay::HttpReply call(const std::string& method, const std::string& target, const std::string& token,
                           const std::string& body = {}) {
    patchbay::HttpRequest request = request_for(method, target, body);
    if (!token.empty()) request.headers.push_back({"authorization", "Bearer " + token});
    return routes.handle(request);
  }
  // As the verbs do, through the control socket.
  patchbay::HttpReply call_locally(const std::string& method, const std::string& target,
                                   const std::string& body = {}) {
    patchbay::HttpRequest request = request_for(method, target, body);
    request.is_local = true;
    return routes.handle(request);
  }
  static patchbay::HttpRequest request_for(const std::string& method, const std::string& target,
                                           const std::string& body = {}) {
    patchbay::HttpRequest request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (const auto query = target.find('?'); query != std::string::npos)
      request.query = target.substr(query + 1);
    request.peer = "192.0.2.7";
    if (!body.empty()) request.headers.push_back({"content-type", "application/json"});
    request.body = body;
    return request;
  }
  nlohmann::json ask(const std::string& method, const std::string& target, const std::string& body = {}) {
    return nlohmann::json::parse(call(method, target, admin, body).body);
  }
  std::string error_of(const patchbay::HttpReply& reply) {
    return nlohmann::json::parse(reply.body).at("error");
  }

  std::vector<patchbay::store::StoredEvent> trail() {
    return store.read([](patchbay::Database& db) { return patchbay::store::list_events(db, {}); });
  }

  TestStore store;
  patchbay::oauth::Bearer bearer{*store, store.clock(), "https://gate.example"};
  patchbay::http::ControlHooks hooks;
  patchbay::oauth::SignIn sign_in{*store, bearer, store.clock()};
  patchbay::http::Identity identity{*store, bearer, sign_in};
  patchbay::http::Routes routes{
      [this](const patchbay::HttpRequest& request, std::vector<patchbay::Header>& owed) {
        return identity.identify(request, true, &owed);
      }};
  patchbay::http::ServerRoutes servers{*store, hooks, store.clock()};
  patchbay::http::ProbeRoutes probes{*store, hooks, store.clock()};
  patchbay::http::ClientRoutes clients{*store, bearer, store.clock()};
  patchbay::http::TokenRoutes tokens{*store, bearer, hooks, store.clock()};
  patchbay::http::CatalogRoutes catalog{*store, hooks, store.clock()};
  patchbay::store::AuditWriter writer{*store, {}};
  patchbay::store::CallCounter counter{*store};
  patchbay::http::TrailCheck trail_check{*store, writer};
  patchbay::http::EventRoutes events{*store, writer, counter, trail_check, store.clock(), 200'000};
  patchbay::http::OverviewRoutes overview{*store, writer, counter, hooks, store.clock()};
  patchbay::http::SettingsRoutes settings{*store, hooks, store.clock()};
  patchbay::http::DiagnosticsRoutes diagnostics{*store, writer,        trail_check,
                                                hooks,  store.clock(), "https://gate.example"};
  patchbay::http::StatusRoutes status{*store, hooks, store.clock()};
  patchbay::http::SessionRoutes sessions{
      *store, bearer, sign_in, identity, hooks, store.clock(), "https://gate.example"};
  patchbay::http::UserRoutes users{*store, bearer, sign_in, hooks, store.clock(), "https://gate.example"};
  patchbay::http::TeamRoutes teams{*store, bearer, hooks, store.clock()};
  patchbay::http::AccessRoutes access{*store, bearer, hooks};
  patchbay::http::ServerToolRoutes server_tools{*store, hooks, store.clock()};
  patchbay::http::OwnRoutes own{*store, hooks, store.clock(), "https://gate.example"};
  patchbay::http::SelectionRoutes selection{*store, bearer, hooks, store.clock()};
  patchbay::http::ProfileRoutes profiles{*store, bearer, hooks, store.clock(), "https://gate.example"};
  patchbay::http::ApiRoutes api;
  const patchbay::http::Site site{"https://gate.example", ""};
  patchbay::http::WebFiles web_files{patchbay::embedded_web()};
  patchbay::http::StaticRoutes static_files{web_files};
  patchbay::http::UiRoutes ui{web_files, site};
  patchbay::http::SignInPage sign_in_page{{*store, bearer, sign_in, store.clock()}, identity, site};
  patchbay::http::MetadataRoutes metadata{*store, site};
  patchbay::oauth::Issuer issuer{*store, store.clock(), site.url};
  // What the documents of clients say; an address that is not here cannot be reached.
  std::map<std::string, patchbay::http::FetchedDocument> documents;
  int documents_fetched = 0;
  patchbay::http::AppDirectory directory{*store, store.clock(), site, [this](const std::string& url) {
                                           ++documents_fetched;
                                           const auto found = documents.find(url);
                                           if (found == documents.end())
                                             throw patchbay::Error::upstream("upstream_unreachable", "No.");
                                           return found->second;
                                         }};
  patchbay::http::ConsentPage consent{*store, bearer, identity, site};
  patchbay::http::AuthorizeRoutes authorize{*store, bearer, issuer, directory, consent, store.clock(), site};
  patchbay::http::AppTokenRoutes app_tokens{*store, bearer, issuer, hooks, store.clock()};
  patchbay::http::DevicePage devices{*store, bearer, issuer, consent, store.clock(), site};
  patchbay::http::AppRoutes apps{*store, bearer, hooks, store.clock()};
  std::string admin;
  std::string reader;

  // What the hooks answer with, and what they were told.
  int changes = 0;
  int reloads = 0;
  int access_changes = 0;
  std::vector<patchbay::ServerId> accepted;
  std::vector<patchbay::ServerId> tested;
  std::vector<patchbay::UserId> own_changes;
  std::vector<patchbay::UserId> people_out;
  patchbay::gateway::Approvals approvals{store.clock()};
  std::vector<patchbay::TokenId> revoked;
  std::vector<patchbay::http::ServerState> states;
  std::optional<std::vector<patchbay::http::LiveTool>> live;
  std::optional<patchbay::Error> probe_failure;
  patchbay::gateway::AddressProbe address;  // but for its URL
  std::optional<patchbay::Error> address_failure;
  std::vector<std::string> askers;
  std::vector<patchbay::ConfiguredSetting> configured;
  int network_changes = 0;
  std::optional<patchbay::Instant> certificate;
  std::vector<std::string> tried;
  std::string outbound_problem;
  std::vector<std::pair<std::string, patchbay::UrlSource>> probed;
  std::shared_ptr<const std::vector<patchbay::CatalogEntry>> published =
      std::make_shared<const std::vector<patchbay::CatalogEntry>>();
  patchbay::gateway::CatalogView view;
  bool serving = true;

 private:
  void set_hooks() {
    using namespace patchbay;
    hooks.check_url = [](std::string_view url) { check_url(url, UrlSource::admin, EgressPolicy{}); };
    hooks.servers_changed = [this] { ++changes; };
    hooks.server_states = [this] { return states; };
    hooks.check_member_url = [](std::string_view url) { check_url(url, UrlSource::member, EgressPolicy{}); };
    hooks.own_changed = [this](const UserId& user) { own_changes.push_back(user); };
    hooks.access_changed = [this] { ++access_changes; };
    hooks.selection_changed = [this](const UserId&) { ++access_changes; };
    hooks.revoke_soon = [](gateway::SignIns::Revocations) {};
    hooks.person_out = [this](const UserId& user) { people_out.push_back(user); };
    hooks.own_states = [](const UserId&) { return std::vector<http::ServerState>(); };
    hooks.live_tools = [this](const ServerId&, const std::optional<UserId>&) { return live; };
    hooks.probe = [this](const ServerId&, const std::optional<UserId>&) {
      http::Probe probe;
      if (probe_failure) {
        probe.error = probe_failure->id();
        probe.message = probe_failure->message();
        return probe;
      }
      probe.name = "everything";
      probe.software_version = "1.0";
      probe.protocol_version = "2025-11-25";
      probe.tools = live.value_or(std::vector<http::LiveTool>());
      return probe;
    };
    hooks.probe_address = [this](const std::string& asker, const Url& url, UrlSource source) {
      askers.push_back(asker);
      probed.push_back({url.text(), source});
      if (address_failure) throw *address_failure;
      auto found = address;
      found.url = url.text();
      return found;
    };
    hooks.configured = [this] { return configured; };
    hooks.network_changed = [this] { ++network_changes; };
    hooks.certificate_expiry = [this] { return certificate; };
    hooks.try_outbound = [this](const std::string& url) {
      tried.push_back(url);
      return outbound_problem;
    };
    hooks.test_soon = [this](const ServerId& server, const std::optional<UserId>&) {
      tested.push_back(server);
    };
    hooks.refresh_tools = [](const ServerId&, const std::optional<UserId>&) {};
    hooks.tool_accepted = [this](const ServerId& server) { accepted.push_back(server); };
    hooks.approvals = &approvals;
    hooks.token_revoked = [this](const TokenId& id) { revoked.push_back(id); };
    hooks.published_catalog = [this] { return published; };
    hooks.catalog_view = [this] { return view; };
    hooks.reload_catalog = [this] { ++reloads; };
    hooks.is_serving = [this] { return serving; };
    hooks.figures = [] { return http::ApplianceFigures{3, 5, 2, 40, 1, 7, {100, 20, 0, 4}}; };
    hooks.call_metrics = [] { return std::string("patchbay_requests_total{server=\"a\"} 1\n"); };
  }
};
