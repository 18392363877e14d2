#include "gateway/endpoint.h"

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/text.h"
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

bool is_object_or_absent(std::string_view raw) {
  return raw.empty() || json_type(raw) == JsonType::object;
}

}  // namespace

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

  const bool is_router = incoming.endpoint.kind == EndpointName::Kind::router;
  std::string instructions(is_router ? router_instructions : flat_instructions);
  if (incoming.endpoint.kind == EndpointName::Kind::server)
    instructions = router_.instructions_of(incoming.endpoint.slug);
  Outcome outcome;
  outcome.own = cat("{\"protocolVersion\":\"", version, "\",\"capabilities\":{\"tools\":{\"listChanged\":",
                    is_router ? std::string_view("false") : std::string_view("true"),
                    "}},\"serverInfo\":{\"name\":\"patchbay\",\"title\":\"Patchbay\",\"version\":\"",
                    PATCHBAY_VERSION, "\"}");
  if (!instructions.empty()) outcome.own += cat(",\"instructions\":", quote_string(instructions));
  outcome.own += '}';
  return outcome;
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
    if (incoming.endpoint.kind == EndpointName::Kind::router) {
      outcome.own = cat("{\"tools\":", Router::own_tools(), "}");
      co_return outcome;
    }
    co_await router_.wait_for_first_lists(incoming.cancel);
    outcome.own = incoming.endpoint.kind == EndpointName::Kind::flat
                      ? router_.list_flat(incoming.caller, cursor)
                      : router_.list_own(incoming.caller, incoming.endpoint.slug, cursor);
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

  Router::Call call{incoming.caller, arguments.empty() ? std::string_view("{}") : arguments, meta,
                    std::move(incoming.progress), incoming.cancel};
  switch (incoming.endpoint.kind) {
    case EndpointName::Kind::flat:
      co_return co_await router_.call_flat(*name, std::move(call));
    case EndpointName::Kind::server:
      co_return co_await router_.call_own(incoming.endpoint.slug, *name, std::move(call));
    case EndpointName::Kind::router:
      break;
  }
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
