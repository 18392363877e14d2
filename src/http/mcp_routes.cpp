#include "http/mcp_routes.h"

#include <chrono>
#include <optional>

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/access.h"
#include "http/answering.h"
#include "http/bearer_challenge.h"
#include "http/media_type.h"
#include "mcp/protocol.h"
#include "mcp/sse.h"

namespace patchbay::http {

namespace {

constexpr std::string_view modern_key = "io.modelcontextprotocol/protocolVersion";
constexpr int header_mismatch = -32020;      // 2026-07-28
constexpr int unsupported_version = -32022;  // 2026-07-28

bool accepts_answers(std::string_view accept) {
  return accepts_any(accept, {"application/json", "text/event-stream", "*/*", "application/*"});
}

bool accepts_events(std::string_view accept) {
  return accepts_any(accept, {"text/event-stream", "*/*", "text/*"});
}

std::optional<std::string_view> meta_of(const mcp::Message& message) {
  if (message.params.empty() || json_type(message.params) != JsonType::object) return std::nullopt;
  const auto meta = find_member(message.params, "_meta");
  if (!meta || json_type(*meta) != JsonType::object) return std::nullopt;
  return meta;
}

// A progress notification of the upstream under the client's own token.
std::string relay_progress(std::string_view params, std::string_view token) {
  std::string out = R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)";
  out += token;
  for_each_member(params, [&](std::string_view key, std::string_view value) {
    if (key != "progressToken") out += cat(",", quote_string(key), ":", value);
    return true;
  });
  out += "}}";
  return out;
}

// Takes a call out of its session's list when it ends.
class CallUnderWay {
 public:
  CallUnderWay(std::shared_ptr<gateway::Session> session, std::string_view raw_id, const CancelSource& source)
      : session_(std::move(session)) {
    if (session_) place_ = session_->calls.emplace(std::string(raw_id), source);
  }
  CallUnderWay(const CallUnderWay&) = delete;
  CallUnderWay& operator=(const CallUnderWay&) = delete;
  ~CallUnderWay() {
    if (session_) session_->calls.erase(place_);
  }

 private:
  std::shared_ptr<gateway::Session> session_;
  std::unordered_multimap<std::string, CancelSource>::iterator place_;
};

}  // namespace

// One request on its way through.
struct McpRoutes::Visit {
  Exchange& exchange;
  Caller caller;
  gateway::EndpointName endpoint;
  std::shared_ptr<gateway::Session> session;
  const HttpRequest& request() const { return static_cast<const Exchange&>(exchange).request(); }
};

McpRoutes::McpRoutes(Loop& loop, gateway::Endpoint& endpoint, gateway::Router& router,
                     gateway::Sessions& sessions, gateway::Audit& audit, gateway::Metrics& metrics,
                     const oauth::Bearer& bearer, McpSettings settings)
    : loop_(loop),
      endpoint_(endpoint),
      router_(router),
      sessions_(sessions),
      audit_(audit),
      metrics_(metrics),
      bearer_(bearer),
      record_(audit, metrics, bearer),
      settings_(settings),
      changed_(loop) {}

bool McpRoutes::owns(std::string_view path) {
  return path == "/mcp" || path.starts_with("/mcp/");
}

Task<void> McpRoutes::serve(Exchange& exchange) {
  Visit visit{exchange, {}, {}, {}};
  if (!co_await admit(visit)) co_return;
  const auto& method = visit.request().method;
  if (method == "POST") co_return co_await post(visit);
  if (method == "GET") co_return co_await events(visit);
  if (method == "DELETE") co_return co_await end_session(visit);
  co_await refuse(visit, 405, "method_not_allowed", "This address takes POST, GET and DELETE.", "Allow",
                  "POST, GET, DELETE");
}

