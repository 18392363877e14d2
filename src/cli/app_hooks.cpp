#include "base/text.h"
#include "cli/app.h"
#include "domain/suspicion.h"
#include "gateway/server_probe.h"
#include "oauth/app_metadata.h"
#include "store/servers.h"

namespace patchbay::cli {

namespace {

constexpr std::chrono::seconds probe_time{20};
constexpr std::chrono::seconds document_time{5};    // a browser waits for it
constexpr std::chrono::seconds own_probe_time{10};  // a worker waits for it
constexpr std::chrono::seconds sign_in_time{30};    // the same

http::LiveTool live_tool(const gateway::PreparedTool& tool) {
  auto flags = suspicions(cat(tool.title, "\n", tool.description));
  return {tool.name, tool.title, tool.description, tool.digest, tool.read_only, tool.held, std::move(flags)};
}

std::vector<http::LiveTool> live_tools(const gateway::PreparedServer& server) {
  std::vector<http::LiveTool> tools;
  for (const auto& tool : server.tools) tools.push_back(live_tool(tool));
  return tools;
}

http::ServerState state_of(const gateway::ToolSet::Row& row) {
  const auto& health = row.health;
  const auto& server = row.served->server;
  return {server.id,
          server.slug,
          std::string(to_text(health.state)),
          health.reason,
          health.message,
          health.since,
          row.prepared ? row.prepared->tools.size() : 0,
          row.stale};
}

std::vector<http::ServerState> states_of(const gateway::ToolSet& set) {
  std::vector<http::ServerState> states;
  for (const auto& row : set.rows) states.push_back(state_of(row));
  return states;
}

const gateway::ToolSet::Row* find_row(const gateway::ToolSet& set, const ServerId& server) {
  for (const auto& row : set.rows)
    if (row.served->server.id == server) return &row;
  return nullptr;
}

}  // namespace

// Each hook is called on a worker and does its work on the loop.
void App::set_hooks() {
  hooks_.check_url = [this](std::string_view url) { check_address(url, UrlSource::admin); };
  // A verb with nothing running has nobody to serve, so it connects to nothing either.
  hooks_.servers_changed = [this] {
    if (!offline_.joinable()) loop_.run_on(reload_servers());
  };
  hooks_.check_member_url = [this](std::string_view url) { check_address(url, UrlSource::member); };
  hooks_.own_changed = [this](const UserId& user) {
    if (!offline_.joinable()) loop_.run_on(reload_own(user));
  };
  hooks_.access_changed = [this] {
    loop_.post([this] {
      members_.reload_all();
      mcp_.tools_changed();
    });
  };
  hooks_.selection_changed = [this](const UserId& user) {
    loop_.post([this, user] { mcp_.tools_changed(user.text()); });
  };
  hooks_.person_out = [this](const UserId& user) { loop_.post([this, user] { sessions_.end_of(user); }); };
  hooks_.server_states = [this] { return loop_.run_on(server_states()); };
  hooks_.own_states = [this](const UserId& user) { return loop_.run_on(own_states(user)); };
  hooks_.live_tools = [this](const ServerId& server, const std::optional<UserId>& user) {
    return loop_.run_on(find_live_tools(server, user));
  };
  hooks_.probe = [this](const ServerId& server, const std::optional<UserId>& user) {
    const auto turn = (user ? own_tests_ : tests_).take(user ? user->text() : server.text());
    if (!turn) throw Error::limited("test_busy", "Other tests are under way. Try again in a few seconds.", 5);
    return loop_.run_on(probe(server, user));
  };
  hooks_.probe_address = [this](const std::string& asker, const Url& url, UrlSource source) {
    return loop_.run_on(address_probes_.probe(asker, url, source));
  };
  hooks_.test_soon = [this](const ServerId& server, const std::optional<UserId>& user) {
    if (!offline_.joinable()) test_soon(server, user);
  };
  hooks_.refresh_tools = [this](const ServerId& server, const std::optional<UserId>& user) {
    loop_.run_on(refresh_tools(server, user));
  };
  hooks_.tool_accepted = [this](const ServerId& server) {
    loop_.post([this, server] {
      index_.reread_held(server);
      members_.reread_held(server);
    });
  };
  hooks_.approvals = &approvals_;
  hooks_.token_revoked = [this](const TokenId& token) {
    loop_.post([this, token] { sessions_.end_of(token); });
  };
  hooks_.published_catalog = [this] { return book_.published(); };
  hooks_.catalog_view = [this] { return book_.view(); };
  hooks_.reload_catalog = [this] {
    catalog_watch_.reload_now();
    apply_catalog();
    loop_.run_on(reload_servers());
  };
  hooks_.configured = [this] { return configured(); };
  hooks_.network_changed = [this] { network_changed(); };
  hooks_.certificate_expiry = [this] {
    return tls_ ? std::optional<Instant>(tls_->expires_at()) : std::nullopt;
  };
  hooks_.try_outbound = [this](const std::string& url) { return loop_.run_on(try_outbound(url)); };
  hooks_.is_serving = [this] { return ready_.load(); };
  hooks_.figures = [this] { return loop_.run_on(figures()); };
  hooks_.call_metrics = [this] { return metrics_.text(); };
  set_sign_in_hooks();
}

// A handler waits for these, so each has an end.
void App::set_sign_in_hooks() {
  hooks_.begin_sign_in = [this](gateway::SignIns::Wish wish) {
    return loop_.run_on(
        sign_ins_.start(std::move(wish), Until::by(Deadline::in(sign_in_time), stop_.token())));
  };
  hooks_.finish_sign_in = [this](store::OAuthFlow flow, Secret verifier, Secret code, Event row) {
    return loop_.run_on(sign_ins_.finish(std::move(flow), std::move(verifier), std::move(code),
                                         std::move(row), Until::in(sign_in_time)));
  };
  hooks_.revoke_soon = [this](gateway::SignIns::Revocations revocations) {
    if (revocations.empty()) return;
    loop_.post([this, kept = std::make_shared<gateway::SignIns::Revocations>(std::move(revocations))] {
      if (stopping_) return;
      for (auto& one : *kept) loop_.spawn("account.revoke", sign_ins_.revoke(std::move(one)));
    });
  };
}

// Whoever lists or calls next is told to sign in again.
Task<void> App::account_lost(std::optional<UserId> user) {
  if (user)
    co_await reload_own(*user);
  else
    co_await reload_servers();
}

// What the caller's policy says of it is asked by whoever asked this.
std::shared_ptr<const gateway::ServedServer> App::find_served(const Caller& caller, const std::string& slug) {
  constexpr std::string_view own = "own:";
  const bool is_own = slug.starts_with(own);
  auto set = is_own ? members_.current(caller) : index_.current();
  if (!set) return nullptr;
  const auto row = set->by_slug.find(std::string_view(slug).substr(is_own ? own.size() : 0));
  return row == set->by_slug.end() ? nullptr : set->rows[row->second].served;
}

Task<void> App::reload_servers() {
  const auto turn = ++reloads_begun_;
  const auto servers = co_await loop_.on_worker([this] { return book_.load(); });
  if (turn < reload_applied_) {  // a later one, which saw at least as much, was quicker
    co_await index_.published(Until::in(std::chrono::seconds(10)));
    co_return;
  }
  reload_applied_ = turn;
  index_.set_servers(servers);
  co_await index_.published(Until::in(std::chrono::seconds(10)));
  co_await reload_people();
  members_.reload_all();
}

// Who has anything of their own. An older reading never replaces a newer one.
Task<void> App::reload_people() {
  const auto turn = ++people_begun_;
  auto people = co_await loop_.on_worker([this] { return book_.people_with_own(); });
  if (turn < people_applied_) co_return;
  people_applied_ = turn;
  members_.set_people(std::move(people));
}

// What one person has of their own changed: from the end on, their calls see it.
Task<void> App::reload_own(UserId user) {
  co_await reload_people();
  members_.reload(user);
  Until until = Until::in(std::chrono::seconds(10));
  auto index = co_await members_.index_of(user, until);
  if (index) co_await index->published(until);
  mcp_.tools_changed(user.text());
}

Task<std::vector<http::ServerState>> App::server_states() {
  co_return states_of(*index_.current());
}

Task<std::vector<http::ServerState>> App::own_states(UserId user) {
  auto index = co_await members_.index_of(user, Until::in(std::chrono::seconds(5)));
  if (!index) co_return std::vector<http::ServerState>();
  co_return states_of(*index->current());
}

Task<std::optional<std::vector<http::LiveTool>>> App::find_live_tools(ServerId server,
                                                                      std::optional<UserId> user) {
  auto set = index_.current();
  if (user) {
    auto index = co_await members_.index_of(*user, Until::in(std::chrono::seconds(5)));
    if (!index) co_return std::nullopt;
    set = index->current();
  }
  const auto* row = find_row(*set, server);
  if (row == nullptr || !row->prepared) co_return std::nullopt;
  co_return live_tools(*row->prepared);
}

Task<void> App::refresh_tools(ServerId server, std::optional<UserId> user) {
  Until until = Until::by(Deadline::in(probe_time), stop_.token());
  if (!user) {
    co_await index_.refresh_now(server, until);
    co_return;
  }
  auto index = co_await members_.index_of(*user, until);
  if (!index) throw Error::not_found("no_server", "There is no such server.");
  co_await index->refresh_now(server, until);
}

namespace {

// Keeps a second look away while one is under way.
class ProbeTurn {
 public:
  ProbeTurn(std::set<std::string>& turns, std::string key) : turns_(turns), key_(std::move(key)) {
    if (!turns_.insert(key_).second)
      throw Error::limited("test_busy", "A test is under way already. Wait for it to end.", 10);
  }
  ProbeTurn(const ProbeTurn&) = delete;
  ProbeTurn& operator=(const ProbeTurn&) = delete;
  ~ProbeTurn() { turns_.erase(key_); }

