#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay::mcp {

namespace rpc {
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int url_elicitation_required = -32042;
inline constexpr int internal_error = -32603;
}  // namespace rpc

// A JSON-RPC message as it travels. Everything but the method is a view of the raw text.
struct Message {
  enum class Kind : std::uint8_t { request, notification, response };
  Kind kind = Kind::notification;
  std::string_view
      id;  // raw: an integer of at most 64 bits, or a string of at most 256 bytes; empty where absent
  std::string method;       // unescaped; empty in a response
  std::string_view params;  // an object or an array; empty where absent
  std::string_view result;  // one of result and error is there in a response
  std::string_view error;   // an object
};

// What a text turned out to be: a message, or the code and sentence to refuse it with.
struct Reading {
  Message message;
  int refused = 0;  // rpc::parse_error or rpc::invalid_request; 0 where there is a message
  std::string_view reason;
  bool is_too_deep = false;
};

inline constexpr std::size_t longest_id = 256;

// Checks the whole text (form, UTF-8, depth, duplicate keys) and finds the members of the one message in it.
// A batch is refused: see is_batch.
Reading read_message(std::string_view text, int max_depth = 64);

// `text` with every object and array below `depth` levels replaced by null. For lists of tools, where one bad
// entry must not cost the others.
std::string cut_below(std::string_view text, int depth);

// Whether the text begins like an array of messages (2025-03-26 only).
bool is_batch(std::string_view text);

// The integer id that we minted, from an id's raw text.
std::optional<std::int64_t> own_id(std::string_view raw_id);

// Builders. Whatever is raw must be checked JSON; it is put in as it is. Absent params are "".
std::string request_text(std::int64_t id, std::string_view method, std::string_view raw_params);
std::string notification_text(std::string_view method, std::string_view raw_params);
std::string result_text(std::string_view raw_id, std::string_view raw_result);
// An empty id becomes null (a request whose id could not be read).
std::string error_text(std::string_view raw_id, int code, std::string_view message,
                       std::string_view raw_data = {});
// The error of an upstream, as raw JSON, under the caller's id.
std::string raw_error_text(std::string_view raw_id, std::string_view raw_error);

// `params`, an object, with `_meta.progressToken` set to `token`, whatever it was before.
std::string with_progress_token(std::string_view params, std::int64_t token);

}  // namespace patchbay::mcp
