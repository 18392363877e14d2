#include "base/text.h"
#include "cli/app.h"
#include "domain/suspicion.h"

namespace patchbay::cli {

namespace {

constexpr std::chrono::seconds probe_time{20};

http::LiveTool live_tool(const gateway::PreparedTool& tool) {
  auto flags = suspicions(cat(tool.title, "\n", tool.description));
  return {tool.name, tool.title, tool.description, tool.digest, tool.read_only, tool.held, std::move(flags)};
}

std::vector<http::LiveTool> live_tools(const gateway::PreparedServer& server) {
  std::vector<http::LiveTool> tools;
  for (const auto& tool : server.tools) tools.push_back(live_tool(tool));
  return tools;
}

}  // namespace

// Each hook is called on a worker and does its work on the loop.
void App::set_hooks() {
  hooks_.check_url = [policy = egress_](std::string_view url) { check_url(url, UrlSource::admin, *policy); };
  // A verb with nothing running has nobody to serve, so it connects to nothing either.
  hooks_.servers_changed = [this] {
    if (!offline_.joinable()) loop_.run_on(reload_servers());
  };
  hooks_.server_states = [this] { return loop_.run_on(server_states()); };
  hooks_.live_tools = [this](const std::string& slug) { return loop_.run_on(find_live_tools(slug)); };
  hooks_.probe = [this](const std::string& slug) { return loop_.run_on(probe(slug)); };
  hooks_.refresh_tools = [this](const std::string& slug) {
    loop_.run_on(index_.refresh_now(slug, Until::by(Deadline::in(probe_time), stop_.token())));
  };
  hooks_.tool_accepted = [this](const std::string& slug) {
    loop_.post([this, slug] { index_.reread_held(slug); });
  };
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
  hooks_.is_serving = [this] { return ready_.load(); };
  hooks_.figures = [this] { return loop_.run_on(figures()); };
  hooks_.call_metrics = [this] { return metrics_.text(); };
}

Task<std::vector<http::ServerState>> App::server_states() {
  std::vector<http::ServerState> states;
  for (const auto& row : index_.current()->rows) {
    const auto& health = row.health;
    states.push_back({row.served->server.slug, std::string(to_text(health.state)), health.reason,
                      health.message, health.since, row.prepared ? row.prepared->tools.size() : 0,
                      row.stale});
  }
  co_return states;
}

Task<std::optional<std::vector<http::LiveTool>>> App::find_live_tools(std::string slug) {
  const auto set = index_.current();
  const auto row = set->by_slug.find(slug);
  if (row == set->by_slug.end() || !set->rows[row->second].prepared) co_return std::nullopt;
  co_return live_tools(*set->rows[row->second].prepared);
}

// A session of its own, so that a test says what is true now and disturbs no call.
Task<http::Probe> App::probe(std::string slug) {
  const auto servers = co_await loop_.on_worker([this] { return book_.load(); });
  std::shared_ptr<const gateway::ServedServer> served;
  for (const auto& one : servers)
    if (equal_ignoring_case(one->server.slug, slug)) served = one;
  if (!served) throw Error::not_found("no_server", cat("There is no server \"", slug, "\"."));
  const auto connection =
      std::make_shared<gateway::Connection>(loop_, client_, clock_, served, gateway::ConnectionSettings{});
  std::exception_ptr failure;
  http::Probe result;
  try {
    const auto list = co_await connection->list_tools(Until::by(Deadline::in(probe_time), stop_.token()));
    const auto& said = connection->description();
    result = {said.name, said.software_version, said.version,
              live_tools(*gateway::prepare_server(served, said, list))};
  } catch (...) {
    failure = std::current_exception();
  }
  co_await connection->close(Until::in(std::chrono::seconds(5)));
  if (failure) std::rethrow_exception(failure);
  co_return result;
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
  token_routes_.add_to(routes_);
  catalog_routes_.add_to(routes_);
  event_routes_.add_to(routes_);
  session_routes_.add_to(routes_);
  user_routes_.add_to(routes_);
  team_routes_.add_to(routes_);
  access_routes_.add_to(routes_);
}

}  // namespace patchbay::cli
