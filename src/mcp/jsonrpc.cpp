#include "mcp/jsonrpc.h"

#include "base/error.h"
#include "base/json_text.h"
#include "base/text.h"

namespace patchbay::mcp {

namespace {

constexpr std::string_view prefix = R"({"jsonrpc":"2.0")";

Reading refused(int code, std::string_view reason) {
  Reading reading;
  reading.refused = code;
  reading.reason = reason;
  return reading;
}

// The members that make a message, as they lie in the text.
struct Members {
  std::string_view version;
  std::optional<std::string_view> id;
  std::optional<std::string_view> method;
  std::optional<std::string_view> params;
  std::optional<std::string_view> result;
  std::optional<std::string_view> error;
};

Members find_members(std::string_view text) {
  Members members;
  for (JsonCursor cursor(text); cursor.next();) {
    const auto key = cursor.key();
    const auto value = cursor.value();
    if (key == "jsonrpc")
      members.version = value;
    else if (key == "id")
      members.id = value;
    else if (key == "method")
      members.method = value;
    else if (key == "params")
      members.params = value;
    else if (key == "result")
      members.result = value;
    else if (key == "error")
      members.error = value;
  }
  return members;
}

bool is_id(std::string_view raw) {
  switch (json_type(raw)) {
    case JsonType::string:
      return raw.size() <= longest_id + 2;
    case JsonType::number:
      return json_integer(raw).has_value();
    default:
      return false;
  }
}

// A response to a message that could not be read has the id null, and then must be an error.
Reading read_response(const Members& members) {
  if (members.result.has_value() == members.error.has_value())
    return refused(rpc::invalid_request, "A response has either a result or an error.");
  if (members.error && json_type(*members.error) != JsonType::object)
    return refused(rpc::invalid_request, "An error must be an object.");
  const bool has_no_id = members.error && (!members.id || json_type(*members.id) == JsonType::null);
  if (!has_no_id && (!members.id || !is_id(*members.id)))
    return refused(rpc::invalid_request, "The id must be a string or an integer.");
  Reading reading;
  reading.message.kind = Message::Kind::response;
  if (!has_no_id) reading.message.id = *members.id;
  reading.message.result = members.result.value_or("");
  reading.message.error = members.error.value_or("");
  return reading;
}

Reading read_call(const Members& members) {
  if (json_type(*members.method) != JsonType::string)
    return refused(rpc::invalid_request, "The method must be a string.");
  if (members.result || members.error)
    return refused(rpc::invalid_request, "A message is either a request or a response.");
  Reading reading;
  reading.message.kind = members.id ? Message::Kind::request : Message::Kind::notification;
  if (members.id) {
    if (!is_id(*members.id)) return refused(rpc::invalid_request, "The id must be a string or an integer.");
    reading.message.id = *members.id;
  }
  reading.message.method = decode_string(*members.method);
  if (members.params) {
    const auto type = json_type(*members.params);
    if (type != JsonType::object && type != JsonType::array)
      return refused(rpc::invalid_request, "The params must be an object.");
    reading.message.params = *members.params;
  }
  return reading;
}

// JSON, a comma where needed, then the rest of an object or array that `body` is.
std::string with_first_member(std::string_view body, std::string_view member) {
  const auto rest = json_trim(body).substr(1);
  const bool is_empty = json_trim(rest) == "}";
  return cat("{", member, is_empty ? "" : ",", rest);
}

// `whole` with the part that `view` shows replaced.
std::string with_replaced(std::string_view whole, std::string_view view, std::string_view replacement) {
  const auto at = static_cast<std::size_t>(view.data() - whole.data());
  return cat(whole.substr(0, at), replacement, whole.substr(at + view.size()));
}

}  // namespace

Reading read_message(std::string_view text, int max_depth) {
  try {
    JsonLimits limits;
    limits.max_bytes = text.size();
    limits.max_depth = max_depth;
    check_json(text, limits);
  } catch (const Error& error) {
    if (error.id() == "json_duplicate_key")
      return refused(rpc::invalid_request, "An object has the same key twice.");
    if (error.id() == "json_too_many_keys")
      return refused(rpc::invalid_request, cat("An object has more than ", most_keys, " keys."));
    if (error.id() != "json_depth") return refused(rpc::parse_error, "The message is not proper JSON.");
    auto reading = refused(rpc::parse_error, "The JSON is nested too deeply.");
    reading.is_too_deep = true;
    return reading;
  }
  if (json_type(text) != JsonType::object)
    return refused(rpc::invalid_request,
                   is_batch(text) ? "Batches are not supported." : "A message must be an object.");
  const Members members = find_members(text);
  if (members.version != R"("2.0")")
    return refused(rpc::invalid_request, "The member jsonrpc must be \"2.0\".");
  return members.method ? read_call(members) : read_response(members);
}

// The text is not checked yet: brackets are only counted, those inside strings left out.
std::string cut_below(std::string_view text, int depth) {
  std::string kept;
  int level = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool was_deep = level > depth;
    if (in_string) {
      if (c == '\\' && i + 1 < text.size()) {
        if (!was_deep) kept += c;
        ++i;
      }
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++level == depth + 1) kept += "null";
    } else if (c == '}' || c == ']') {
      --level;
    }
    if (!was_deep && level <= depth) kept += text[i];
  }
  return kept;
}

bool is_batch(std::string_view text) {
  return json_trim(text).starts_with('[');
}

std::optional<std::int64_t> own_id(std::string_view raw_id) {
  return json_integer(raw_id);
}

std::string request_text(std::int64_t id, std::string_view method, std::string_view raw_params) {
  std::string text;
  text.reserve(prefix.size() + method.size() + raw_params.size() + 64);
  text.append(prefix).append(R"(,"id":)");
  text_detail::append(text, id);
  text.append(R"(,"method":")").append(method).append("\"");
  if (!raw_params.empty()) text.append(R"(,"params":)").append(raw_params);
  text += '}';
  return text;
}

std::string notification_text(std::string_view method, std::string_view raw_params) {
  return cat(prefix, R"(,"method":")", method, "\"", raw_params.empty() ? "" : R"(,"params":)", raw_params,
             "}");
}

std::string result_text(std::string_view raw_id, std::string_view raw_result) {
  std::string text;
  text.reserve(prefix.size() + raw_id.size() + raw_result.size() + 20);
  text.append(prefix)
      .append(R"(,"id":)")
      .append(raw_id)
      .append(R"(,"result":)")
      .append(raw_result)
      .append("}");
  return text;
}

std::string error_text(std::string_view raw_id, int code, std::string_view message,
                       std::string_view raw_data) {
  const auto error = cat(R"({"code":)", code, R"(,"message":)", quote_string(message),
                         raw_data.empty() ? "" : R"(,"data":)", raw_data, "}");
  return raw_error_text(raw_id, error);
}

std::string raw_error_text(std::string_view raw_id, std::string_view raw_error) {
  return cat(prefix, R"(,"id":)", raw_id.empty() ? "null" : raw_id, R"(,"error":)", raw_error, "}");
}

std::string with_progress_token(std::string_view params, std::int64_t token) {
  const auto member = cat(R"("progressToken":)", token);
  const auto meta = find_member(params, "_meta");
  if (!meta) return with_first_member(params, cat(R"("_meta":{)", member, "}"));
  if (json_type(*meta) != JsonType::object) return with_replaced(params, *meta, cat("{", member, "}"));
  const auto old = find_member(*meta, "progressToken");
  if (old) return with_replaced(params, *old, cat(token));
  return with_replaced(params, *meta, with_first_member(*meta, member));
}

}  // namespace patchbay::mcp
