#include "mcp/http_transport.h"

#include <algorithm>

#include "base/json_text.h"
#include "base/log.h"
#include "base/text.h"
#include "mcp/http_exchange.h"
#include "mcp/protocol.h"

namespace patchbay::mcp {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t longest_session_id = 1024;
constexpr milliseconds listen_silence{
    1'800'000};  // of the channel for list changes, which is quiet by nature
constexpr milliseconds drain_time{1'000};
constexpr milliseconds first_pause{1'000};
constexpr milliseconds longest_pause{60'000};
constexpr int most_resumptions = 10;
constexpr std::size_t stream_bytes_per_body =
    8;  // a call's stream may carry this many times the limit of a body

bool is_session_id(std::string_view text) {
  return !text.empty() && text.size() <= longest_session_id &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

class HttpTransport final : public Transport, public std::enable_shared_from_this<HttpTransport> {
 public:
  HttpTransport(Loop& loop, HttpClient& client, ServerAddress address)
      : loop_(loop), client_(client), address_(std::move(address)) {
    check_headers(address_);
  }

  void set_listener(TransportListener* listener) override { listener_ = listener; }
  Task<void> connect(Until until) override;
  Task<Answer> request(Outgoing message, Until until) override;
  Task<void> notify(Outgoing message, Until until) override;
  void agree(std::string version) override { version_ = std::move(version); }
  void listen() override {
    loop_.spawn("mcp.listen", keep_listening(shared_from_this(), stop_listening_.token()));
  }
  Task<void> close(Until until) override;
  void abandon() override;

 private:
  struct Events;
  OutgoingRequest prepare(std::string method) const;
  Task<HttpResponse> post(Outgoing& message, const Until& until);
  void take_session(const HttpResponse& response);
  Task<Answer> read_answer(HttpResponse response, Awaited awaited, Until until);
  Task<Answer> read_events(HttpResponse response, Awaited awaited, Until until);
  Task<std::optional<Answer>> read_until_answer(HttpResponse& response, Events& events,
                                                const Awaited& awaited, const Until& until);
  Task<HttpResponse> resume(const Events& events, const Until& until);
  void let_go(HttpResponse response, SseParser parser);
  static Task<void> keep_listening(std::shared_ptr<HttpTransport> self, CancelToken stop);
  Task<bool> listen_once(SseParser& parser, const Until& until);

  Loop& loop_;
  HttpClient& client_;
  ServerAddress address_;
  TransportListener* listener_ = nullptr;
  std::string session_;
  std::string version_;
  CancelSource stop_listening_;
};

// One request's event stream, over all the connections it takes.
struct HttpTransport::Events {
  SseParser parser;
  std::size_t bytes = 0;
  int resumptions = 0;
};

OutgoingRequest HttpTransport::prepare(std::string method) const {
  auto request = request_to(address_, std::move(method), address_.url);
  if (!version_.empty()) request.headers.push_back({"MCP-Protocol-Version", version_});
  if (!session_.empty()) request.headers.push_back({"Mcp-Session-Id", session_});
  return request;
}

Task<HttpResponse> HttpTransport::post(Outgoing& message, const Until& until) {
  auto request = prepare("POST");
  request.headers.push_back({"Content-Type", "application/json"});
  request.headers.push_back({"Accept", "application/json, text/event-stream"});
  request.body = std::move(message.text);
  return send_authorized(client_, address_, std::move(request), until);
}

Task<void> HttpTransport::connect(Until) {
  stop_listening_.cancel();
  stop_listening_ = CancelSource();
  session_.clear();
  version_.clear();
  co_return;
}

void HttpTransport::take_session(const HttpResponse& response) {
  const auto session = response.header("mcp-session-id");
  if (!session) return;
  if (!is_session_id(*session))
    throw Error::upstream("upstream_protocol_error",
                          cat("\"", address_.label, "\" gave a session id that is none."));
  session_ = *session;
}

namespace {

Error forgotten(const ServerAddress& address) {
  return Error::upstream(std::string(session_lost),
                         cat("\"", address.label, "\" has forgotten our session."));
}

// The official TypeScript servers answer an unknown session with 400 and -32000 "… No valid session ID
// provided", where the revision says 404. Either way the request was not carried out.
bool is_about_session(const Answer& answer) {
  if (!answer.is_error) return false;
  const auto message = find_member(answer.part(), "message");
  return message && lower(*message).find("session") != std::string::npos;
}

}  // namespace

Task<Answer> HttpTransport::request(Outgoing message, Until until) {
  const Awaited awaited{message.id, message.method == method::tools_list};
  const bool begins = message.method == method::initialize;
  const bool had_session = !session_.empty();
  auto response = co_await post(message, until);
  const int status = response.status();
  if (status == 404 && had_session && !begins) throw forgotten(address_);
  if (begins && status == 200) take_session(response);
  auto answer = co_await read_answer(std::move(response), awaited, std::move(until));
  if (status == 400 && had_session && !begins && is_about_session(answer)) throw forgotten(address_);
  co_return answer;
}

Task<Answer> HttpTransport::read_answer(HttpResponse response, Awaited awaited, Until until) {
  const int status = response.status();
  if (status == 200 && has_type(response, "text/event-stream"))
    co_return co_await read_events(std::move(response), awaited, std::move(until));
  // Any status may carry a JSON-RPC error, but these two are about the credential, whatever the body says.
  const bool may_answer = status == 200 || (status >= 400 && status != 401 && status != 403);
  if (!may_answer || !has_type(response, "application/json")) co_await refuse(address_, response, until);
  auto text = co_await response.read_all(until);
  std::optional<Answer> answer;
  try {
    answer = take_text(std::move(text), awaited, listener_);
  } catch (const Error&) {
    if (status == 200) throw;
  }
  if (answer && (status == 200 || answer->is_error)) co_return std::move(*answer);
  co_await refuse(address_, response, until);
  co_return Answer{};
}

// Reads until the response comes. A stream that breaks before is taken up again where it left off, if the
// server gave its events ids (2025-11-25, transports, resumability).
Task<Answer> HttpTransport::read_events(HttpResponse response, Awaited awaited, Until until) {
  Events events;
  for (;;) {
    if (auto answer = co_await read_until_answer(response, events, awaited, until)) {
      let_go(std::move(response), std::move(events.parser));
      co_return std::move(*answer);
    }
    if (events.parser.last_id().empty() || ++events.resumptions > most_resumptions)
      throw Error::upstream("upstream_unreachable",
                            cat("\"", address_.label, "\" closed the connection before it answered."));
    response = co_await resume(events, until);
    events.parser.restart();
  }
}

Task<std::optional<Answer>> HttpTransport::read_until_answer(HttpResponse& response, Events& events,
                                                             const Awaited& awaited, const Until& until) {
  auto silence = Deadline::in(address_.stream_silence);
  for (;;) {
    std::string_view piece;
    try {
      piece = co_await response.read_some(until.sooner(silence));
    } catch (const Error& error) {
      if (error.kind() != Error::Kind::upstream) throw;
    }
    if (piece.empty()) co_return std::nullopt;
    events.bytes += piece.size();
    if (events.bytes > stream_bytes_per_body * address_.limits.body_bytes)
      throw Error::upstream("result_too_large",
                            cat("\"", address_.label, "\" sent more than an answer may have."));
    events.parser.feed(piece);
    while (auto event = events.parser.next()) {
      silence = Deadline::in(address_.stream_silence);
      if (auto answer = take_text(std::move(event->data), awaited, listener_)) co_return answer;
    }
  }
}

Task<HttpResponse> HttpTransport::resume(const Events& events, const Until& until) {
  const auto pause = events.parser.retry().value_or(first_pause);
  if (Deadline::in(pause).time() >= until.deadline.time())
    throw Error::timeout("upstream_timeout", cat("\"", address_.label, "\" did not answer in time."));
  co_await loop_.sleep(pause, until.cancel);
  auto request = prepare("GET");
  request.headers.push_back({"Accept", "text/event-stream"});
  request.headers.push_back({"Last-Event-ID", events.parser.last_id()});
  auto response = co_await send_authorized(client_, address_, std::move(request), until);
  if (response.status() != 200 || !has_type(response, "text/event-stream"))
    co_await refuse(address_, response, until);
  co_return response;
}

// After its response a stream should end. If it does, the connection can serve again; if anything else comes,
// it is closed: whatever it says belongs to nobody.
void HttpTransport::let_go(HttpResponse response, SseParser parser) {
  if (parser.next()) return response.close();
  if (response.has_ended()) return;
  loop_.spawn("mcp.drain", [](HttpResponse ending, SseParser rest) -> Task<void> {
    Until until = Until::in(drain_time);
    try {
      for (;;) {
        const auto piece = co_await ending.read_some(until);
        if (piece.empty()) co_return;
        rest.feed(piece);
        if (rest.next()) co_return ending.close();
      }
    } catch (const Error&) {  // it does not end: closed with the response
    }
  }(std::move(response), std::move(parser)));
}

Task<void> HttpTransport::notify(Outgoing message, Until until) {
  auto response = co_await post(message, until);
  if (response.status() / 100 != 2) co_await refuse(address_, response, until);
  co_await response.read_all(until);
}

// One stream for as long as it lasts. False where the server has none to offer: 405, and in practice much
// else.
Task<bool> HttpTransport::listen_once(SseParser& parser, const Until& until) {
  auto request = prepare("GET");
  request.headers.push_back({"Accept", "text/event-stream"});
  if (!parser.last_id().empty()) request.headers.push_back({"Last-Event-ID", parser.last_id()});
  request.limits.first_byte_time = request.limits.idle_time = listen_silence;
  auto response = co_await send_authorized(client_, address_, std::move(request), until);
  const int status = response.status();
  if (status == 429 || status >= 500) co_return true;
  if (status != 200 || !has_type(response, "text/event-stream")) co_return false;
  parser.restart();
  for (;;) {
    const auto piece = co_await response.read_some(until);
    if (piece.empty()) co_return true;
    parser.feed(piece);
    while (auto event = parser.next()) take_text(std::move(event->data), {}, listener_);
  }
}

Task<void> HttpTransport::keep_listening(std::shared_ptr<HttpTransport> self, CancelToken stop) {
  Until until = Until::by(Deadline::never(), stop);
  SseParser parser;
  auto pause = first_pause;
  while (!stop.is_cancelled()) {
    const auto begun = std::chrono::steady_clock::now();
    try {
      if (!co_await self->listen_once(parser, until)) co_return;
    } catch (const Error& error) {
      if (error.kind() == Error::Kind::cancelled) co_return;
      log::debug("upstream.listen_ended", {{"server", self->address_.label}, {"reason", error.id()}});
    }
    // A server that ends each stream at once must not make us run in circles.
    const bool lasted = std::chrono::steady_clock::now() - begun > longest_pause;
    pause = lasted ? first_pause : std::min(pause * 2, longest_pause);
    co_await self->loop_.sleep(std::max(pause, parser.retry().value_or(pause)), stop);
  }
}

Task<void> HttpTransport::close(Until until) {
  abandon();
  if (session_.empty()) co_return;
  auto request = prepare("DELETE");
  session_.clear();
  try {
    auto response = co_await send_authorized(client_, address_, std::move(request), until);
    co_await response.read_all(until);
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::cancelled) throw;  // all else only means that the server was not told
  }
}

void HttpTransport::abandon() {
  stop_listening_.cancel();
  listener_ = nullptr;
}

}  // namespace

std::shared_ptr<Transport> make_http_transport(Loop& loop, HttpClient& client, ServerAddress address) {
  return std::make_shared<HttpTransport>(loop, client, std::move(address));
}

}  // namespace patchbay::mcp
