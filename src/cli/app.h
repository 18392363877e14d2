#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/http_client.h"
#include "base/http_front.h"
#include "base/http_server.h"
#include "base/loop.h"
#include "base/resolver.h"
#include "base/tls.h"
#include "cli/config.h"
#include "gateway/accounts.h"
#include "gateway/address_probe.h"
#include "gateway/approvals.h"
#include "gateway/audit.h"
#include "gateway/call_limits.h"
#include "gateway/catalog_watch.h"
#include "gateway/endpoint.h"
#include "gateway/member_tools.h"
#include "gateway/metrics.h"
#include "gateway/router.h"
#include "gateway/server_book.h"
#include "gateway/sessions.h"
#include "gateway/sign_ins.h"
#include "gateway/tool_index.h"
#include "http/access_routes.h"
#include "http/account_routes.h"
#include "http/api_routes.h"
#include "http/app_directory.h"
#include "http/app_routes.h"
#include "http/app_token_routes.h"
#include "http/authorize_routes.h"
#include "http/callback_page.h"
#include "http/catalog_routes.h"
#include "http/client_routes.h"
#include "http/connect_page.h"
#include "http/device_page.h"
#include "http/diagnostics_routes.h"
#include "http/event_routes.h"
#include "http/identity.h"
#include "http/live_routes.h"
#include "http/mcp_routes.h"
#include "http/metadata_routes.h"
#include "http/overview_routes.h"
#include "http/own_routes.h"
#include "http/person_pages.h"
#include "http/probe_routes.h"
#include "http/profile_routes.h"
#include "http/refusal_log.h"
#include "http/route.h"
#include "http/selection_routes.h"
#include "http/server_events.h"
#include "http/server_routes.h"
#include "http/server_tool_routes.h"
#include "http/session_routes.h"
#include "http/settings_routes.h"
#include "http/sign_in_page.h"
#include "http/static_routes.h"
#include "http/status_routes.h"
#include "http/stream_check.h"
#include "http/team_routes.h"
#include "http/token_routes.h"
#include "http/tool_routes.h"
#include "http/turns.h"
#include "http/ui_routes.h"
#include "http/user_routes.h"
#include "http/web_files.h"
#include "oauth/bearer.h"
#include "oauth/client.h"
#include "oauth/issuer.h"
#include "oauth/sign_in.h"
#include "store/audit_writer.h"
#include "store/call_counts.h"
#include "store/store.h"

namespace patchbay::cli {

// The whole appliance, in order of dependence; the only file that knows all layers. Made whole or not at all.
class App {
 public:
  // Opens the store; nothing is listened to and no server is asked yet.
  explicit App(Config config);
  App(const App&) = delete;
  App& operator=(const App&) = delete;
  ~App();

  // For verbs while no server runs: the loop turns in a thread of its own, and handle() answers like the
  // control socket.
  void start_offline();
  HttpReply handle(const HttpRequest& request);

  // Before the App is made: no thread of it may be hit by a signal that serve() waits for.
  static void block_signals();
  // Listens and serves until SIGTERM or SIGINT; SIGHUP reads catalog and certificate anew. Returns the exit
  // code.
  int serve();

 private:
  struct Ticks;
  void listen();
  void show_setup_link();
  void add_routes();
  void set_hooks();
  Task<std::vector<http::ServerState>> server_states();
  Task<std::vector<http::ServerState>> own_states(UserId user);
  Task<std::optional<std::vector<http::LiveTool>>> find_live_tools(ServerId server,
                                                                   std::optional<UserId> user);
  Task<void> refresh_tools(ServerId server, std::optional<UserId> user);
  Task<http::Probe> probe(ServerId server, std::optional<UserId> user);
  void test_soon(const ServerId& server, const std::optional<UserId>& user);
  Task<http::ApplianceFigures> figures();
  Task<http::FetchedDocument> fetch_document(std::string url);
  Dispatch dispatch(std::string_view path) const;
  http::ConsentPage consent_page() { return {*store_, bearer_, identity_, site()}; }
  http::Site site() const { return {config_.public_url, config_.base_path}; }
  Task<void> serve_data(Exchange& exchange);
  Task<void> serve_api(Exchange& exchange);
  std::shared_ptr<const gateway::ServedServer> find_served(const Caller& caller, const std::string& slug);
  void apply_catalog();         // on a worker
  Task<void> reload_servers();  // on the loop
  Task<void> reload_own(UserId user);
  Task<void> account_lost(std::optional<UserId> user);
  void set_sign_in_hooks();
  Task<void> reload_people();
  std::unique_ptr<gateway::ToolIndex> make_member_index();
  std::unique_ptr<Store> open_store();
  std::shared_ptr<const EgressPolicy> make_egress();
  std::shared_ptr<const EgressPolicy> egress();
  void check_address(std::string_view url, UrlSource source);
  void network_changed();
  std::vector<ConfiguredSetting> configured();
  Task<std::string> try_outbound(std::string url);
  Task<void> reload_everything();
  void clean_up();     // on a worker
  void count_calls();  // the same
  Task<void> tick_forever();
  Task<void> tick(Ticks& ticks);
  Task<void> shut_down();
  void end_control_plane();
  void handle_signals(const std::stop_token& stop);

