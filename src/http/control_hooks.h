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
#include "domain/configuration.h"
#include "domain/person.h"
#include "gateway/address_probe.h"
#include "gateway/approvals.h"
#include "gateway/catalog_watch.h"
#include "gateway/probe_step.h"
#include "gateway/sign_ins.h"
#include "store/audit_writer.h"

namespace patchbay::http {

// How the gateway fares with a server.
struct ServerState {
  ServerId id;
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

// How a look at a server went, step by step.
struct Probe {
  std::string error;  // stable id; empty where all went well
  std::string message;
  std::string name;  // what the server says of itself
  std::string software_version;
  std::string protocol_version;
  std::vector<LiveTool> tools;
  std::vector<gateway::ProbeStep> steps;
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

  gateway::UrlCheck check_member_url;  // the same for a person's own connector

  // The store's servers changed: from the return on, calls see them as they are now.
  std::function<void()> servers_changed;
  // What one person has of their own changed.
  std::function<void(const UserId& user)> own_changed;
  // Who may use what changed, and the snapshot of it was taken anew: clients are told to list again.
  std::function<void()> access_changed;
  std::function<void(const UserId& user)> selection_changed;
  std::function<void(const UserId& user)> person_out;  // ends what they had open
  // Of the organisation's servers; of one person's own, and of those they reach with their own account.
  std::function<std::vector<ServerState>()> server_states;
  std::function<std::vector<ServerState>(const UserId& user)> own_states;
  // The last good list; nothing where there never was one. `user`: the list that this person is shown of a
  // server reached with their own account, or of their own.
  std::function<std::optional<std::vector<LiveTool>>(const ServerId& server,
                                                     const std::optional<UserId>& user)>
      live_tools;
  // A session of its own: connects, negotiates, lists, calls nothing. Never throws for what a server does,
  // and the store remembers the outcome. `user`: whose account is used; absent for the organisation's.
  std::function<Probe(const ServerId& server, const std::optional<UserId>& user)> probe;
  // The same of an address that nobody has added: gateway::AddressProbes::probe().
  std::function<gateway::AddressProbe(const std::string& asker, const Url& url, UrlSource source)>
      probe_address;
  std::function<void(const ServerId& server, const std::optional<UserId>& user)>
      test_soon;  // that, by and by
  // Asks for the list now. Throws what failed.
  std::function<void(const ServerId& server, const std::optional<UserId>& user)> refresh_tools;
  std::function<void(const ServerId& server)> tool_accepted;

  std::function<void(const TokenId&)> token_revoked;  // ends what it had open
  gateway::Approvals* approvals = nullptr;

  // Signing in at servers with auth "oauth": gateway/sign_ins.
  std::function<gateway::SignIns::Started(gateway::SignIns::Wish wish)> begin_sign_in;
  std::function<gateway::SignIns::Finished(store::OAuthFlow flow, Secret verifier, Secret code, Event row)>
      finish_sign_in;
  std::function<void(gateway::SignIns::Revocations revocations)> revoke_soon;  // by and by

  // Null where the catalog is configured and was never good.
  std::function<std::shared_ptr<const std::vector<CatalogEntry>>()> published_catalog;
  std::function<gateway::CatalogView()> catalog_view;
  std::function<void()> reload_catalog;

  // The settings that pages show, as they are now; and after the store's network policy was changed.
  std::function<std::vector<ConfiguredSetting>()> configured;
  std::function<void()> network_changed;
  // When our own certificate ends; nothing where there is none.
  std::function<std::optional<Instant>()> certificate_expiry;
  // Why nothing leads out to this URL, as a sentence; empty where something answered.
  std::function<std::string(const std::string& url)> try_outbound;

  std::function<bool()> is_serving;  // false before the first and after the last call
  std::function<ApplianceFigures()> figures;
  std::function<std::string()> call_metrics;  // gateway::Metrics::text()
};

}  // namespace patchbay::http
