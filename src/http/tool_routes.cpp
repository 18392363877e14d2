#include "http/tool_routes.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/http_reply.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/text.h"
#include "gateway/tool_formats.h"
#include "gateway/tool_result.h"
#include "http/answering.h"
#include "http/bearer_challenge.h"
#include "http/media_type.h"
#include "http/route.h"

namespace patchbay::http {

namespace {

constexpr std::string_view list_path = "/v1/tools";
constexpr std::string_view call_path = "/v1/tools/call";
constexpr std::size_t longest_session = 128;
constexpr const char* unknown_tool_message = "There is no such tool. Ask for the list of tools again.";

// What a call asks for.
struct Wish {
  std::string name;
  std::string arguments = "{}";
  std::string session;
};

Error bad_arguments() {
  return Error::invalid("bad_arguments", "\"arguments\" must be an object, or a JSON text of one.");
}

// The label under which a chat keeps its own choice of servers.
void check_session(std::string_view session) {
  const bool fits = !session.empty() && session.size() <= longest_session &&
                    std::ranges::all_of(session, [](char c) { return c > ' ' && c < 0x7f; });
  if (!fits)
    throw Error::invalid("bad_session",
                         "\"session\" must be 1 to 128 visible ASCII characters without blanks.");
}

std::string text_of(std::string_view name, std::string_view raw) {
  if (json_type(raw) != JsonType::string)
    throw Error::invalid("bad_field", cat("\"", name, "\" must be text."));
  return decode_string(raw);
}

// An object as it came, or the same as JSON text, as model APIs give it; nothing, null and an empty text mean
// no arguments.
std::string arguments_of(std::string_view raw) {
  if (json_type(raw) == JsonType::null) return "{}";
  if (json_type(raw) == JsonType::object) return std::string(json_trim(raw));
  if (json_type(raw) != JsonType::string) throw bad_arguments();
  std::string text = decode_string(raw);
  if (trim(text).empty()) return "{}";
  try {
    check_json(text);
  } catch (const Error&) {
    throw bad_arguments();
  }
  if (json_type(text) != JsonType::object) throw bad_arguments();
  return text;
}

Wish read_wish(const HttpRequest& request) {
  const auto type = request.header("content-type").value_or("");
  if (!equal_ignoring_case(media_type(type), "application/json"))
    throw Error::invalid("not_json", "The body must be JSON, and its Content-Type application/json.");
  check_json(request.body);
  if (json_type(request.body) != JsonType::object)
    throw Error::invalid("bad_field", "The body must be an object with \"name\" and \"arguments\".");
  Wish wish;
  for_each_member(request.body, [&](std::string_view key, std::string_view raw) {
    if (key == "name")
      wish.name = text_of(key, raw);
    else if (key == "arguments")
      wish.arguments = arguments_of(raw);
    else if (key != "session")
      throw Error::invalid("unknown_field", cat("There is no field ", quote_string(key), " here."));
    else if (json_type(raw) != JsonType::null)
      check_session(wish.session = text_of(key, raw));
    return true;
  });
  if (wish.name.empty()) throw Error::invalid("bad_field", "\"name\" must be the flat name of a tool.");
  return wish;
}

struct ListWish {
  gateway::ToolFormat format = gateway::ToolFormat::mcp;
  std::optional<std::string> session;
  std::optional<std::string> cursor;
  std::optional<std::string> name;
};

ListWish read_list_wish(const HttpRequest& request, const Caller& caller) {
  const Request given{request, caller, {}};
  const auto format = gateway::parse_tool_format(given.query("format").value_or("mcp"));
  if (!format)
    throw Error::invalid("bad_parameter", "\"format\" must be mcp, openai, anthropic, gemini or people.");
  ListWish wish{*format, given.query("session"), given.query("cursor"), given.query("name")};
  if (wish.name && *format != gateway::ToolFormat::people)
    throw Error::invalid("bad_parameter", "\"name\" goes with format=people only.");
  if (wish.session) check_session(*wish.session);
  return wish;
}

// The list that is asked for, or the one tool.
std::string listed(const gateway::ToolView& view, const ListWish& wish) {
  if (wish.format != gateway::ToolFormat::people) return view.list_flat(wish.cursor);
  if (!wish.name) return view.list_for_people(wish.cursor);
  const auto one = view.describe(*wish.name);
  if (!one) throw Error::not_found("unknown_tool", unknown_tool_message);
  return cat("{\"tools\":[", *one, "]}");
}

// What a progress notification says, without the token that only we know.
std::string progress_json(std::string_view params) {
  std::string out;
  for_each_member(params, [&](std::string_view key, std::string_view value) {
    if (key != "progressToken") out += cat(out.empty() ? "" : ",", quote_string(key), ":", value);
    return true;
  });
  return cat("{", out, "}");
}

HttpReply lacks_scope(std::string_view public_url, std::string_view scope) {
  auto reply = error_reply(403, "insufficient_scope",
                           cat("This needs the scope ", scope, ". Ask an admin for a token that has it."));
  reply.headers.push_back({"WWW-Authenticate", bearer_challenge(public_url, "/mcp", "insufficient_scope")});
  return reply;
}

// Whoever may not call at all learns nothing of what there is.
gateway::Outcome refused_for_scope(const Caller& caller) {
  gateway::Outcome outcome;
  outcome.status = 403;
  outcome.missing_scope = "mcp:write";
  outcome.event = std::make_unique<Event>();
  outcome.event->actor = actor_of(caller);
  outcome.event->actor_name = caller.name;
  outcome.event->action = "tool.call";
  outcome.event->outcome = "refused";
  outcome.event->reason = "insufficient_mcp_scope";
  return outcome;
}

// JSON where both will do. Throws where neither will.
bool wants_stream(const HttpRequest& request) {
  const auto accept = request.header("accept");
  if (!accept || accepts_any(*accept, {"application/json", "application/*", "*/*"})) return false;
  return accepts_any(*accept, {"text/event-stream", "text/*"});
}

}  // namespace

// One request on its way through.
struct ToolRoutes::Visit {
  Exchange& exchange;
  Caller caller;
  Wish wish;
  CallRecord::Time began;
  const HttpRequest& request() const { return static_cast<const Exchange&>(exchange).request(); }
};

ToolRoutes::ToolRoutes(Loop& loop, gateway::Router& router, const Identity& identity, CallRecord record,
                       ToolRoutesSettings settings)
    : loop_(loop), router_(router), identity_(identity), record_(record), settings_(settings) {}

bool ToolRoutes::owns(std::string_view path) {
  return path == list_path || path == call_path;
}

Task<void> ToolRoutes::serve(Exchange& exchange) {
  Visit visit{exchange, {}, {}, std::chrono::steady_clock::now()};
  auto caller = co_await identity_.identify_on(loop_, visit.request());
  if (!caller)
    throw Error::unauthenticated("unauthenticated",
                                 "A valid token is needed: send it as Authorization: Bearer.");
  visit.caller = std::move(*caller);
  const bool is_call = visit.request().path == call_path;
  const std::string& method = visit.request().method;
  const bool fits = is_call ? method == "POST" : method == "GET" || method == "HEAD";
  if (!fits) {
    auto reply = error_reply(405, "method_not_allowed", "This address does not take this method.");
    reply.headers.push_back({"Allow", is_call ? "POST" : "GET, HEAD"});
    co_await exchange.reply(std::move(reply));
  } else if (is_call) {
    co_await call(visit);
  } else {
    co_await list(visit);
  }
}

Task<void> ToolRoutes::list(Visit& visit) {
  if (!has(visit.caller.scopes, Scope::mcp_read)) {
    auto refusal = lacks_scope(settings_.public_url, "mcp:read");
    co_await visit.exchange.reply(std::move(refusal));
    co_return;
  }
  ListWish wish = read_list_wish(visit.request(), visit.caller);
  if (wish.session) identity_.narrow(visit.caller, *wish.session);
  co_await router_.wait_for_first_lists(visit.caller, visit.exchange.gone());
  std::string page = listed(router_.view(visit.caller), wish);
  std::string body = co_await loop_.on_worker(
      [&page, format = wish.format] { return gateway::tools_in_format(page, format); });
  auto reply = HttpReply::json(200, std::move(body));
  reply.headers.push_back({"Cache-Control", "no-store"});
  co_await visit.exchange.reply(std::move(reply));
}

Task<void> ToolRoutes::call(Visit& visit) {
  const auto accept = visit.request().header("accept");
  const bool streams = wants_stream(visit.request());
  if (accept && !streams && !accepts_any(*accept, {"application/json", "application/*", "*/*"})) {
    auto refusal = error_reply(406, "not_acceptable", "Accept application/json or text/event-stream.");
    co_await visit.exchange.reply(std::move(refusal));
    co_return;
  }
  visit.wish = read_wish(visit.request());
  if (!visit.wish.session.empty()) identity_.narrow(visit.caller, visit.wish.session);
  if (streams)
    co_await call_streamed(visit);
  else
    co_await call_whole(visit);
}

Task<void> ToolRoutes::call_whole(Visit& visit) {
  visit.exchange.watch_for_close();
  auto outcome = co_await run(visit, {});
  auto reply = co_await settle(visit, outcome, false);
  co_await visit.exchange.reply(std::move(reply));
}

Task<void> ToolRoutes::call_streamed(Visit& visit) {
  Answering answering(loop_, visit.exchange, settings_.first_sign, settings_.keepalive);
  gateway::Router::Progress progress = [&answering](std::string_view params) {
    answering.send(progress_json(params), "progress");
  };
  auto outcome = co_await run(visit, std::move(progress));
  auto reply = co_await settle(visit, outcome, true);
  const bool is_result = reply.status == 200;
  if (is_result) answering.begin();
  std::erase_if(reply.headers, [](const Header& header) {  // what Answering says by itself
    return header.name == "Content-Type" || header.name == "Cache-Control";
  });
  const std::string_view type = is_result ? "mcp_tool_result" : "error";
  co_await answering.finish(reply.status, std::move(reply.headers), std::move(reply.body), type);
}

Task<gateway::Outcome> ToolRoutes::run(Visit& visit, gateway::Router::Progress progress) {
  gateway::Outcome outcome;
  if (!has(visit.caller.scopes, Scope::mcp_write)) {
    outcome = refused_for_scope(visit.caller);
    co_return outcome;
  }
  try {
    CancelToken gone = visit.exchange.gone();
    std::string_view no_meta;
    gateway::Router::Call call{visit.caller, visit.wish.arguments, no_meta, std::move(progress), gone};
    outcome = co_await router_.call_flat(visit.wish.name, std::move(call));
  } catch (const std::exception& error) {
    log::error("tools.failed", {{"message", error.what()}});
    outcome = gateway::Outcome();
  }
  co_return outcome;
}

// The answer, once the call is in the trail. What a tool or its server did wrong is a result that the model
// can read; what the caller did wrong has a status.
Task<HttpReply> ToolRoutes::settle(Visit& visit, gateway::Outcome& outcome, bool streams) {
  if (!outcome.event) co_return internal_error_reply();
  gateway::ToolResult result;
  const bool is_result = !outcome.is_unknown && outcome.missing_scope.empty();
  if (is_result) gateway::read_tool_result(outcome, result);
  std::string server = outcome.event->server;
  std::string tool = outcome.event->tool;
  record_.complete(outcome, visit.request(), visit.caller, CallRecord::client_of(visit.request()),
                   visit.began);
  const std::int64_t duration_ms = outcome.event->duration_us / 1000;
  const bool kept = co_await record_.keep(outcome);
  if (!kept) co_return error_reply(503, "not_recorded", CallRecord::withheld_message);
  if (!outcome.missing_scope.empty()) co_return lacks_scope(settings_.public_url, outcome.missing_scope);
  if (outcome.retry_after > 0) {
    auto busy = error_reply(429, "too_many_calls", std::string(result.text));
    busy.headers.push_back({"Retry-After", std::to_string(outcome.retry_after)});
    co_return busy;
  }
  if (!is_result) co_return error_reply(404, "unknown_tool", unknown_tool_message);
  std::string body = streams ? gateway::tool_result_event(
                                   {visit.wish.name, server, tool, visit.wish.arguments, duration_ms}, result)
                             : gateway::tool_result_json(result);
  auto reply = HttpReply::json(200, std::move(body));
  reply.headers.push_back({"Cache-Control", "no-store"});
  co_return reply;
}

}  // namespace patchbay::http
