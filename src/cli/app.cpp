#include "cli/app.h"

#include <algorithm>
#include <csignal>
#include <iostream>

#include "base/files.h"
#include "base/log.h"
#include "base/service_notify.h"
#include "base/text.h"
#include "http/audit_row.h"
#include "store/events.h"
#include "store/selections.h"
#include "store/servers.h"

namespace patchbay::cli {

namespace {

using std::chrono::milliseconds;

HttpClient::Settings client_settings(const Config& config, std::shared_ptr<const EgressPolicy> egress) {
  HttpClient::Settings settings;
  settings.egress = std::move(egress);
  settings.proxy = config.proxy;
  settings.proxy_resolves = config.proxy_resolves;
  settings.idle_connections = 512;
  return settings;
}

// The values that the catalog names, from the environment and from files that only their owner may change.
Secret secret_of(const SecretReference& reference) {
  constexpr std::size_t longest = 4096;
  std::string value;
  if (reference.source == SecretReference::Source::environment) {
    const auto found = find_variable(reference.name);
    if (!found)
      throw Error::invalid("secret_missing", cat("The catalog names the environment variable ",
                                                 reference.name, ", which is not set."));
    value = *found;
  } else {
    try {
      value = std::string(trim(read_file(reference.name, longest)));
    } catch (const Error&) {
      throw Error::invalid("secret_missing",
                           cat("The catalog names the file ", reference.name, ", which cannot be read."));
    }
  }
  return Secret(reference.prefix + value);
}

FrontConfig front_config(const Config& config) {
  FrontConfig front;
  const Url url = parse_url(config.public_url);
  front.hosts = config.hosts;
  front.hosts.push_back(lower(url.authority()));
  front.hosts.push_back(lower(url.host));
  for (const std::string_view name : {"localhost", "127.0.0.1", "[::1]"})
    front.hosts.push_back(cat(name, ":", config.listen_port));
  front.hosts.push_back("localhost");
  front.origins = config.origins;
  front.origins.push_back(url.origin());
  front.base_path = config.base_path;
  front.trusted_proxies = config.trusted_proxies;
  front.limits.connections = config.connections;
  return front;
}

http::WebFiles web_files(const Config& config) {
  return config.web_dir.empty() ? http::WebFiles(embedded_web()) : http::WebFiles(config.web_dir);
}

gateway::ToolIndexSettings index_settings(const Config& config) {
  gateway::ToolIndexSettings settings;
  settings.connection.stream_silence = config.stream_silence;
  return settings;
}

sigset_t awaited_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int one : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, one);
  return signals;
}

constexpr std::size_t largest_mcp_body = 4 * 1024 * 1024;
constexpr std::size_t largest_control_body = 1024 * 1024;

}  // namespace

