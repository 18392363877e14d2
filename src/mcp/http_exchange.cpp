#include "mcp/http_exchange.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/text.h"

namespace patchbay::mcp {

namespace {

constexpr std::size_t most_in_batch = 100;
constexpr std::size_t shown_of_body = 200;
// Of a text that is nested too deeply this much is kept, and more than that checked: enough to see which
// tools of a list have schemas that are too deep.
constexpr int kept_depth = 80;
constexpr int checked_depth = 96;

Error nonsense(std::string detail) {
  return Error::upstream("upstream_protocol_error", "What the server sent is not a proper MCP message.",
                         std::move(detail));
}

void hear(const Message& message, TransportListener* listener) {
  if (!listener) return;
  if (message.kind == Message::Kind::request)
    listener->on_request(message.id, message.method, message.params);
  else
    listener->on_notification(message.method, message.params);
}

// One message. An answer owns the text it is a part of, so the text is moved, not copied.
template <class OnAnswer>
void take_one(std::string text, TransportListener* listener, const OnAnswer& on_answer) {
  Reading reading = read_message(text);
  const bool is_cut = reading.is_too_deep;
  if (is_cut) {
    text = cut_below(text, kept_depth);
    reading = read_message(text, checked_depth);
  }
  if (reading.refused) throw nonsense(std::string(reading.reason));
  const Message& message = reading.message;
  if (message.kind != Message::Kind::response) return hear(message, listener);
  const auto id = own_id(message.id);
  const bool is_error = !message.error.empty();
  const auto part = is_error ? message.error : message.result;
  const auto offset = static_cast<std::size_t>(part.data() - text.data());
  const auto length = part.size();
  on_answer(id, Answer{std::move(text), offset, length, is_error}, is_cut);
}

template <class OnAnswer>
void take_each(std::string text, TransportListener* listener, const OnAnswer& on_answer) {
  if (!is_batch(text)) return take_one(std::move(text), listener, on_answer);
  try {
    check_json(text, {text.size(), JsonLimits().max_depth});
  } catch (const Error& error) {
    throw nonsense(error.id());
  }
  std::size_t count = 0;
  for_each_element(text, [&](std::string_view message) {
    if (++count > most_in_batch) throw nonsense("a batch of too many messages");
    take_one(std::string(message), listener, on_answer);
    return true;
  });
}

std::string printable(std::string_view body) {
  std::string shown;
  for (const char c : body.substr(0, 4 * shown_of_body))
    if (c >= 0x20 && c < 0x7f && shown.size() < shown_of_body) shown += c;
  return shown;
}

}  // namespace

Error too_deep() {
  return nonsense("JSON nested too deeply");
}

namespace {

Error refusal_of(const ServerAddress& address, int status, std::string detail) {
  if (status == 401 || status == 403)
    return Error::upstream("upstream_unauthorized",
                           cat("\"", address.label, "\" does not accept the credential. Connect it again."),
                           std::move(detail));
  if (status >= 300 && status < 400)
    return Error::upstream(
        "upstream_error",
        cat("\"", address.label,
            "\" has moved to another address, which is not followed. Ask an admin to enter the new URL."),
        std::move(detail));
  if (status == 429)
    return Error::upstream("upstream_busy",
                           cat("\"", address.label, "\" asks for fewer requests. Try again later."),
                           std::move(detail));
  if (status >= 200 && status < 300)
    return Error::upstream(
        "upstream_protocol_error",
        cat("\"", address.label, "\" answered with something that is not MCP. Is its URL right?"),
        std::move(detail));
  return Error::upstream("upstream_error",
                         cat("\"", address.label, "\" refused the request with status ", status, "."),
                         std::move(detail));
}

}  // namespace

void check_headers(const ServerAddress& address) {
  constexpr std::array<std::string_view, 5> computed = {"accept", "content-type", "last-event-id", "host",
                                                        "content-length"};
  for (const SecretHeader& header : address.headers) {
    const auto name = lower(header.name);
    if (name.starts_with("mcp-") || std::find(computed.begin(), computed.end(), name) != computed.end())
      throw Error::invalid("bad_header",
                           cat("The header ", header.name, " is set by Patchbay itself. Leave it out."));
  }
}

OutgoingRequest request_to(const ServerAddress& address, std::string method, const Url& url) {
  OutgoingRequest request;
  request.method = std::move(method);
  request.url = url;
  request.giver = address.giver;
  request.tls = address.tls;
  request.pool_key = address.pool_key;
  request.unix_socket = address.unix_socket;
  request.limits = address.limits;
  request.headers.reserve(address.headers.size() + 4);
  for (const SecretHeader& header : address.headers)
    request.headers.push_back({header.name, header.value.reveal()});
  return request;
}

namespace {

// Of one request. Each time another token was there, so only the unlucky among many callers come to this;
// whether asking goes on in vain is the source's to judge.
constexpr int most_refusals = 20;
constexpr std::size_t most_challenges = 16;

TokenSource::Refusal refusal_of(const HttpResponse& response) {
  TokenSource::Refusal refusal;
  refusal.status = response.status();
  for (std::size_t i = 0; i < response.header_count() && refusal.www_authenticate.size() < most_challenges;
       ++i)
    if (auto header = response.header_at(i); header.name == "www-authenticate")
      refusal.www_authenticate.push_back(std::move(header.value));
  return refusal;
}

Task<HttpResponse> send_with_token(HttpClient& client, TokenSource& tokens, OutgoingRequest request,
                                   Until until) {
  for (int refusals = 0;; ++refusals) {
    auto token = tokens.ready();
    if (!token) token = co_await tokens.token(until);
    OutgoingRequest attempt = request;
    if (token) attempt.headers.push_back({"Authorization", cat("Bearer ", token->reveal())});
    auto response = co_await client.send(std::move(attempt), until);
    const int status = response.status();
    const bool is_refused = status == 401 || status == 403;
    if (!is_refused && token) tokens.accepted(token);
    if (!is_refused || refusals == most_refusals) co_return response;
    auto refusal = refusal_of(response);
    const bool again = co_await tokens.refused(token, std::move(refusal), until);
    if (!again) co_return response;
  }
}

}  // namespace

Task<HttpResponse> send_authorized(HttpClient& client, const ServerAddress& address, OutgoingRequest request,
                                   Until until) {
  if (!address.tokens) return client.send(std::move(request), std::move(until));
  return send_with_token(client, *address.tokens, std::move(request), std::move(until));
}

bool has_type(const HttpResponse& response, std::string_view type) {
  const auto header = response.header("content-type");
  return header && equal_ignoring_case(trim(header->substr(0, header->find(';'))), type);
}

Task<void> refuse(const ServerAddress& address, HttpResponse& response, Until until) {
  const int status = response.status();
  std::string detail = cat("status ", status, ", body: ");
  try {
    detail += printable(co_await response.read_some(until));
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::cancelled) throw;
  }
  throw refusal_of(address, status, std::move(detail));
}

std::optional<Answer> take_text(std::string text, const Awaited& awaited, TransportListener* listener) {
  std::optional<Answer> found;
  take_each(std::move(text), listener, [&](std::optional<std::int64_t> id, Answer answer, bool is_cut) {
    // An error without an id is about the only request there is here: the server could not read it.
    const bool is_ours = awaited.id != 0 && (id == awaited.id || (!id && answer.is_error));
    if (!is_ours) {
      if (awaited.id != 0) throw nonsense("a response to another request");
      return;
    }
    if (is_cut && !awaited.is_list) throw too_deep();
    if (!found) found = std::move(answer);
  });
  return found;
}

void take_all(std::string text,
              const std::function<void(std::int64_t id, Answer answer, bool is_cut)>& on_answer,
              TransportListener* listener) {
  take_each(std::move(text), listener, [&](std::optional<std::int64_t> id, Answer answer, bool is_cut) {
    if (id) on_answer(*id, std::move(answer), is_cut);
  });
}

}  // namespace patchbay::mcp
