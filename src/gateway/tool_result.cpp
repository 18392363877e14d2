#include "gateway/tool_result.h"

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/text.h"
#include "gateway/search_answer.h"

namespace patchbay::gateway {

namespace {

std::string text_member(std::string_view object, std::string_view name) {
  const auto raw = json_type(object) == JsonType::object ? find_member(object, name) : std::nullopt;
  return raw && json_type(*raw) == JsonType::string ? decode_string(*raw) : std::string();
}

bool says_is_error(std::string_view result) {
  const auto flag = json_type(result) == JsonType::object ? find_member(result, "isError") : std::nullopt;
  return flag && json_trim(*flag) == "true";
}

std::string_view truth(bool value) {
  return value ? "true" : "false";
}

std::string error_json(const ToolResult& result) {
  return result.error.empty() ? "null" : quote_string(result.error);
}

// Hidden characters go, for it is looked at by people; the end of a cut one is "…".
std::string preview(std::string_view text) {
  return quote_string(clean_text(text, longest_preview, true));
}

}  // namespace

std::string joined_text(std::string_view result) {
  std::string text;
  bool has_text = false;
  if (json_type(result) != JsonType::object) return text;
  for_each_element(find_member(result, "content").value_or("[]"), [&](std::string_view block) {
    if (text_member(block, "type") != "text") return true;
    if (has_text) text += '\n';
    has_text = true;
    text += text_member(block, "text");
    return true;
  });
  const auto structured = find_member(result, "structuredContent");
  if (!has_text && structured && json_type(*structured) == JsonType::object) text = json_trim(*structured);
  return text;
}

void read_tool_result(const Outcome& outcome, ToolResult& into) {
  const bool is_ok = !outcome.event || outcome.event->outcome == "ok";
  if (!is_ok) into.error = outcome.event->reason;
  into.result = outcome.part();
  if (outcome.is_error) {  // a JSON-RPC error, said as a tool says it
    into.own = failed_result(into.error.empty() ? "upstream_rpc_error" : into.error,
                             text_member(outcome.part(), "message"));
    into.result = into.own;
  }
  into.is_error = outcome.is_error || says_is_error(into.result);
  into.text = joined_text(into.result);
}

std::string tool_result_json(const ToolResult& result) {
  return cat("{\"result\":", result.result, ",\"text\":", quote_string(result.text),
             ",\"is_error\":", truth(result.is_error), ",\"error\":", error_json(result), "}");
}

std::string tool_result_event(const ToolCallNote& note, const ToolResult& result) {
  return cat(
      "{\"name\":", quote_string(note.name), ",\"server\":", quote_string(note.server),
      ",\"tool\":", quote_string(note.tool), ",\"arguments_preview\":", preview(note.arguments),
      ",\"output_preview\":", preview(result.text.empty() ? result.result : std::string_view(result.text)),
      ",\"is_error\":", truth(result.is_error), ",\"error\":", error_json(result),
      ",\"duration_ms\":", note.duration_ms, ",\"result\":", result.result, "}");
}

}  // namespace patchbay::gateway
