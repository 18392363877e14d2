#include <unordered_map>

#include "base/text.h"
#include "mcp/http_exchange.h"
#include "mcp/http_transport.h"
#include "mcp/protocol.h"

namespace patchbay::mcp {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_silence{1'800'000};  // the stream is quiet between calls, by nature

class SseTransport final : public Transport, public std::enable_shared_from_this<SseTransport> {
 public:
  SseTransport(Loop& loop, HttpClient& client, ServerAddress address)
      : loop_(loop), client_(client), address_(std::move(address)) {
    check_headers(address_);
  }

  void set_listener(TransportListener* listener) override { listener_ = listener; }
  Task<void> connect(Until until) override;
  Task<Answer> request(Outgoing message, Until until) override;
  Task<void> notify(Outgoing message, Until until) override;
  void agree(std::string) override {}  // this revision has no header for it
  void listen() override {}            // the one stream carries everything
  Task<void> close(Until) override;
  void abandon() override;

 private:
  // The one event stream of a session. It outlives the wish for it by a turn of the loop at most.
  struct Channel {
    Channel(Loop& loop, HttpResponse its_response) : response(std::move(its_response)), endpoint(loop) {}
    HttpResponse response;
    OneShot<Url> endpoint;
    CancelSource stop;
    bool broken = false;
  };
  struct Due {
    OneShot<Answer>* answer;
    bool is_list;
  };
  using Waiting = std::unordered_map<std::int64_t, Due>;

  static Task<void> read(std::shared_ptr<SseTransport> self, std::shared_ptr<Channel> channel);
  Task<void> read_events(Channel& channel);
  void take_event(Channel& channel, SseParser::Event event);
  Task<void> post(Outgoing message, Until until);
  void end(Channel& channel);

  Loop& loop_;
  HttpClient& client_;
  ServerAddress address_;
  TransportListener* listener_ = nullptr;
  std::shared_ptr<Channel> channel_;
  std::optional<Url> endpoint_;
  Waiting waiting_;
};

Task<void> SseTransport::connect(Until until) {
  if (channel_) end(*channel_);
  channel_ = nullptr;
  endpoint_.reset();
  auto request = request_to(address_, "GET", address_.url);
  request.headers.push_back({"Accept", "text/event-stream"});
  request.limits.idle_time = longest_silence;
  auto response = co_await send_authorized(client_, address_, std::move(request), until);
  if (response.status() != 200 || !has_type(response, "text/event-stream"))
    co_await refuse(address_, response, until);
  const auto channel = std::make_shared<Channel>(loop_, std::move(response));
  channel_ = channel;
  loop_.spawn("mcp.sse", read(shared_from_this(), channel));
  endpoint_ = co_await channel->endpoint.take(until.sooner(Deadline::in(address_.limits.first_byte_time)));
}

Task<void> SseTransport::read(std::shared_ptr<SseTransport> self, std::shared_ptr<Channel> channel) {
  try {
    co_await self->read_events(*channel);
  } catch (const Error&) {  // the session is lost, whatever the reason
  }
  self->end(*channel);
}

Task<void> SseTransport::read_events(Channel& channel) {
  SseParser parser;
  for (;;) {
    Until until;
    until.cancel = channel.stop.token();
    const std::string_view piece = co_await channel.response.read_some(until);
    if (piece.empty()) co_return;
    parser.feed(piece);
    while (auto event = parser.next()) {
      take_event(channel, std::move(*event));
      if (channel.broken) co_return;
    }
  }
}

void SseTransport::take_event(Channel& channel, SseParser::Event event) {
  if (event.type == "endpoint") {
    // A server that is not us could otherwise be made to receive our credential.
    const Url url = join(address_.url, event.data);
    if (!same_origin(url, address_.url))
      throw Error::upstream("upstream_protocol_error", "The server named an endpoint on another server.");
    return channel.endpoint.set(url);
  }
  if (!event.type.empty() && event.type != "message") return;
  const auto give = [this](std::int64_t id, Answer answer, bool is_cut) {
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) return;
    if (is_cut && !found->second.is_list)
      found->second.answer->fail(std::make_exception_ptr(too_deep()));
    else
      found->second.answer->set(std::move(answer));
  };
  take_all(std::move(event.data), give, listener_);
}

// All who wait are told, the endpoint's waiter too.
void SseTransport::end(Channel& channel) {
  if (std::exchange(channel.broken, true)) return;
  channel.stop.cancel();
  const auto failure = std::make_exception_ptr(
      Error::upstream("upstream_unreachable", cat("\"", address_.label, "\" closed its event stream.")));
  channel.endpoint.fail(failure);
  if (channel_.get() != &channel) return;
  endpoint_.reset();
  for (const auto& [id, due] : waiting_) due.answer->fail(failure);
}

Task<Answer> SseTransport::request(Outgoing message, Until until) {
  const auto id = message.id;
  OneShot<Answer> answer(loop_);
  struct Place {
    Waiting& waiting;
    std::int64_t id;
    ~Place() { waiting.erase(id); }
  } const place{waiting_, id};
  waiting_.emplace(id, Due{&answer, message.method == method::tools_list});
  co_await post(std::move(message), until);
  co_return co_await answer.take(until);
}

Task<void> SseTransport::notify(Outgoing message, Until until) {
  return post(std::move(message), std::move(until));
}

Task<void> SseTransport::post(Outgoing message, Until until) {
  if (!endpoint_)
    throw Error::upstream(std::string(session_lost), cat("\"", address_.label, "\" has closed our session."));
  auto request = request_to(address_, "POST", *endpoint_);
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = std::move(message.text);
  auto response = co_await send_authorized(client_, address_, std::move(request), until);
  if (response.status() == 404)
    throw Error::upstream(std::string(session_lost),
                          cat("\"", address_.label, "\" has forgotten our session."));
  if (response.status() / 100 != 2) co_await refuse(address_, response, until);
  co_await response.read_all(until);
}

Task<void> SseTransport::close(Until) {
  abandon();
  co_return;
}

void SseTransport::abandon() {
  listener_ = nullptr;
  if (channel_) end(*channel_);
}

}  // namespace

std::shared_ptr<Transport> make_sse_transport(Loop& loop, HttpClient& client, ServerAddress address) {
  return std::make_shared<SseTransport>(loop, client, std::move(address));
}

}  // namespace patchbay::mcp
