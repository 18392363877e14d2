#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "domain/catalog.h"
#include "domain/person.h"
#include "gateway/catalog_watch.h"
#include "store/audit_writer.h"

namespace patchbay::http {

// How the gateway fares with a server.
struct ServerState {
  std::string slug;
  std::string state;   // "unknown", "ok", "error"
  std::string reason;  // stable id, where state is "error"
  std::string message;
  Instant since;
  std::size_t tools = 0;
  bool stale = false;  // its tools are those of an earlier list
};

// A tool as its server describes it. Untrusted text, cleaned.
struct LiveTool {
  std::string name;
  std::string title;
  std::string description;
  std::string digest;
  bool read_only = false;
  bool held = false;
  std::vector<std::string_view> flags = {};  // of domain/suspicion.h
};

// What a server said of itself and offers.
struct Probe {
  std::string name;
  std::string software_version;
  std::string protocol_version;
  std::vector<LiveTool> tools;
};

struct ApplianceFigures {
  std::size_t sessions = 0;
  std::size_t connections = 0;
  std::size_t streams = 0;
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;
  std::size_t tools = 0;  // that can be found and called
  store::AuditFigures audit;
};

// What the routes of the control plane need of the data plane: each is called on a worker, does its work on
// the loop and waits for it with a deadline. All must be set.
struct ControlHooks {
  // Throws Error where a URL of an admin's server may not be connected to.
  gateway::UrlCheck check_url;

  // The store's servers changed: from the return on, calls see them as they are now.
  std::function<void()> servers_changed;
  std::function<std::vector<ServerState>()> server_states;
  // The last good list; nothing where there never was one.
  std::function<std::optional<std::vector<LiveTool>>(const std::string& slug)> live_tools;
  // A session of its own: connects, negotiates, lists, calls nothing. Throws what failed.
  std::function<Probe(const std::string& slug)> probe;
  // Asks for the list now. Throws what failed.
  std::function<void(const std::string& slug)> refresh_tools;
  std::function<void(const std::string& slug)> tool_accepted;

  std::function<void(const TokenId&)> token_revoked;  // ends what it had open

  // Null where the catalog is configured and was never good.
  std::function<std::shared_ptr<const std::vector<CatalogEntry>>()> published_catalog;
  std::function<gateway::CatalogView()> catalog_view;
  std::function<void()> reload_catalog;

  std::function<bool()> is_serving;  // false before the first and after the last call
  std::function<ApplianceFigures()> figures;
  std::function<std::string()> call_metrics;  // gateway::Metrics::text()
};

}  // namespace patchbay::http
