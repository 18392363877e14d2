#include "gateway/router.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/access.h"
#include "domain/capability.h"
#include "gateway/search_answer.h"

namespace patchbay::gateway {

namespace {

constexpr std::size_t tools_per_page = 1000;
constexpr std::size_t bytes_per_page = 2 * 1024 * 1024;
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

Outcome unknown_tool(EventPtr event) {
  auto outcome =
      rpc_failure(mcp::rpc::invalid_params, "There is no such tool. Ask for the list of tools again.");
  outcome.event = std::move(event);
  outcome.is_unknown = true;
  return outcome;
}

Outcome unknown_tool(const Caller& caller) {
  auto event = event_of(caller, "tool.call");
  event->outcome = "refused";
  event->reason = "unknown_tool";
  return unknown_tool(std::move(event));
}

// Where tools are called by their own names, one that may not be called looks like a name that is not there.
Outcome concealed(Outcome outcome) {
  if (!outcome.is_unknown) return outcome;
  return unknown_tool(std::move(outcome.event));
}

Outcome lacks_scope(EventPtr event, std::string_view scope) {
  return failed(std::move(event), "refused", "insufficient_mcp_scope",
                cat("This token lacks the scope ", scope, ". Ask an admin for one that has it."),
                cat(",\"requiredScope\":\"", scope, "\""));
}

Outcome unknown_capability(EventPtr event) {
  auto outcome =
      failed(std::move(event), "refused", "unknown_capability",
             "There is no such capability. Use search_capabilities to find one, and give its name exactly "
             "as it stands there.");
  outcome.is_unknown = true;
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

// Where a list goes on: after this name. Opaque to clients.
std::string cursor_after(std::string_view name) {
  return to_base64url(name);
}

// Joins definitions from the first after the cursor until a page is full.
template <class Entries, class NameOf, class DefinitionOf, class MaySee>
std::string page(const Entries& entries, const std::optional<std::string>& cursor, NameOf name_of,
                 DefinitionOf definition_of, MaySee may_see) {
  auto from = entries.begin();
  if (cursor && !cursor->empty()) {
    const auto after = from_base64url(*cursor);
    if (!after) throw Error::invalid("bad_cursor", "The cursor is not one that this list gave.");
    from = std::ranges::upper_bound(entries, std::string_view(*after), {}, name_of);
  }
  std::string out = "{\"tools\":[";
  std::size_t count = 0;
  std::string_view last;
  for (; from != entries.end(); ++from) {
    if (!may_see(*from)) continue;
    const std::string_view text = definition_of(*from);
    if (count == tools_per_page || (count > 0 && out.size() + text.size() > bytes_per_page)) {
      out += cat("],\"nextCursor\":\"", cursor_after(last), "\"}");
      return out;
    }
    if (count++ > 0) out += ',';
    out += text;
    last = name_of(*from);
  }
  out += "]}";
  return out;
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
  if (!has(call.caller.scopes, Scope::mcp_read)) co_return lacks_scope(std::move(event), "mcp:read");
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
  co_await wait_for_first_lists(call.cancel);
  const auto set = index_.current();
  std::vector<RankingIndex::Hit> hits;
  if (set->ranking) {
    const auto allowed = [&set, &call](std::uint32_t id) {
      const auto place = set->ranked[id];
      if (place.tool == ToolSet::whole_server)
        return decide(call.caller, set->server(place), {}, Use::see).allowed;
      const auto& tool = set->tool(place);
      return !tool.held && decide(call.caller, set->server(place), tool.name, Use::see).allowed;
    };
    if (set->ranked.size() < search_on_worker_from)
      hits = set->ranking->search(*query, limit, allowed);
    else
      hits = co_await loop_.on_worker([&] { return set->ranking->search(*query, limit, allowed); });
  }
  std::string hint;
  if (hits.empty()) hint = "Nothing matches. Try broader or different words, one task at a time.";
  if (set->unlisted > 0)
    hint += cat(hint.empty() ? "" : " ", set->unlisted, set->unlisted == 1 ? " server has" : " servers have",
                " not listed its tools yet, so more may exist.");
  auto outcome = own_result(search_answer(*set, hits, hint));
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
  const auto set = index_.current();
  const auto row = parts ? set->by_slug.find(parts->slug) : set->by_slug.end();
  if (!has(call.caller.scopes, Scope::mcp_write)) co_return lacks_scope(std::move(event), "mcp:write");
  if (row == set->by_slug.end() ||
      !decide(call.caller, set->rows[row->second].served->server, {}, Use::see).allowed)
    co_return unknown_capability(std::move(event));
  std::string buffer;
  const auto arguments = capability_arguments(call.arguments, buffer);
  if (!arguments)
    co_return failed(std::move(event), "refused", "bad_arguments",
                     "\"arguments\" must be an object, or a JSON text of one.");
  const ToolSet::Row& server = set->rows[row->second];
  event->server = server.served->server.slug;
  if (!server.prepared)
    co_return failed(std::move(event), "failed",
                     server.health.state == Health::State::error ? server.health.reason : "starting",
                     server.health.state == Health::State::error
                         ? server.health.message
                         : cat("\"", server.served->title(),
                               "\" has not listed its tools yet. Try again in a few seconds."));
  const auto tool = server.prepared->by_name.find(parts->tool);
  if (tool == server.prepared->by_name.end()) co_return unknown_capability(std::move(event));
  Call inner{call.caller, *arguments, call.meta, std::move(call.progress), call.cancel};
  co_return co_await call_tool(set, {row->second, tool->second}, std::move(inner));
}

Task<Outcome> Router::call_flat(std::string_view name, Call call) {
  const auto set = index_.current();
  const auto found = set->by_flat_name.find(name);
  if (found == set->by_flat_name.end()) co_return unknown_tool(call.caller);
  Outcome outcome = co_await call_tool(set, found->second, std::move(call));
  co_return concealed(std::move(outcome));
}

Task<Outcome> Router::call_own(std::string_view slug, std::string_view tool, Call call) {
  const auto set = index_.current();
  const auto row = set->by_slug.find(slug);
  const auto* prepared = row == set->by_slug.end() ? nullptr : set->rows[row->second].prepared.get();
  const auto found = prepared ? prepared->by_name.find(tool) : decltype(prepared->by_name.find(tool)){};
  if (!prepared || found == prepared->by_name.end()) co_return unknown_tool(call.caller);
  const ToolSet::Place place{row->second, found->second};
  Outcome outcome = co_await call_tool(set, place, std::move(call));
  co_return concealed(std::move(outcome));
}

Task<Outcome> Router::call_tool(std::shared_ptr<const ToolSet> set, ToolSet::Place place, Call call) {
  const ToolSet::Row& row = set->rows[place.row];
  const PreparedTool& tool = set->tool(place);
  auto event = event_of(call.caller, "tool.call");
  event->server = row.served->server.slug;
  event->tool = tool.name;
  if (!has(call.caller.scopes, Scope::mcp_write) &&
      decide(call.caller, row.served->server, tool.name, Use::see).allowed) {
    auto outcome = lacks_scope(std::move(event), "mcp:write");
    outcome.status = 403;
    outcome.missing_scope = "mcp:write";
    co_return outcome;
  }
  if (const auto decision = decide(call.caller, row.served->server, tool.name, Use::call);
      !decision.allowed) {
    auto outcome = unknown_capability(std::move(event));
    outcome.event->reason = decision.reason;
    co_return outcome;
  }
  if (tool.held)
    co_return failed(std::move(event), "refused", "tool_held",
                     "This tool's definition has changed since it was accepted. An admin must look at it "
                     "before it can be used.");
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
    co_return failed(std::move(event), error.kind() == Error::Kind::timeout ? "timeout" : "failed",
                     error.id(), error.message());
  }
}

Task<void> Router::wait_for_first_lists(CancelToken cancel) {
  Until until = Until::by(Deadline::in(first_lists_time), std::move(cancel));
  co_await index_.settled(until);
}

std::string Router::list_flat(const Caller& caller, const std::optional<std::string>& cursor) const {
  const auto set = index_.current();
  const auto name_of = [&](ToolSet::Place place) -> std::string_view { return set->tool(place).flat_name; };
  const auto definition_of = [&](ToolSet::Place place) -> std::string_view {
    return set->tool(place).flat_definition;
  };
  const auto may_see = [&](ToolSet::Place place) {
    return !set->tool(place).held &&
           decide(caller, set->server(place), set->tool(place).name, Use::see).allowed;
  };
  return page(set->tools, cursor, name_of, definition_of, may_see);
}

std::string Router::list_own(const Caller& caller, std::string_view slug,
                             const std::optional<std::string>& cursor) const {
  const auto set = index_.current();
  const auto row = set->by_slug.find(slug);
  if (row == set->by_slug.end() || !set->rows[row->second].prepared) {
    const bool known = row != set->by_slug.end();
    throw Error::upstream(
        "no_list",
        known ? cat("\"", slug, "\" has not listed its tools: ", set->rows[row->second].health.message)
              : "There is no such server.");
  }
  const Server& server = set->rows[row->second].served->server;
  const auto may_see = [&](const PreparedTool& tool) {
    return !tool.held && decide(caller, server, tool.name, Use::see).allowed;
  };
  const auto name_of = [](const PreparedTool& tool) -> std::string_view { return tool.name; };
  const auto definition_of = [](const PreparedTool& tool) -> std::string_view { return tool.own_definition; };
  return page(set->rows[row->second].prepared->tools, cursor, name_of, definition_of, may_see);
}

bool Router::may_see_server(const Caller& caller, std::string_view slug) const {
  const auto set = index_.current();
  const auto row = set->by_slug.find(slug);
  return row != set->by_slug.end() &&
         decide(caller, set->rows[row->second].served->server, {}, Use::see).allowed;
}

std::string Router::instructions_of(std::string_view slug) const {
  const auto set = index_.current();
  const auto row = set->by_slug.find(slug);
  if (row == set->by_slug.end() || !set->rows[row->second].prepared) return {};
  return set->rows[row->second].prepared->instructions;
}

}  // namespace patchbay::gateway