// Who is asking, and whether this endpoint is there for them: before anything that the protocol says
// (protocol.md 4.1).
Task<bool> McpRoutes::admit(Visit& visit) {
  const auto& path = visit.request().path;
  auto verdict = bearer_.check(visit.request().header("authorization"), path);
  if (visit.request().is_local)  // whoever may open the control socket may make tokens, too
    verdict.caller = bearer_.local_operator(Scope::mcp_read | Scope::mcp_write);
  if (!verdict.caller) {
    note_refusal(verdict.refusal, visit.request().peer);
    std::string challenge =
        bearer_challenge(settings_.public_url, path, verdict.refusal == "no_token" ? "" : "invalid_token");
    co_await refuse(visit, 401, "unauthenticated",
                    "A valid token is needed: send it as Authorization: Bearer.", "WWW-Authenticate",
                    challenge);
    co_return false;
  }
  visit.caller = *verdict.caller;
  const auto endpoint = gateway::endpoint_at(visit.request().path);
  if (!has(visit.caller.scopes, Scope::mcp_read) && !has(visit.caller.scopes, Scope::mcp_write)) {
    // Like a token for MCP at the API: it is for something else, so here it proves nobody.
    note_refusal("other_audience", visit.request().peer);
    std::string challenge = bearer_challenge(settings_.public_url, path, "invalid_token");
    co_await refuse(visit, 401, "unauthenticated",
                    "This token is not for MCP: it has neither mcp:read nor mcp:write.", "WWW-Authenticate",
                    challenge);
    co_return false;
  }
  const bool is_new =
      endpoint && endpoint->kind == gateway::EndpointName::Kind::server && router_.is_new(visit.caller);
  if (is_new) co_await router_.wait_for_first_lists(visit.caller, visit.exchange.gone());
  const bool is_there = endpoint && find_endpoint(visit.caller, *endpoint);
  if (!is_there) {
    co_await refuse(visit, 404, "not_found",
                    "There is no such endpoint. Use /mcp, /mcp/all, /mcp/servers/{slug} or /mcp/p/{slug}.");
    co_return false;
  }
  visit.endpoint = *endpoint;
  co_return true;
}

// Whether the caller may know of the endpoint; what it narrows is noted in the caller.
bool McpRoutes::find_endpoint(Caller& caller, const gateway::EndpointName& endpoint) const {
  using Kind = gateway::EndpointName::Kind;
  if (endpoint.kind == Kind::profile) {
    caller.profile = bearer_.profile(endpoint.slug);
    return caller.profile && decide(caller, *caller.profile).allowed;
  }
  caller.names_server = endpoint.kind == Kind::server;
  return !caller.names_server || router_.view(caller).find_server(endpoint.slug).has_value();
}

Task<bool> McpRoutes::check_headers(Visit& visit) {
  const auto& request = visit.request();
  const auto type = request.header("content-type");
  if (!type || !equal_ignoring_case(media_type(*type), "application/json")) {
    co_await refuse(visit, 415, "unsupported_media_type", "The body must be application/json.");
    co_return false;
  }
  const auto accept = request.header("accept");
  if (accept && !accepts_answers(*accept)) {
    co_await refuse(visit, 406, "not_acceptable", "Accept application/json and text/event-stream.");
    co_return false;
  }
  const auto version = request.header("mcp-protocol-version");
  if (version && !mcp::is_legacy_version(*version) && *version != mcp::modern_version) {
    co_await refuse(visit, 400, "unsupported_protocol_version",
                    "This MCP-Protocol-Version is not one that Patchbay speaks.");
    co_return false;
  }
  co_return true;
}

// Patchbay answers the revisions with a handshake; what belongs to 2026-07-28 is told apart as
// protocol.md 1.2 says and refused in a way that makes dual-era clients fall back to `initialize`.
Task<bool> McpRoutes::check_era(Visit& visit, const mcp::Message& message) {
  const auto header = visit.request().header("mcp-protocol-version");
  const auto meta = meta_of(message);
  const auto key = meta ? find_member(*meta, modern_key) : std::nullopt;
  const auto fail = [&](int code, std::string_view text, std::string_view data = {}) -> Task<bool> {
    co_await visit.exchange.reply(HttpReply::json(400, mcp::error_text(message.id, code, text, data)));
    co_return false;
  };
  if (!key) {
    if (header && *header == mcp::modern_version && message.method != mcp::method::initialize &&
        message.kind == mcp::Message::Kind::request)
      co_return co_await fail(mcp::rpc::invalid_params,
                              "The request lacks the _meta that its MCP-Protocol-Version demands.");
    co_return true;
  }
  const std::string wanted = json_type(*key) == JsonType::string ? decode_string(*key) : std::string();
  const auto named = visit.request().header("mcp-name");
  const auto name = find_member(message.params, "name");
  const bool name_differs =
      name && json_type(*name) == JsonType::string && (!named || *named != decode_string(*name));
  if (!header || *header != wanted ||
      visit.request().header("mcp-method") != std::optional<std::string_view>(message.method) ||
      (message.method == mcp::method::tools_call && name_differs))
    co_return co_await fail(header_mismatch, "The MCP headers do not say what the body says.");
  if (message.method == "server/discover" || message.method == mcp::method::initialize)
    co_return co_await fail(mcp::rpc::method_not_found,
                            "This endpoint begins with initialize, protocol version 2025-11-25.");
  co_return co_await fail(unsupported_version,
                          "This endpoint speaks 2025-11-25 and earlier, beginning with initialize.",
                          cat("{\"supported\":[],\"requested\":", quote_string(wanted), "}"));
}