App::App(Config config)
    : config_(std::move(config)),
      store_(open_store()),
      egress_(make_egress()),
      loop_(2),
      writer_(*store_, {config_.audit_durable}),
      counter_(*store_),
      bearer_(*store_, clock_, config_.public_url),
      sign_in_(*store_, bearer_, clock_),
      identity_(*store_, bearer_, sign_in_),
      resolver_(loop_),
      client_(loop_, resolver_, client_settings(config_, egress())),
      audit_(loop_, writer_, clock_),
      oauth_client_(loop_, client_, clock_),
      accounts_(loop_, oauth_client_, *store_, audit_, clock_),
      sign_ins_(loop_, oauth_client_, *store_, clock_, config_.public_url),
      address_probes_(loop_, client_, oauth_client_, clock_, config_.public_url),
      catalog_watch_(
          config_.catalog, [this](std::string_view url) { check_address(url, UrlSource::admin); }, clock_),
      book_(
          *store_, catalog_watch_, secret_of,
          [this](gateway::AccountKey key) { return accounts_.source(std::move(key)); }, clock_,
          config_.public_url),
      index_(loop_, client_, *store_, audit_, clock_, index_settings(config_)),
      members_(
          loop_, [this] { return make_member_index(); },
          [this](const UserId& user) { return book_.load_own(user); }),
      approvals_(clock_),
      limits_(config_.call_limits),
      router_(loop_, index_, members_, approvals_, limits_, config_.public_url),
      endpoint_(router_, sessions_),
      mcp_(loop_, endpoint_, router_, sessions_, audit_, metrics_, bearer_,
           {milliseconds(1'500), config_.keepalive, config_.public_url}),
      tool_routes_(loop_, router_, identity_, http::CallRecord(audit_, metrics_, bearer_),
                   {milliseconds(100), config_.keepalive, config_.public_url}),
      live_routes_(
          loop_, *store_, identity_,
          [this](const Caller& caller, const std::string& slug) { return find_served(caller, slug); },
          {std::min(config_.keepalive, milliseconds(8'000))}),
      stream_check_(loop_, identity_, milliseconds(1'000)),
      status_routes_(*store_, hooks_, clock_),
      server_routes_(*store_, hooks_, clock_),
      probe_routes_(*store_, hooks_, clock_),
      client_routes_(*store_, bearer_, clock_),
      overview_routes_(*store_, writer_, counter_, hooks_, clock_),
      settings_routes_(*store_, hooks_, clock_),
      trail_check_(*store_, writer_),
      diagnostics_routes_(*store_, writer_, trail_check_, hooks_, clock_, config_.public_url),
      token_routes_(*store_, bearer_, hooks_, clock_),
      catalog_routes_(*store_, hooks_, clock_),
      event_routes_(*store_, writer_, counter_, trail_check_, clock_),
      session_routes_(*store_, bearer_, sign_in_, identity_, hooks_, clock_, config_.public_url),
      user_routes_(*store_, bearer_, sign_in_, hooks_, clock_, config_.public_url),
      team_routes_(*store_, bearer_, hooks_, clock_),
      access_routes_(*store_, bearer_, hooks_),
      server_tool_routes_(*store_, hooks_, clock_),
      own_routes_(*store_, hooks_, clock_, config_.public_url),
      selection_routes_(*store_, bearer_, hooks_, clock_),
      profile_routes_(*store_, bearer_, hooks_, clock_, config_.public_url),
      web_files_(web_files(config_)),
      static_routes_(web_files_),
      ui_routes_(web_files_, site()),
      account_desk_(*store_, hooks_, clock_, config_.public_url),
      account_routes_(account_desk_, *store_, clock_),
      callback_page_(*store_, identity_, account_desk_, hooks_, clock_, site()),
      connect_page_(account_desk_, own_routes_, identity_, site()),
      person_pages_(*store_, identity_, hooks_, clock_, site()),
      sign_in_page_({*store_, bearer_, sign_in_, clock_}, identity_, site()),
      metadata_routes_(*store_, site()),
      issuer_(*store_, clock_, config_.public_url),
      apps_(*store_, clock_, site(),
            [this](const std::string& url) { return loop_.run_on(fetch_document(url)); }),
      authorize_routes_(*store_, bearer_, issuer_, apps_, consent_page(), clock_, site()),
      app_token_routes_(*store_, bearer_, issuer_, hooks_, clock_),
      device_page_(*store_, bearer_, issuer_, consent_page(), clock_, site()),
      app_routes_(*store_, bearer_, hooks_, clock_),
      routes_([this](const HttpRequest& request, std::vector<Header>& owed) {
        return identity_.identify(request, true, &owed);
      }) {
  config_.key = {};
  bearer_.on_reload([this] { loop_.post([this] { live_routes_.callers_changed(); }); });
  index_.on_change([this] {
    for (auto& event : server_events_.changes(*index_.current())) live_routes_.publish(std::move(event));
    if (std::exchange(listed_, index_.current()->fingerprint) != index_.current()->fingerprint)
      mcp_.tools_changed();
  });
  members_.on_change([this](const std::string& user) {
    mcp_.tools_changed(user);
    live_routes_.publish(http::own_tools_event(user));
  });
  routes_.on_refused(
      [this](const HttpRequest& request, const Caller& caller, std::string_view what, const Error& why) {
        const auto row = http::refused_row(request, caller, what, why, clock_.now());
        if (refused_rows_.take(row.actor, clock_.now()) != http::RateLimit::Verdict::allowed) return;
        store_->transact([&](Database& db) { http::record(*store_, db, row); });
      });
  accounts_.on_lost([this](const ServerId&, const std::optional<UserId>& user) {
    loop_.spawn("account.lost", account_lost(user));
  });
  add_routes();
}

App::~App() {
  if (!offline_.joinable()) return;
  loop_.run_on([](App& app) -> Task<void> {
    app.stopping_ = true;
    app.stop_.cancel();
    app.index_.close();
    app.members_.close();
    co_await app.loop_.drain(Deadline::in(std::chrono::seconds(5)), 1);
  }(*this));
  loop_.stop();
  offline_.join();
}

void App::start_offline() {
  // The catalog's servers stay as the last serve left them: this verb may not even know the file.
  offline_ = std::jthread([this] { loop_.run(); });
}

void App::apply_catalog() {
  book_.sync();
  loop_.post([this, event = http::catalog_event(book_.view())] { live_routes_.publish(event); });
}

std::unique_ptr<gateway::ToolIndex> App::make_member_index() {
  auto settings = index_settings(config_);
  settings.lists_at_once = 8;
  settings.background = [this] { return index_.current()->ranking; };
  return std::make_unique<gateway::ToolIndex>(loop_, client_, *store_, audit_, clock_, std::move(settings));
}

Dispatch App::dispatch(std::string_view path) const {
  if (http::McpRoutes::owns(path) || http::ToolRoutes::owns(path) || http::LiveRoutes::owns(path) ||
      http::StreamCheck::owns(path))
    return {Dispatch::Plane::data, largest_mcp_body};
  return {Dispatch::Plane::control, largest_control_body};
}

Task<void> App::serve_data(Exchange& exchange) {
  if (http::McpRoutes::owns(exchange.request().path)) return mcp_.serve(exchange);
  return serve_api(exchange);
}

// What of /v1 belongs to the data plane.
Task<void> App::serve_api(Exchange& exchange) {
  std::optional<Error> failure;
  try {
    if (http::ToolRoutes::owns(exchange.request().path))
      co_await tool_routes_.serve(exchange);
    else if (http::StreamCheck::owns(exchange.request().path))
      co_await stream_check_.serve(exchange);
    else
      co_await live_routes_.serve(exchange);
  } catch (const Error& error) {
    failure = error;
  }
  if (!failure) co_return;
  if (failure->kind() == Error::Kind::unauthenticated || failure->kind() == Error::Kind::forbidden)
    mcp_.note_refusal(failure->id(), exchange.request().peer);
  throw Error(*failure);
}

HttpReply App::handle(const HttpRequest& request) {
  auto reply = routes_.handle(request);
  if ((reply.status == 401 || reply.status == 403) && front_)
    loop_.post([this, status = reply.status, peer = request.peer] {
      mcp_.note_refusal(status == 401 ? "unauthenticated" : "insufficient_scope", peer);
    });
  return reply;
}

void App::listen() {
  if (!config_.tls_certificate.empty())
    tls_ = std::make_shared<TlsServer>(config_.tls_certificate, config_.tls_key);
  control_ = std::make_unique<ControlPlane>([this](const HttpRequest& request) { return handle(request); },
                                            ControlSettings{config_.control_workers, 256});
  front_ = std::make_unique<HttpFront>(
      loop_, front_config(config_),
      [this](std::string_view, std::string_view path) { return dispatch(path); },
      [this](Exchange& exchange) { return serve_data(exchange); },
      [this](HttpRequest request) { return control_->handle(loop_, std::move(request)); });
  front_->listen_tcp(*parse_address(config_.listen_address), config_.listen_port, tls_);
  front_->listen_unix((config_.data / "control.sock").string());
  if (web_files_.may_change()) log::warn("ui.from_folder", {{"folder", config_.web_dir.string()}});
}

void App::block_signals() {
  const sigset_t signals = awaited_signals();
  std::signal(SIGPIPE, SIG_IGN);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int App::serve() {
  catalog_watch_.poll(std::chrono::steady_clock::now());
  apply_catalog();
  const auto servers = book_.load();
  const auto people = book_.people_with_own();
  std::exception_ptr failure;
  loop_.post([this, &servers, &people, &failure] {
    try {
      listen();
      show_setup_link();
      index_.set_servers(servers);
      members_.set_people(people);
      loop_.spawn("app.tick", tick_forever());
      ready_ = true;
      patchbay::notify_service(config_.notify_socket, "READY=1");
      log::info("serve.ready",
                {{"url", config_.public_url}, {"servers", servers.size()}, {"version", PATCHBAY_VERSION}});
    } catch (...) {
      failure = std::current_exception();
      loop_.stop();
    }
  });
  std::jthread watcher([this](const std::stop_token& stop) { handle_signals(stop); });
  loop_.run();
  watcher.request_stop();
  watcher.join();
  if (failure) std::rethrow_exception(failure);
  end_control_plane();
  front_.reset();
  log::info("serve.stopped");
  return 0;
}

// A handler under way may wait for the loop, so the loop turns until the last of them has ended.
void App::end_control_plane() {
  bool ended = false;
  loop_.post([this] { stop_.cancel(); });
  std::jthread ending([this, &ended] {
    control_->end();
    loop_.post([this, &ended] {
      ended = true;
      loop_.stop();
    });
  });
  while (!ended) loop_.run();
}

void App::handle_signals(const std::stop_token& stop) {
  const sigset_t signals = awaited_signals();
  bool asked = false;
  while (!stop.stop_requested()) {
    const timespec wait{0, 200'000'000};
    const int signal = sigtimedwait(&signals, nullptr, &wait);
    if (signal == SIGHUP) {
      loop_.post([this] { loop_.spawn("app.reload", reload_everything()); });
    } else if (signal > 0) {
      if (std::exchange(asked, true)) return loop_.stop();  // a second signal: at once
      loop_.post([this] { loop_.spawn("app.stop", shut_down()); });
    }
  }
}

Task<void> App::reload_everything() {
  patchbay::notify_service(config_.notify_socket, "RELOADING=1");
  log::info("serve.reload");
  try {
    if (tls_) tls_->reload();
  } catch (const Error& error) {
    log::error("tls.not_reloaded", {{"message", error.message()}});
  }
  co_await loop_.on_worker([this] {
    catalog_watch_.reload_now();
    apply_catalog();
    bearer_.reload();
  });
  co_await reload_servers();
  patchbay::notify_service(config_.notify_socket, "READY=1");
}

Task<void> App::shut_down() {
  patchbay::notify_service(config_.notify_socket, "STOPPING=1");
  log::info("serve.stopping");
  ready_ = false;
  stopping_ = true;
  stop_.cancel();
  sessions_.end_streams();
  mcp_.tools_changed();
  co_await front_->shut_down(Deadline::in(config_.shutdown_time));
  sessions_.cancel_all();
  address_probes_.cancel_all();
  index_.close();
  members_.close();
  co_await loop_.on_worker([this] { bearer_.flush_uses(); });
  const bool drained = co_await loop_.drain(Deadline::in(std::chrono::seconds(5)), 1);
  if (!drained) log::warn("serve.not_drained", {{"tasks", loop_.running()}});
  loop_.stop();
}

}  // namespace patchbay::cli
