#include "http/status_routes.h"

#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "gateway/metrics.h"
#include "store/settings.h"

namespace patchbay::http {

namespace {

// Resident memory of this process; 0 where the system does not say.
std::uint64_t resident_bytes() {
  try {
    const auto fields = read_file("/proc/self/statm", 4096);
    const auto parts = split(fields, ' ');
    const auto pages = parts.size() > 1 ? parse_number<std::uint64_t>(parts[1]) : std::nullopt;
    return pages.value_or(0) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  } catch (const Error&) {
    return 0;
  }
}

std::string_view name_of(gateway::CatalogState state) {
  using State = gateway::CatalogState;
  return state == State::good             ? "ok"
         : state == State::stale          ? "stale"
         : state == State::not_configured ? "not_configured"
                                          : "unavailable";
}

Json to_json(const ServerState& state) {
  return {{"slug", state.slug},
          {"state", state.state},
          {"reason", state.reason.empty() ? Json() : Json(state.reason)},
          {"message", state.message.empty() ? Json() : Json(state.message)},
          {"since", state.since.milliseconds > 0 ? Json(to_rfc3339(state.since)) : Json()},
          {"tools", state.tools},
          {"stale", state.stale}};
}

// One family of the text format, with a single sample.
std::string sample(std::string_view name, std::string_view kind, std::string_view help, std::uint64_t value) {
  return cat("# HELP ", name, " ", help, "\n# TYPE ", name, " ", kind, "\n", name, " ", value, "\n");
}

std::string server_samples(const std::vector<ServerState>& states) {
  std::string up =
      "# HELP patchbay_upstream_up Whether a server's last answer was good.\n# TYPE patchbay_upstream_up "
      "gauge\n";
  std::string tools =
      "# HELP patchbay_upstream_tools Tools that a server listed last.\n# TYPE patchbay_upstream_tools "
      "gauge\n";
  for (const auto& state : states) {
    const std::string label = cat("{server=\"", gateway::metric_label(state.slug), "\"} ");
    up += cat("patchbay_upstream_up", label, state.state == "ok" ? 1 : 0, "\n");
    tools += cat("patchbay_upstream_tools", label, state.tools, "\n");
  }
  return up + tools;
}

std::string figure_samples(const ApplianceFigures& figures) {
  return sample("patchbay_sessions", "gauge", "MCP sessions that are open.", figures.sessions) +
         sample("patchbay_connections", "gauge", "Connections of clients.", figures.connections) +
         sample("patchbay_event_streams", "gauge", "Event streams that are held.", figures.streams) +
         sample("patchbay_http_requests_total", "counter", "HTTP requests read.", figures.requests) +
         sample("patchbay_http_refused_total", "counter",
                "HTTP requests and connections refused by the front.", figures.refused) +
         sample("patchbay_tools", "gauge", "Tools that can be found and called.", figures.tools) +
         sample("patchbay_audit_rows_total", "counter", "Audit rows of the data plane that were committed.",
                figures.audit.rows) +
         sample("patchbay_audit_groups_total", "counter", "Transactions they took.", figures.audit.groups) +
         sample("patchbay_audit_failed_total", "counter", "Audit rows that could not be committed.",
                figures.audit.failed) +
         sample("patchbay_audit_queue", "gauge", "Audit rows that wait for their commit.",
                figures.audit.waiting);
}

}  // namespace

void StatusRoutes::add_to(Routes& routes) {
  routes.add("GET", "/healthz", Needs::nothing(), [this](const Request& request) { return health(request); });
  routes.add("GET", "/readyz", Needs::nothing(),
             [this](const Request& request) { return readiness(request); });
  routes.add("GET", "/v1/status", Scope::admin_read,
             [this](const Request& request) { return status(request); });
  // Names every server and how much it is used: a scraper brings a token, or asks through the control socket.
  routes.add("GET", "/metrics", Scope::admin_read,
             [this](const Request& request) { return metrics(request); });
}

HttpReply StatusRoutes::health(const Request&) {
  return HttpReply::json(200, "{\"status\":\"ok\"}");
}

bool StatusRoutes::store_answers() const {
  try {
    store_.read(
        [](Database& db) { return store::find_setting(db, store::setting::last_good_catalog).has_value(); });
    return !store_.is_damaged();
  } catch (const Error&) {
    return false;
  }
}

// The keys are in memory; without the keyring's file the next start would fail, so its loss must show before.
bool StatusRoutes::key_is_there() const {
  try {
    return !read_file(store_.directory() / "keyring.json", 1 << 20).empty();
  } catch (const Error&) {
    return false;
  }
}

HttpReply StatusRoutes::readiness(const Request&) {
  const auto catalog = hooks_.catalog_view().state;
  const bool store = store_answers();
  const bool key = key_is_there();
  const bool has_catalog =
      catalog != gateway::CatalogState::unavailable || hooks_.published_catalog() != nullptr;
  const bool serving = hooks_.is_serving();
  const bool ready = store && key && has_catalog && serving;
  const auto word = [](bool good) { return good ? "ok" : "failing"; };
  return HttpReply::json(
      ready ? 200 : 503,
      dump({{"status", ready     ? "ready"
                       : serving ? "not_ready"
                                 : "stopping"},
            {"checks", {{"store", word(store)}, {"catalog", name_of(catalog)}, {"key", word(key)}}}}));
}

HttpReply StatusRoutes::status(const Request&) {
  const auto now = clock_.now();
  const auto figures = hooks_.figures();
  const auto view = hooks_.catalog_view();
  Json servers = Json::array();
  for (const auto& state : hooks_.server_states()) servers.push_back(to_json(state));
  Json catalog = {{"state", name_of(view.state)},
                  {"version", view.catalog ? Json(view.catalog->version) : Json()},
                  {"loaded_at", view.catalog ? Json(to_rfc3339(view.catalog->loaded_at)) : Json()},
                  {"problem", view.problem ? Json(view.problem->message) : Json()},
                  {"dropped", view.catalog ? view.catalog->dropped : 0}};
  return HttpReply::json(200, dump({{"version", PATCHBAY_VERSION},
                                    {"serving", hooks_.is_serving()},
                                    {"started_at", to_rfc3339(started_at_)},
                                    {"uptime_seconds", (now - started_at_).count() / 1000},
                                    {"catalog", std::move(catalog)},
                                    {"servers", std::move(servers)},
                                    {"tools", figures.tools},
                                    {"sessions", figures.sessions},
                                    {"connections",
                                     {{"open", figures.connections},
                                      {"streams", figures.streams},
                                      {"requests", figures.requests},
                                      {"refused", figures.refused}}},
                                    {"audit",
                                     {{"rows", figures.audit.rows},
                                      {"groups", figures.audit.groups},
                                      {"failed", figures.audit.failed},
                                      {"waiting", figures.audit.waiting}}},
                                    {"process", {{"resident_bytes", resident_bytes()}}}}));
}

HttpReply StatusRoutes::metrics(const Request&) {
  const auto view = hooks_.catalog_view();
  std::string text = hooks_.call_metrics();
  text += server_samples(hooks_.server_states());
  text += figure_samples(hooks_.figures());
  text += sample("patchbay_catalog_good", "gauge",
                 "Whether the catalog file could be read, or none is configured.", view.problem ? 0 : 1);
  text +=
      sample("patchbay_store_changes_total", "counter", "Committed changes of the store.", store_.changes());
  text += sample("patchbay_resident_bytes", "gauge", "Resident memory of the process.", resident_bytes());
  text += sample("patchbay_start_time_seconds", "gauge", "When the process started, in seconds since 1970.",
                 static_cast<std::uint64_t>(started_at_.milliseconds / 1000));
  return {200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, std::move(text)};
}

}  // namespace patchbay::http