Task<bool> McpRoutes::find_session(Visit& visit) {
  const auto id = visit.request().header("mcp-session-id");
  if (!id) co_return true;
  visit.session = sessions_.find(*id, visit.caller, visit.endpoint);
  if (visit.session) {
    if (visit.caller.person)
      visit.caller.selection = bearer_.selection(visit.caller.person->id, visit.session->id);
    co_return true;
  }
  co_await refuse(visit, 404, "unknown_session", "This session has ended. Begin again with initialize.");
  co_return false;
}

Task<void> McpRoutes::post(Visit& visit) {
  if (!co_await check_headers(visit)) co_return;
  const auto reading = mcp::read_message(visit.request().body);
  if (reading.refused != 0) {
    co_await visit.exchange.reply(
        HttpReply::json(400, mcp::error_text(reading.message.id, reading.refused, reading.reason)));
    co_return;
  }
  const auto& message = reading.message;
  if (!co_await check_era(visit, message)) co_return;
  if (message.method != mcp::method::initialize) {
    const bool found = co_await find_session(visit);
    if (!found) co_return;
  }
  if (message.kind == mcp::Message::Kind::request) co_return co_await answer(visit, message);
  if (message.kind == mcp::Message::Kind::notification)
    endpoint_.take({visit.caller, visit.endpoint, visit.session, message, {}, {}});
  co_await visit.exchange.reply(HttpReply::empty(202));
}

Task<void> McpRoutes::answer(Visit& visit, const mcp::Message& message) {
  CancelSource source;
  const CallUnderWay under_way(visit.session, message.id, source);
  Answering answering(loop_, visit.exchange, settings_.slow_answer, settings_.keepalive);
  gateway::Endpoint::Incoming incoming{visit.caller, visit.endpoint, visit.session, message,
                                       {},           source.token()};
  const auto meta = meta_of(message);
  const auto token = meta ? find_member(*meta, "progressToken") : std::nullopt;
  if (token && (json_type(*token) == JsonType::string || json_integer(*token)))
    incoming.progress = [&answering, raw = json_trim(*token)](std::string_view params) {
      answering.send(relay_progress(params, raw));
    };

  const auto began = std::chrono::steady_clock::now();
  gateway::Outcome outcome;
  try {
    outcome = co_await endpoint_.handle(incoming);
  } catch (const std::exception& error) {
    log::error("mcp.failed", {{"method", message.method}, {"message", error.what()}});
    outcome = gateway::rpc_failure(mcp::rpc::internal_error, "Something went wrong. The log says more.", 500);
  }
  visit.session = incoming.opened ? incoming.opened : visit.session;
  std::string client = visit.session ? visit.session->client : CallRecord::client_of(visit.request());
  if (visit.caller.person) bearer_.note_client(visit.caller.person->id, client);
  if (outcome.event) record_.complete(outcome, visit.request(), visit.caller, std::move(client), began);
  co_await finish(visit, std::move(outcome), answering, message);
}

Task<void> McpRoutes::finish(Visit& visit, gateway::Outcome outcome, Answering& answering,
                             const mcp::Message& message) {
  const bool kept = co_await record_.keep(outcome);
  if (!kept) {
    std::vector<Header> none;
    co_await answering.finish(
        503, std::move(none),
        mcp::error_text(message.id, mcp::rpc::internal_error, CallRecord::withheld_message));
    co_return;
  }
  if (outcome.cancelled) co_return co_await answering.abandon();
  std::vector<Header> headers;
  if (message.method == mcp::method::initialize && visit.session)
    headers.push_back({"Mcp-Session-Id", visit.session->id});
  if (!outcome.missing_scope.empty())
    headers.push_back({"WWW-Authenticate",
                       bearer_challenge(settings_.public_url, visit.request().path, "insufficient_scope")});
  auto text = outcome.is_error ? mcp::raw_error_text(message.id, outcome.part())
                               : mcp::result_text(message.id, outcome.part());
  co_await answering.finish(outcome.status, std::move(headers), std::move(text));
}