 private:
  std::set<std::string>& turns_;
  std::string key_;
};

}  // namespace

// One at a time for each server, and for each person.
Task<http::Probe> App::probe(ServerId server, std::optional<UserId> user) {
  ProbeTurn turn(probes_, user ? user->text() : server.text());
  auto servers =
      co_await loop_.on_worker([this, &user] { return user ? book_.load_own(*user) : book_.load(); });
  std::shared_ptr<const gateway::ServedServer> served;
  for (const auto& one : servers)
    if (one->server.id == server) served = one;
  if (!served) throw Error::not_found("no_server", "There is no such server.");
  auto looked = co_await gateway::probe_server(
      loop_, client_, clock_, served,
      Until::by(Deadline::in(user ? own_probe_time : probe_time), stop_.token()));
  const bool is_kept =
      !user || served->server.owner;  // not what one person's account says of everybody's server
  co_await loop_.on_worker([this, &server, &looked, is_kept] {
    if (!is_kept) return;
    store_->transact([&](Database& db) {
      if (store::find_server(db, server))
        store::put_server_test(db, server, {clock_.now(), looked.error, looked.message});
    });
  });
  http::Probe result;
  result.error = std::move(looked.error);
  result.message = std::move(looked.message);
  result.name = looked.said.name;
  result.software_version = looked.said.software_version;
  result.protocol_version = looked.said.version;
  if (looked.prepared) result.tools = live_tools(*looked.prepared);
  result.steps = std::move(looked.steps);
  co_return result;
}

// What an application says of itself at its client_id's address: as foreign as a URL can be. No redirect is
// followed, and nothing of ours goes along.
Task<http::FetchedDocument> App::fetch_document(std::string url) {
  OutgoingRequest request;
  request.url = check_url(url, UrlSource::client_given, *egress());
  request.giver = UrlSource::client_given;
  request.headers.push_back(Header{"accept", "application/json"});
  request.limits.body_bytes = oauth::largest_app_document;
  request.limits.first_byte_time = document_time;
  Until until = Until::by(Deadline::in(document_time), stop_.token());
  auto response = co_await client_.send(std::move(request), until);
  http::FetchedDocument document;
  document.status = response.status();
  document.content_type = response.header("content-type").value_or("");
  document.cache_control = response.header("cache-control").value_or("");
  document.body = co_await response.read_all(until);
  response.close();
  co_return document;
}

void App::test_soon(const ServerId& server, const std::optional<UserId>& user) {
  loop_.post([this, server, user] {
    if (stopping_) return;
    loop_.spawn("server.test", [](App& app, ServerId id, std::optional<UserId> of) -> Task<void> {
      co_await app.probe(std::move(id), std::move(of));
    }(*this, server, user));
  });
}

Task<http::ApplianceFigures> App::figures() {
  http::ApplianceFigures figures;
  figures.sessions = sessions_.size();
  if (front_) {
    const auto counts = front_->counts();
    figures.connections = counts.connections;
    figures.streams = counts.streams;
    figures.requests = counts.requests;
    figures.refused = counts.refused;
  }
  figures.tools = index_.current()->tools.size();
  figures.audit = writer_.figures();
  co_return figures;
}

void App::add_routes() {
  set_hooks();
  status_routes_.add_to(routes_);
  server_routes_.add_to(routes_);
  probe_routes_.add_to(routes_);
  client_routes_.add_to(routes_);
  overview_routes_.add_to(routes_);
  settings_routes_.add_to(routes_);
  diagnostics_routes_.add_to(routes_);
  token_routes_.add_to(routes_);
  catalog_routes_.add_to(routes_);
  event_routes_.add_to(routes_);
  session_routes_.add_to(routes_);
  user_routes_.add_to(routes_);
  team_routes_.add_to(routes_);
  access_routes_.add_to(routes_);
  server_tool_routes_.add_to(routes_);
  own_routes_.add_to(routes_);
  selection_routes_.add_to(routes_);
  profile_routes_.add_to(routes_);
  api_routes_.add_to(routes_);
  static_routes_.add_to(routes_);
  ui_routes_.add_to(routes_);
  account_routes_.add_to(routes_);
  callback_page_.add_to(routes_);
  connect_page_.add_to(routes_);
  person_pages_.add_to(routes_);
  sign_in_page_.add_to(routes_);
  metadata_routes_.add_to(routes_);
  authorize_routes_.add_to(routes_);
  app_token_routes_.add_to(routes_);
  device_page_.add_to(routes_);
  app_routes_.add_to(routes_);
}

}  // namespace patchbay::cli
