#include "gateway/router.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/access.h"
#include "domain/capability.h"
#include "gateway/search_answer.h"

namespace patchbay::gateway {

namespace {

// In bytes. The ranking reads the first 2,000 characters; what an agent pastes beyond that does no harm.
constexpr std::size_t longest_query = 64 * 1024;
// How long a search or a list waits, right after the start, for servers that have not said anything yet.
constexpr std::chrono::milliseconds first_lists_time{3'000};
// Beyond this many tools a search may take longer than other calls should wait.
constexpr std::size_t search_on_worker_from = 20'000;

constexpr std::string_view the_two_tools =
    R"([{"name":"search_capabilities","title":"Search capabilities","description":"Finds tools of all connected servers by what they do. Describe the task in plain words. Each match has a name to give to execute_capability and the input schema of its arguments.","inputSchema":{"type":"object","properties":{"query":{"type":"string","minLength":1,"description":"What you want to do, in plain words. The first 2,000 characters count."},"limit":{"type":"integer","minimum":1,"maximum":20,"default":5,"description":"How many matches to return."}},"required":["query"],"additionalProperties":false},"annotations":{"readOnlyHint":true,"idempotentHint":true,"openWorldHint":false}},{"name":"execute_capability","title":"Execute a capability","description":"Calls a tool that search_capabilities found, and returns what it answers.","inputSchema":{"type":"object","properties":{"name":{"type":"string","description":"The name of a match, like mcp:server:tool."},"arguments":{"type":"object","description":"The tool's arguments, as its input schema says.","additionalProperties":true}},"required":["name"]},"annotations":{"readOnlyHint":false,"destructiveHint":true,"idempotentHint":false,"openWorldHint":true}}])";

Outcome own_result(std::string text) {
  Outcome outcome;
  outcome.own = std::move(text);
  return outcome;
}

using EventPtr = std::unique_ptr<Event>;

EventPtr event_of(const Caller& caller, std::string_view action) {
  auto made = std::make_unique<Event>();
  Event& event = *made;
  event.actor = actor_of(caller);
  event.actor_name = caller.name;
  event.action = action;
  event.outcome = "ok";
  return made;
}

// A refusal or failure as a tool's result, so that the model can read it and go on.
Outcome failed(EventPtr event, std::string_view outcome, std::string_view id, std::string_view message,
               std::string_view extra = {}) {
  auto result = own_result(failed_result(id, message, extra));
  event->outcome = outcome;
  event->reason = id;
  result.event = std::move(event);
  return result;
}

// The same whether there is no such tool or the caller may not know of it.
Outcome unknown_tool(EventPtr event) {
  auto outcome =
      rpc_failure(mcp::rpc::invalid_params, "There is no such tool. Ask for the list of tools again.");
  outcome.is_unknown = true;
  event->outcome = "refused";
  event->reason = "unknown_tool";
  outcome.event = std::move(event);
  return outcome;
}

Outcome lacks_scope(EventPtr event, std::string_view scope) {
  return failed(std::move(event), "refused", "insufficient_mcp_scope",
                cat("This token lacks the scope ", scope, ". Ask an admin for one that has it."),
                cat(",\"requiredScope\":\"", scope, "\""));
}

// The status says it, too: an application then asks its person for more (2025-11-25, authorization, scope
// challenges).
Outcome challenges_scope(EventPtr event, std::string_view scope) {
  auto outcome = lacks_scope(std::move(event), scope);
  outcome.status = 403;
  outcome.missing_scope = scope;
  return outcome;
}

// On the endpoints whose tools are tools of servers.
Outcome needs_write(EventPtr event) {
  return challenges_scope(std::move(event), "mcp:write");
}

// Of the two tools: an application signs in for more, anything else is told what its token lacks.
Outcome needs_scope(EventPtr event, const Caller& caller, std::string_view scope) {
  return caller.is_app ? challenges_scope(std::move(event), scope) : lacks_scope(std::move(event), scope);
}

Outcome unknown_capability(EventPtr event) {
  auto outcome =
      failed(std::move(event), "refused", "unknown_capability",
             "There is no such capability. Use search_capabilities to find one, and give its name exactly "
             "as it stands there.");
  outcome.is_unknown = true;
  return outcome;
}

Outcome limited(EventPtr event, const CallLimits::Refusal& refusal) {
  const auto seconds = refusal.retry_after.count();
  auto outcome = failed(std::move(event), "refused", refusal.reason,
                        cat("Too many calls at the moment. Wait ", seconds,
                            seconds == 1 ? " second" : " seconds", " and try again."),
                        cat(",\"retryAfterSeconds\":", seconds));
  outcome.retry_after = static_cast<int>(seconds);
  return outcome;
}

// An account is missing or worth nothing: the link in words, and for clients that can open it for their
// person, as the error that asks for that (2025-11-25, elicitation, URL elicitation required).
Outcome needs_account(EventPtr event, bool opens_urls, const ServedServer& served, std::string_view message) {
  constexpr std::string_view id = "needs_connection";
  const std::string link = quote_string(served.connect_url);
  auto outcome = failed(std::move(event), "failed", id, message,
                        served.connect_url.empty() ? std::string() : cat(",\"link\":", link));
  if (!opens_urls || served.connect_url.empty()) return outcome;
  outcome.own = cat("{\"code\":", mcp::rpc::url_elicitation_required, ",\"message\":", quote_string(message),
                    ",\"data\":{\"elicitations\":[{\"mode\":\"url\",\"elicitationId\":\"",
                    to_hex(crypto::random_bytes(16)), "\",\"url\":", link,
                    ",\"message\":", quote_string(message), "}]}}");
  outcome.is_error = true;
  return outcome;
}

// An upstream's JSON-RPC error goes through, but for codes that would be read as statements about our own
// protocol.
std::string relayed_error(std::string_view raw) {
  const auto code = find_member(raw, "code");
  const auto number = code ? json_integer(*code) : std::nullopt;
  if (number && !(*number <= -32020 && *number >= -32099) && *number != -32002 && *number != -32042)
    return std::string(raw);
  const auto message = find_member(raw, "message");
  return cat("{\"code\":", mcp::rpc::internal_error, ",\"message\":",
             message && json_type(*message) == JsonType::string
                 ? std::string(*message)
                 : quote_string("The server answered with an error."),
             "}");
}

bool says_is_error(std::string_view result) {
  const auto flag = json_type(result) == JsonType::object ? find_member(result, "isError") : std::nullopt;
  return flag && json_trim(*flag) == "true";
}

std::optional<std::string> text_member(std::string_view object, std::string_view name) {
  const auto raw = find_member(object, name);
  if (!raw || json_type(*raw) != JsonType::string) return std::nullopt;
  return decode_string(*raw);
}

// The arguments of a capability: an object, under "arguments" or (as system 003 calls it) "body", or the same
// as JSON text. The second is the buffer that holds such a text.
std::optional<std::string_view> capability_arguments(std::string_view call, std::string& buffer) {
  auto raw = find_member(call, "arguments");
  if (!raw) raw = find_member(call, "body");
  if (!raw || json_type(*raw) == JsonType::null) return std::string_view("{}");
  if (json_type(*raw) == JsonType::string) {
    buffer = decode_string(*raw);
    try {
      check_json(buffer);
    } catch (const Error&) {
      return std::nullopt;
    }
    raw = std::string_view(buffer);
  }
  if (json_type(*raw) != JsonType::object) return std::nullopt;
  return json_trim(*raw);
}

std::string call_params(std::string_view tool, std::string_view arguments, std::string_view meta) {
  std::string params = cat("{\"name\":", quote_string(tool),
                           ",\"arguments\":", arguments.empty() ? std::string_view("{}") : arguments);
  if (!meta.empty()) params += cat(",\"_meta\":", meta);
  params += '}';
  return params;
}

}  // namespace

std::string rpc_error(int code, std::string_view message) {
  return cat("{\"code\":", code, ",\"message\":", quote_string(message), "}");
}

Outcome rpc_failure(int code, std::string_view message, int status) {
  auto outcome = own_result(rpc_error(code, message));
  outcome.is_error = true;
  outcome.status = status;
  return outcome;
}

std::string_view Router::own_tools() {
  return the_two_tools;
}

Task<Outcome> Router::search(Call call) {
  auto event = event_of(call.caller, "tool.search");
  if (!has(call.caller.scopes, Scope::mcp_read))
    co_return needs_scope(std::move(event), call.caller, "mcp:read");
  const auto query = text_member(call.arguments, "query");
  if (!query || trim(*query).empty())
    co_return failed(std::move(event), "refused", "bad_query",
                     "\"query\" must be text that says what you want to do.");
  if (query->size() > longest_query)
    co_return failed(std::move(event), "refused", "bad_query",
                     "\"query\" is too long. Say in a few sentences what you want to do.");
  std::size_t limit = 5;
  if (const auto raw = find_member(call.arguments, "limit"); raw && json_type(*raw) != JsonType::null) {
    const auto wanted = json_integer(*raw);
    if (!wanted || *wanted < 1 || *wanted > 20)
      co_return failed(std::move(event), "refused", "bad_limit",
                       "\"limit\" must be a whole number from 1 to 20.");
    limit = static_cast<std::size_t>(*wanted);
  }
  co_await wait_for_first_lists(call.caller, call.cancel);
  auto view = this->view(call.caller);
  std::vector<ToolView::Match> matches;
  const bool is_large = view.searched() >= search_on_worker_from;
  if (is_large)
    matches = co_await loop_.on_worker([&] { return view.search(*query, limit); });
  else
    matches = view.search(*query, limit);
  std::string hint;
  if (matches.empty()) hint = "Nothing matches. Try broader or different words, one task at a time.";
  if (const auto unlisted = view.unlisted(); unlisted > 0)
    hint += cat(hint.empty() ? "" : " ", unlisted,
                unlisted == 1 ? " server has not listed its" : " servers have not listed their",
                " tools yet, so more may exist.");
  auto outcome = own_result(search_answer(matches, hint));
  outcome.event = std::move(event);
  co_return outcome;
}

Task<Outcome> Router::execute(Call call) {
  auto event = event_of(call.caller, "tool.call");
  const auto name = text_member(call.arguments, "name");
  if (!name)
    co_return failed(std::move(event), "refused", "bad_name",
                     "\"name\" must be the name of a capability, like mcp:server:tool.");
  const auto parts = split_capability_name(*name);
  if (!has(call.caller.scopes, Scope::mcp_write))
    co_return needs_scope(std::move(event), call.caller, "mcp:write");
  const bool waits = parts ? is_starting(call.caller, parts->slug) : is_new(call.caller);
  if (waits) co_await wait_for_first_lists(call.caller, call.cancel);
  auto seen = view(call.caller);
  auto spot = parts ? seen.find_server(parts->slug) : std::nullopt;
  if (!spot) {
    const auto rule = parts ? seen.hidden_by(parts->slug) : std::string_view();
    if (!rule.empty()) event->server = parts->slug;
    auto outcome = unknown_capability(std::move(event));
    if (!rule.empty()) outcome.event->reason = rule;
    co_return outcome;
  }
  std::string buffer;
  const auto arguments = capability_arguments(call.arguments, buffer);
  if (!arguments)
    co_return failed(std::move(event), "refused", "bad_arguments",
                     "\"arguments\" must be an object, or a JSON text of one.");
  const ToolSet::Row& server = spot->row();
  event->server = trail_name(server.served->server);
  const bool lacks_account = !server.prepared && server.health.state == Health::State::error &&
                             server.health.reason == "needs_connection";
  if (lacks_account)
    co_return needs_account(std::move(event), call.opens_urls, *server.served, server.health.message);
  if (!server.prepared)
    co_return failed(std::move(event), "failed",
                     server.health.state == Health::State::error ? server.health.reason : "starting",
                     server.health.state == Health::State::error
                         ? server.health.message
                         : cat("\"", server.served->title(),
                               "\" has not listed its tools yet. Try again in a few seconds."));
  const auto tool = server.prepared->by_name.find(parts->tool);
  if (tool == server.prepared->by_name.end()) co_return unknown_capability(std::move(event));
  spot->place.tool = tool->second;
  Call inner{call.caller, *arguments, call.meta, std::move(call.progress), call.cancel, call.opens_urls};
  co_return co_await call_tool(std::move(event), std::move(*spot), std::move(inner), unknown_capability);
}

Task<Outcome> Router::call_flat(std::string_view name, Call call) {
  auto event = event_of(call.caller, "tool.call");
  if (!has(call.caller.scopes, Scope::mcp_write)) co_return needs_write(std::move(event));
  const bool is_new = this->is_new(call.caller);
  if (is_new) co_await wait_for_first_lists(call.caller, call.cancel);
  auto spot = view(call.caller).find_flat(name);
  if (!spot) co_return unknown_tool(std::move(event));
  co_return co_await call_tool(std::move(event), std::move(*spot), std::move(call), unknown_tool);
}

Task<Outcome> Router::call_own(std::string_view slug, std::string_view tool, Call call) {
  auto event = event_of(call.caller, "tool.call");
  if (!has(call.caller.scopes, Scope::mcp_write)) co_return needs_write(std::move(event));
  const bool waits = is_starting(call.caller, slug);
  if (waits) co_await wait_for_first_lists(call.caller, call.cancel);
  auto spot = view(call.caller).find_server(slug);
  const auto* prepared = spot ? spot->row().prepared.get() : nullptr;
  const auto found = prepared ? prepared->by_name.find(tool) : decltype(prepared->by_name.find(tool)){};
  if (!prepared || found == prepared->by_name.end()) co_return unknown_tool(std::move(event));
  spot->place.tool = found->second;
  co_return co_await call_tool(std::move(event), std::move(*spot), std::move(call), unknown_tool);
}

// Where the tool's policy is "ask": nothing once the person has said yes to this very call.
std::optional<Outcome> Router::refuse_unconfirmed(std::unique_ptr<Event>& event, const ToolView::Spot& spot,
                                                  const Call& call) {
  if (!call.caller.person)
    return failed(std::move(event), "refused", "needs_person",
                  "This tool asks a person before each call, and this token stands for none. Use a personal "
                  "token.");
  const auto state =
      approvals_.take(call.caller, spot.row().served->server, spot.tool().name, call.arguments);
  if (state == Approval::State::allowed) return std::nullopt;
  if (state == Approval::State::refused)
    return failed(std::move(event), "refused", "approval_refused",
                  "The person was asked and does not want this call. Do not repeat it.");
  const std::string link = cat(public_url_, "/approvals");
  return failed(std::move(event), "refused", "needs_approval",
                cat("This tool asks before each call. Ask the person to allow it at ", link,
                    " and then repeat the call with the same arguments. The question stays open for 10 "
                    "minutes."),
                cat(",\"link\":", quote_string(link)));
}

Task<Outcome> Router::call_tool(std::unique_ptr<Event> event, ToolView::Spot spot, Call call,
                                Outcome (*unknown)(std::unique_ptr<Event>)) {
  const ToolSet::Row& row = spot.row();
  const PreparedTool& tool = spot.tool();
  event->server = trail_name(row.served->server);
  event->tool = tool.name;
  const auto decision = decide(call.caller, *spot.rules, tool.name, Use::call);
  if (!decision.allowed) {
    auto outcome = unknown(std::move(event));
    outcome.event->reason = decision.reason;
    co_return outcome;
  }
  if (tool.held)
    co_return failed(std::move(event), "refused", "tool_held",
                     "This tool's definition has changed since it was accepted. An admin must look at it "
                     "before it can be used.");
  CallLimits::Place place;
  const auto limit = limits_.enter(call.caller, *spot.rules, std::chrono::steady_clock::now(), place);
  if (!limit.reason.empty()) co_return limited(std::move(event), limit);
  if (decision.asks) {
    auto unconfirmed = refuse_unconfirmed(event, spot, call);
    if (unconfirmed) co_return std::move(*unconfirmed);
  }
  Until until = Until::by(Deadline::in(row.served->server.timeout), call.cancel);
  try {
    Outcome outcome;
    outcome.upstream = co_await row.connection->call(mcp::method::tools_call,
                                                     call_params(tool.name, call.arguments, call.meta),
                                                     std::move(call.progress), until);
    outcome.is_error = outcome.upstream.is_error;
    if (outcome.is_error) {
      outcome.own = relayed_error(outcome.upstream.part());
      event->outcome = "tool_error";
      event->reason = "upstream_rpc_error";
    } else if (says_is_error(outcome.upstream.part())) {
      event->outcome = "tool_error";
    }
    outcome.event = std::move(event);
    co_return outcome;
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::cancelled) {
      auto outcome = failed(std::move(event), "cancelled", "cancelled", "The call was cancelled.");
      outcome.cancelled = true;
      co_return outcome;
    }
    if (!error.detail().empty())
      log::warn("tool.call_failed", {{"server", event->server},
                                     {"tool", event->tool},
                                     {"reason", error.id()},
                                     {"detail", error.detail()}});
    if (error.id() == "needs_connection")
      co_return needs_account(std::move(event), call.opens_urls, *row.served, error.message());
    co_return failed(std::move(event), error.kind() == Error::Kind::timeout ? "timeout" : "failed",
                     error.id(), error.message());
  }
}

Task<void> Router::wait_for_first_lists(const Caller& caller, CancelToken cancel) {
  Until until = Until::by(Deadline::in(first_lists_time), std::move(cancel));
  co_await index_.settled(until);
  co_await members_.settled(caller, until);
}

bool Router::is_starting(const Caller& caller, std::string_view slug) const {
  if (is_new(caller)) return true;
  const auto own = members_.current(caller);
  if (index_.current()->starting == 0 && (!own || own->starting == 0)) return false;
  const auto spot = view(caller).find_server(slug);
  return spot && !spot->row().prepared && spot->row().health.state == Health::State::unknown;
}

ToolView Router::view(const Caller& caller) const {
  return {caller, index_.current(), members_.current(caller)};
}

}  // namespace patchbay::gateway