Task<void> McpRoutes::events(Visit& visit) {
  const auto accept = visit.request().header("accept");
  if (accept && !accepts_events(*accept))
    co_return co_await refuse(visit, 406, "not_acceptable", "Accept text/event-stream.");
  if (!visit.request().header("mcp-session-id"))
    co_return co_await refuse(visit, 405, "no_session",
                              "An event stream belongs to a session. Begin with initialize.", "Allow",
                              "POST");
  if (!co_await find_session(visit)) co_return;

  const auto session = visit.session;
  const auto mine = ++session->stream;
  const bool listens = session->endpoint.kind != gateway::EndpointName::Kind::router;
  auto seen = changes_for(*session);
  std::vector<Header> head(1, Header{"Cache-Control", "no-store"});
  co_await visit.exchange.start_events(std::move(head));
  std::string first;
  mcp::append_keepalive(first);
  bool open = co_await visit.exchange.send(first);
  while (open && !session->ended) {
    Until until = Until::by(Deadline::in(settings_.keepalive), visit.exchange.gone());
    const auto wake = co_await changed_.wait(until);
    if (wake == Wake::cancelled) break;
    std::string text;
    if (listens && changes_for(*session) != seen && session->stream == mine)
      mcp::append_event(text, mcp::notification_text(mcp::method::tools_list_changed, {}));
    else if (wake == Wake::timeout)
      mcp::append_keepalive(text);
    seen = changes_for(*session);
    if (!text.empty()) open = co_await visit.exchange.send(text);
  }
}

Task<void> McpRoutes::end_session(Visit& visit) {
  const bool names_one = visit.request().header("mcp-session-id").has_value();
  if (!names_one) {
    co_await refuse(visit, 400, "no_session", "Say which session ends: send its Mcp-Session-Id.");
    co_return;
  }
  const bool found = co_await find_session(visit);
  if (!found) co_return;
  sessions_.end(visit.session);
  changed_.wake_all();
  HttpReply done = HttpReply::empty(204);
  co_await visit.exchange.reply(std::move(done));
}

Task<void> McpRoutes::refuse(Visit& visit, int status, std::string_view id, std::string_view message,
                             std::string_view header, std::string_view value) {
  auto reply = HttpReply::json(
      status, cat("{\"error\":", quote_string(id), ",\"message\":", quote_string(message), "}"));
  if (!header.empty()) reply.headers.push_back({std::string(header), std::string(value)});
  co_await visit.exchange.reply(std::move(reply));
}

void McpRoutes::tools_changed() {
  ++changes_;
  changed_.wake_all();
}

void McpRoutes::tools_changed(const std::string& user) {
  ++changes_of_[user];
  changed_.wake_all();
}

// Grows with each change of what this session's client may list.
std::uint64_t McpRoutes::changes_for(const gateway::Session& session) const {
  const auto own = session.user.empty() ? changes_of_.end() : changes_of_.find(session.user);
  return changes_ + (own == changes_of_.end() ? 0 : own->second);
}

// Anonymous refusals are counted rather than recorded one by one, or the trail would be what fills the disk.
void McpRoutes::note_refusal(std::string_view reason, const std::string& peer) {
  constexpr std::size_t most_peers = 1000;
  metrics_.count_refused(reason);
  const bool full = refusals_.size() >= most_peers;
  ++refusals_[{std::string(reason), full ? std::string("others") : peer}];
}

Task<void> McpRoutes::flush_refusals() {
  const auto refusals = std::exchange(refusals_, {});
  for (const auto& [key, count] : refusals) {
    Event event;
    event.action = "auth.refused";
    event.outcome = "refused";
    event.reason = key.first;
    event.tool = cat(count, count == 1 ? " request" : " requests");
    event.remote = key.second;
    co_await audit_.record(std::move(event));
  }
}

}  // namespace patchbay::http
