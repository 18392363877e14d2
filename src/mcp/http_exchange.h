#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/http_transport.h"
#include "mcp/jsonrpc.h"
#include "mcp/sse.h"

namespace patchbay::mcp {

// What both HTTP transports share: requests with the right headers, and the reading of what comes back.

// Throws Error::invalid("bad_header").
void check_headers(const ServerAddress& address);

// A request to the server with its credential; `url` is the server's own or one that it gave us.
OutgoingRequest request_to(const ServerAddress& address, std::string method, const Url& url);

// Sends a request with the account's token where there is one, and once more where the server refused that
// token and its source has another.
Task<HttpResponse> send_authorized(HttpClient& client, const ServerAddress& address, OutgoingRequest request,
                                   Until until);

// Whether the answer's media type is this one, whatever its parameters.
bool has_type(const HttpResponse& response, std::string_view type);

// Throws the Error for an answer that is no answer: by its status, or for a body of the wrong type. What the
// server wrote goes into the detail for the log (200 printable characters), never into the message.
Task<void> refuse(const ServerAddress& address, HttpResponse& response, Until until);

// The request whose response is due; id 0 where none is.
struct Awaited {
  std::int64_t id = 0;
  bool is_list = false;  // of tools: what is nested too deeply in it may be cut out
};

// Takes in one text from the server, a message or a batch. Requests and notifications go to the listener,
// which may be null; the awaited response is returned, the first where there are several. Throws
// Error::upstream
// ("upstream_protocol_error") for a text that is no JSON-RPC, or a response to something else while one is
// awaited.
std::optional<Answer> take_text(std::string text, const Awaited& awaited, TransportListener* listener);

// Every response in a text, for the one stream of the legacy transport.
void take_all(std::string text,
              const std::function<void(std::int64_t id, Answer answer, bool is_cut)>& on_answer,
              TransportListener* listener);

Error too_deep();

}  // namespace patchbay::mcp
