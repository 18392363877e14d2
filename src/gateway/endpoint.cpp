#include "gateway/endpoint.h"

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/text.h"
#include "domain/profile.h"
#include "mcp/protocol.h"

namespace patchbay::gateway {

namespace {

constexpr std::string_view router_instructions =
    "Patchbay gives access to the tools of many servers through two tools. First call search_capabilities "
    "with what you want to "
    "do in plain words; then call execute_capability with the name of a match and arguments that fit its "
    "input schema.";
constexpr std::string_view flat_instructions =
    "Patchbay gives access to the tools of many servers. A tool's name begins with its server's.";

std::optional<std::string> text_member(std::string_view object, std::string_view name) {
  if (object.empty() || json_type(object) != JsonType::object) return std::nullopt;
  const auto raw = find_member(object, name);
  if (!raw || json_type(*raw) != JsonType::string) return std::nullopt;
  return decode_string(*raw);
}

std::string client_of(std::string_view params) {
  const auto info = find_member(params, "clientInfo");
  if (!info || json_type(*info) != JsonType::object) return "unknown";
  std::string name = clean_text(text_member(*info, "name").value_or("unknown"), 80, false);
  const std::string version = clean_text(text_member(*info, "version").value_or(""), 40, false);
  return version.empty() ? name : cat(name, " ", version);
}

// capabilities.elicitation.url of the initialize request.
bool opens_urls(std::string_view params) {
  auto object = std::optional<std::string_view>(params);
  for (const std::string_view name : {"capabilities", "elicitation", "url"}) {
    object = find_member(*object, name);
    if (!object || json_type(*object) != JsonType::object) return false;
  }
  return true;
}

// Whether the endpoint has the two tools, rather than the tools themselves.
bool has_router(const Endpoint::Incoming& incoming) {
  if (incoming.endpoint.kind == EndpointName::Kind::profile)
    return incoming.caller.profile && !incoming.caller.profile->is_flat;
  return incoming.endpoint.kind == EndpointName::Kind::router;
}

bool is_object_or_absent(std::string_view raw) {
  return raw.empty() || json_type(raw) == JsonType::object;
}

}  // namespace

std::optional<EndpointName> endpoint_at(std::string_view path) {
  using Kind = EndpointName::Kind;
  if (path == "/mcp") return EndpointName{Kind::router, {}};
  if (path == "/mcp/all") return EndpointName{Kind::flat, {}};
  constexpr std::string_view servers = "/mcp/servers/";
  constexpr std::string_view profiles = "/mcp/p/";
  const bool is_profile = path.starts_with(profiles);
  if (!is_profile && !path.starts_with(servers)) return std::nullopt;
  const auto slug = path.substr(is_profile ? profiles.size() : servers.size());
  if (slug.empty() || slug.find('/') != std::string_view::npos) return std::nullopt;
  return EndpointName{is_profile ? Kind::profile : Kind::server, std::string(slug)};
}

Task<Outcome> Endpoint::handle(Incoming& incoming) {
  const auto& message = incoming.message;
  if (!is_object_or_absent(message.params))
    co_return rpc_failure(mcp::rpc::invalid_params, "\"params\" must be an object.");
  if (message.method == mcp::method::tools_call) co_return co_await call_tool(incoming);
  if (message.method == mcp::method::tools_list) co_return co_await list_tools(incoming);
  if (message.method == mcp::method::initialize) co_return initialize(incoming);
  if (message.method == mcp::method::ping) {
    Outcome outcome;
    outcome.own = "{}";
    co_return outcome;
  }
  co_return rpc_failure(mcp::rpc::method_not_found, "This endpoint has no such method.");
}

Outcome Endpoint::initialize(Incoming& incoming) {
  const auto wanted = text_member(incoming.message.params, "protocolVersion");
  if (!wanted) return rpc_failure(mcp::rpc::invalid_params, "\"protocolVersion\" must be text.");
  const std::string version(mcp::negotiate(*wanted));
  incoming.opened =
      sessions_.create(incoming.caller, incoming.endpoint, version, client_of(incoming.message.params));

  incoming.opened->opens_urls = opens_urls(incoming.message.params);
  const bool is_router = has_router(incoming);
  std::string instructions(is_router ? router_instructions : flat_instructions);
  if (incoming.endpoint.kind == EndpointName::Kind::server) instructions = instructions_of(incoming);
  Outcome outcome;
  outcome.own = cat("{\"protocolVersion\":\"", version, "\",\"capabilities\":{\"tools\":{\"listChanged\":",
                    is_router ? std::string_view("false") : std::string_view("true"),
                    "}},\"serverInfo\":{\"name\":\"patchbay\",\"title\":\"Patchbay\",\"version\":\"",
                    PATCHBAY_VERSION, "\"}");
  if (!instructions.empty()) outcome.own += cat(",\"instructions\":", quote_string(instructions));
  outcome.own += '}';
  return outcome;
}

std::string Endpoint::instructions_of(const Incoming& incoming) const {
  const auto spot = router_.view(incoming.caller).find_server(incoming.endpoint.slug);
  return spot && spot->row().prepared ? spot->row().prepared->instructions : std::string();
}

Task<Outcome> Endpoint::list_tools(const Incoming& incoming) {
  std::optional<std::string> cursor;
  if (!incoming.message.params.empty()) {
    const auto raw = find_member(incoming.message.params, "cursor");
    if (raw && json_type(*raw) != JsonType::string && json_type(*raw) != JsonType::null)
      co_return rpc_failure(mcp::rpc::invalid_params, "\"cursor\" must be text.");
    if (raw && json_type(*raw) == JsonType::string) cursor = decode_string(*raw);
  }
  Outcome outcome;
  try {
    if (has_router(incoming)) {
      outcome.own = cat("{\"tools\":", Router::own_tools(), "}");
      co_return outcome;
    }
    co_await router_.wait_for_first_lists(incoming.caller, incoming.cancel);
    auto view = router_.view(incoming.caller);
    outcome.own = incoming.endpoint.kind == EndpointName::Kind::server
                      ? view.list_server(incoming.endpoint.slug, cursor)
                      : view.list_flat(cursor);
  } catch (const Error& error) {
    co_return rpc_failure(
        error.kind() == Error::Kind::invalid ? mcp::rpc::invalid_params : mcp::rpc::internal_error,
        error.message());
  }
  co_return outcome;
}

Task<Outcome> Endpoint::call_tool(Incoming& incoming) {
  const auto params = incoming.message.params;
  const auto name = text_member(params, "name");
  if (!name || name->find('\0') != std::string::npos)
    co_return rpc_failure(mcp::rpc::invalid_params, "\"name\" must be the name of a tool.");
  const auto arguments = find_member(params, "arguments").value_or(std::string_view());
  if (!arguments.empty() && json_type(arguments) != JsonType::object)
    co_return rpc_failure(mcp::rpc::invalid_params, "\"arguments\" must be an object.");
  const auto meta = find_member(params, "_meta").value_or(std::string_view());
  if (!is_object_or_absent(meta))
    co_return rpc_failure(mcp::rpc::invalid_params, "\"_meta\" must be an object.");

  Router::Call call{incoming.caller,
                    arguments.empty() ? std::string_view("{}") : arguments,
                    meta,
                    std::move(incoming.progress),
                    incoming.cancel,
                    incoming.session && incoming.session->opens_urls};
  if (incoming.endpoint.kind == EndpointName::Kind::server)
    co_return co_await router_.call_own(incoming.endpoint.slug, *name, std::move(call));
  if (!has_router(incoming)) co_return co_await router_.call_flat(*name, std::move(call));
  if (*name == "search_capabilities") co_return co_await router_.search(std::move(call));
  if (*name == "execute_capability") co_return co_await router_.execute(std::move(call));
  co_return rpc_failure(
      mcp::rpc::invalid_params,
      "There is no such tool. This endpoint has search_capabilities and execute_capability.");
}

void Endpoint::take(const Incoming& incoming) {
  if (!incoming.session || incoming.message.method != mcp::method::cancelled ||
      incoming.message.params.empty() || json_type(incoming.message.params) != JsonType::object)
    return;
  if (const auto id = find_member(incoming.message.params, "requestId"))
    sessions_.cancel_call(*incoming.session, json_trim(*id));
}

}  // namespace patchbay::gateway
