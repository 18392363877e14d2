#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/http_front.h"
#include "base/loop.h"
#include "gateway/audit.h"
#include "gateway/endpoint.h"
#include "gateway/metrics.h"
#include "gateway/sessions.h"
#include "http/call_record.h"
#include "oauth/bearer.h"

namespace patchbay::http {

struct McpSettings {
  std::chrono::milliseconds slow_answer{
      1'500};  // then the answer becomes an event stream, with signs of life
  std::chrono::milliseconds keepalive{8'000};
  std::string public_url = {};
};

// MCP over streamable HTTP (2025-03-26 to 2025-11-25): /mcp the two tools, /mcp/all the flat list,
// /mcp/servers/{slug} one server. The data plane: coroutines on the loop.
class McpRoutes {
 public:
  McpRoutes(Loop& loop, gateway::Endpoint& endpoint, gateway::Router& router, gateway::Sessions& sessions,
            gateway::Audit& audit, gateway::Metrics& metrics, const oauth::Bearer& bearer,
            McpSettings settings);

  static bool owns(std::string_view path);  // whether a path is one of ours: /mcp and everything below
  Task<void> serve(Exchange& exchange);

  // The tools that are listed have changed: tells the clients that listen.
  void tools_changed();
  void tools_changed(const std::string& user);  // of this person alone
  // Counts a refusal that the control plane made.
  void note_refusal(std::string_view reason, const std::string& peer);
  // Writes the refusals of the last minute to the audit trail, one row for each reason and peer.
  Task<void> flush_refusals();

 private:
  struct Visit;
  Task<void> post(Visit& visit);
  Task<void> answer(Visit& visit, const mcp::Message& message);
  Task<void> events(Visit& visit);
  Task<void> end_session(Visit& visit);
  Task<bool> admit(Visit& visit);
  Task<bool> check_headers(Visit& visit);
  Task<bool> check_era(Visit& visit, const mcp::Message& message);
  Task<bool> find_session(Visit& visit);
  bool find_endpoint(Caller& caller, const gateway::EndpointName& endpoint) const;
  std::uint64_t changes_for(const gateway::Session& session) const;
  Task<void> finish(Visit& visit, gateway::Outcome outcome, class Answering& answering,
                    const mcp::Message& message);
  Task<void> refuse(Visit& visit, int status, std::string_view id, std::string_view message,
                    std::string_view header = {}, std::string_view value = {});

  Loop& loop_;
  gateway::Endpoint& endpoint_;
  gateway::Router& router_;
  gateway::Sessions& sessions_;
  gateway::Audit& audit_;
  gateway::Metrics& metrics_;
  const oauth::Bearer& bearer_;
  CallRecord record_;
  McpSettings settings_;
  Signal changed_;
  std::uint64_t changes_ = 0;
  std::unordered_map<std::string, std::uint64_t> changes_of_;  // by user id
  std::map<std::pair<std::string, std::string>, std::uint64_t>
      refusals_;  // by reason and peer, since the last flush
};

}  // namespace patchbay::http