  Config config_;  // after the store is open, without its key
  SystemClock clock_;
  std::unique_ptr<Store> store_;
  Guarded<std::shared_ptr<const EgressPolicy>> egress_;
  Loop loop_;
  store::AuditWriter writer_;
  store::CallCounter counter_;
  oauth::Bearer bearer_;
  oauth::SignIn sign_in_;
  http::Identity identity_;
  SystemResolver resolver_;
  HttpClient client_;
  gateway::Audit audit_;
  oauth::Client oauth_client_;
  gateway::Accounts accounts_;
  gateway::SignIns sign_ins_;
  gateway::AddressProbes address_probes_;
  gateway::CatalogWatch catalog_watch_;
  gateway::ServerBook book_;
  gateway::ToolIndex index_;
  gateway::MemberTools members_;
  gateway::Approvals approvals_;
  gateway::CallLimits limits_;
  gateway::Router router_;
  gateway::Sessions sessions_;
  gateway::Endpoint endpoint_;
  gateway::Metrics metrics_;
  http::McpRoutes mcp_;
  http::ToolRoutes tool_routes_;
  http::ServerEvents server_events_;
  http::LiveRoutes live_routes_;
  http::StreamCheck stream_check_;
  http::ControlHooks hooks_;
  http::StatusRoutes status_routes_;
  http::ServerRoutes server_routes_;
  http::ProbeRoutes probe_routes_;
  http::ClientRoutes client_routes_;
  http::OverviewRoutes overview_routes_;
  http::SettingsRoutes settings_routes_;
  http::TrailCheck trail_check_;
  http::DiagnosticsRoutes diagnostics_routes_;
  http::TokenRoutes token_routes_;
  http::CatalogRoutes catalog_routes_;
  http::EventRoutes event_routes_;
  http::SessionRoutes session_routes_;
  http::UserRoutes user_routes_;
  http::TeamRoutes team_routes_;
  http::AccessRoutes access_routes_;
  http::ServerToolRoutes server_tool_routes_;
  http::OwnRoutes own_routes_;
  http::SelectionRoutes selection_routes_;
  http::ProfileRoutes profile_routes_;
  http::ApiRoutes api_routes_;
  http::WebFiles web_files_;
  http::StaticRoutes static_routes_;
  http::UiRoutes ui_routes_;
  http::AccountDesk account_desk_;
  http::AccountRoutes account_routes_;
  http::CallbackPage callback_page_;
  http::ConnectPage connect_page_;
  http::PersonPages person_pages_;
  http::SignInPage sign_in_page_;
  http::MetadataRoutes metadata_routes_;
  oauth::Issuer issuer_;
  http::AppDirectory apps_;
  http::AuthorizeRoutes authorize_routes_;
  http::AppTokenRoutes app_token_routes_;
  http::DevicePage device_page_;
  http::AppRoutes app_routes_;
  http::RateLimit refused_rows_{http::RefusalLog::each_minute};  // by who is refused
  http::Routes routes_;
  std::unique_ptr<ControlPlane> control_;
  std::shared_ptr<TlsServer> tls_;
  std::unique_ptr<HttpFront> front_;
  std::uint64_t listed_ = 0;  // the fingerprint that clients were last told of
  std::atomic<bool> ready_{false};
  std::uint64_t reloads_begun_ = 0;
  std::uint64_t reload_applied_ = 0;
  std::uint64_t people_begun_ = 0;
  std::uint64_t rows_counted_at_ = 0;
  std::uint64_t people_applied_ = 0;
  std::set<std::string> probes_;                  // under way: of a server, or of a person
  http::Turns tests_{http::Turns::most_waiting};  // that somebody waits for
  http::Turns own_tests_{http::Turns::most_waiting};
  std::mutex network_changing_;
  bool stopping_ = false;
  CancelSource stop_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::jthread offline_;
};

}  // namespace patchbay::cli
