#include "base/http_connection.h"

#include <algorithm>
#include <cstring>

#include "base/http_chunks.h"
#include "base/http_gate.h"
#include "base/http_reply.h"
#include "base/log.h"
#include "base/text.h"

namespace patchbay {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t first_room = 2 * 1024;  // a whole request of the usual kind
constexpr std::size_t body_room = 16 * 1024;
constexpr std::size_t most_kept = 4 * 1024;
constexpr std::size_t first_body = 64 * 1024;  // what a Content-Length alone makes us set aside
constexpr std::size_t write_slice =
    256 * 1024;  // each has its own deadline, so a slow line may take its time
constexpr std::size_t most_lingering = 8 * 1024 * 1024;
constexpr auto linger_time = 1s;

}  // namespace

char* ReceiveBuffer::room(std::size_t least) {
  if (capacity_ - end_ >= least) return bytes_.get() + end_;
  const std::size_t kept = end_ - start_;
  if (capacity_ - kept < least || kept > capacity_ / 2) {
    capacity_ = std::max(kept + least, capacity_ * 2);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    if (kept > 0) std::memcpy(larger.get(), bytes_.get() + start_, kept);
    bytes_ = std::move(larger);
  } else {
    std::memmove(bytes_.get(), bytes_.get() + start_, kept);
  }
  start_ = 0;
  end_ = kept;
  return bytes_.get() + end_;
}

void ReceiveBuffer::used(std::size_t count) {
  start_ += count;
  if (start_ == end_) start_ = end_ = 0;
}

void ReceiveBuffer::release() {
  bytes_.reset();
  capacity_ = start_ = end_ = 0;
}

void ReceiveBuffer::shrink() {
  if (empty() && capacity_ > most_kept) release();
}

HttpConnection::HttpConnection(std::shared_ptr<FrontShare> share, Stream stream, bool is_local)
    : share_(std::move(share)),
      stream_(std::move(stream)),
      head_({limits().head_bytes, limits().line_bytes, limits().header_lines}),
      is_local_(is_local) {
  next = share_->first;
  if (next) next->previous = this;
  share_->first = this;
  ++share_->counts.connections;
}

HttpConnection::~HttpConnection() {
  (previous ? previous->next : share_->first) = next;
  if (next) next->previous = previous;
  --share_->counts.connections;
  share_->ended.wake_all();
}

Task<void> HttpConnection::serve(std::shared_ptr<TlsServer> tls) {
  try {
    if (tls) co_await stream_.accept_tls(tls->context(), until(limits().head_time));
    // No co_await inside a condition with && in this file: g++ 12 takes it apart wrongly.
    while (keep_ && !broken_) {
      const bool came = co_await read_request();
      if (!came) break;
      co_await answer();
    }
    if (unread_ && !broken_) co_await linger();
  } catch (const Error& error) {
    log::debug("http.connection_ended", {{"peer", stream_.peer()}, {"reason", error.id()}});
  }
  stream_.close();
}

Task<bool> HttpConnection::read_request() {
  const bool has_head = co_await read_head();
  if (!has_head) co_return false;
  auto& request = head_.request;
  request.peer = stream_.peer();
  request.is_local = is_local_;
  is_get_ = request.method == "GET";
  is_head_ = request.method == "HEAD";
  keep_ = head_.keep_alive;
  if (const auto refusal = refuse_at_gate(share_->config, stream_.is_tls(), request))
    co_return co_await refuse(*refusal);
  const Dispatch dispatch = share_->route(request.method, request.path);
  plane_ = dispatch.plane;
  bool came = true;
  if (head_.body != HeadReader::Body::none) came = co_await read_body(dispatch);
  if (came) ++share_->counts.requests;
  co_return came;
}

Task<bool> HttpConnection::read_head() {
  head_.reset();
  received_.shrink();
  if (received_.empty()) {
    Until idle = Until::by(Deadline::in(limits().idle_time), share_->stop_waiting.token());
    const Fill outcome = co_await fill(idle);
    if (outcome != Fill::bytes) co_return false;
  }
  Until in_time = until(limits().head_time);
  for (;;) {
    const Reading reading = head_.read(received_.view());
    if (reading == Reading::refused) co_return co_await refuse(head_.refusal);
    if (reading == Reading::complete) break;
    const Fill outcome = co_await fill(in_time);
    if (outcome != Fill::bytes) co_return co_await refuse_slow(outcome);
  }
  received_.used(head_.size());
  co_return true;
}

Task<bool> HttpConnection::read_body(const Dispatch& dispatch) {
  if (head_.body == HeadReader::Body::length && head_.length > dispatch.max_body)
    co_return co_await refuse(body_too_large());
  if (head_.expects_continue && received_.empty() && !head_.is_http_1_0)
    co_await write("HTTP/1.1 100 Continue\r\n\r\n", "");
  Until in_time = until(limits().body_time);
  if (head_.body == HeadReader::Body::length) co_return co_await read_counted_body(in_time);
  co_return co_await read_chunked_body(dispatch.max_body, in_time);
}

Task<bool> HttpConnection::read_counted_body(const Until& until) {
  std::string& body = head_.request.body;
  body.assign(received_.view().substr(0, head_.length));
  received_.used(body.size());
  // The rest goes straight to its place. Memory follows what has really come, not what was announced.
  std::size_t have = body.size();
  while (have < head_.length) {
    if (have == body.size()) body.resize(std::min(head_.length, std::max(first_body, have * 2)));
    std::size_t got = 0;
    const Fill outcome = co_await receive(body.data() + have, body.size() - have, got, until);
    if (outcome != Fill::bytes) co_return co_await refuse_slow(outcome);
    have += got;
  }
  co_return true;
}

Task<bool> HttpConnection::read_chunked_body(std::size_t max_body, const Until& until) {
  ChunkReader chunks(max_body);
  for (;;) {
    std::size_t used = 0;
    const Reading reading = chunks.read(received_.view(), head_.request.body, used);
    received_.used(used);
    if (reading == Reading::refused) co_return co_await refuse(chunks.refusal);
    if (reading == Reading::complete) co_return true;
    received_.room(body_room);
    const Fill outcome = co_await fill(until);
    if (outcome != Fill::bytes) co_return co_await refuse_slow(outcome);
  }
}

Task<bool> HttpConnection::refuse_slow(Fill outcome) {
  if (outcome == Fill::end) co_return false;
  co_return co_await refuse({408, "too_slow", "The request did not arrive in time. Send it again."});
}

Task<bool> HttpConnection::refuse(Refusal refusal) {
  ++share_->counts.refused;
  keep_ = false;
  unread_ = true;
  is_head_ = head_.request.method == "HEAD";
  HttpReply answer = error_reply(refusal.status, refusal.id, refusal.message);
  if (refusal.status == 405)
    answer.headers.push_back({"Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"});
  co_await reply(std::move(answer));
  co_return false;
}

Task<HttpConnection::Fill> HttpConnection::fill(Until until) {
  char* into = received_.room(received_.room_size() > 0 ? 1 : first_room);
  std::size_t got = 0;
  const Fill outcome = co_await receive(into, received_.room_size(), got, std::move(until));
  received_.filled(got);
  co_return outcome;
}

Task<HttpConnection::Fill> HttpConnection::receive(char* into, std::size_t room, std::size_t& got,
                                                   Until until) {
  try {
    got = co_await stream_.read_some(into, room, std::move(until));
    co_return got > 0 ? Fill::bytes : Fill::end;
  } catch (const Error& error) {
    co_return error.kind() == Error::Kind::timeout ? Fill::timeout : Fill::end;
  }
}

Task<void> HttpConnection::answer() {
  answered_ = streaming_ = false;
  gone_.reset();
  auto failure = co_await handle();
  if (failure && !answered_) {
    co_await reply(std::move(*failure));
  } else if (streaming_) {
    if (failure) keep_ = false;
    co_await end_events();
  }
  streaming_ = false;
}

// The reply for what went wrong, nothing where the request was answered.
Task<std::optional<HttpReply>> HttpConnection::handle() {
  try {
    if (plane_ == Dispatch::Plane::control) {
      HttpReply answer = co_await share_->control(std::move(head_.request));
      co_await reply(std::move(answer));
      co_return std::nullopt;
    }
    co_await share_->data(*this);
    if (answered_) co_return std::nullopt;
    log::error("http.not_answered", {{"path", head_.request.path}});
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::internal)
      log::error("http.failed",
                 {{"error", error.id()}, {"message", error.message()}, {"detail", error.detail()}});
    co_return error_reply(error);
  } catch (const std::exception& error) {
    log::error("http.failed", {{"message", error.what()}});
  }
  co_return internal_error_reply();
}

Task<void> HttpConnection::reply(HttpReply reply) {
  answered_ = true;
  if (stop_watching_) co_await stop_watching();
  if (share_->stopping) keep_ = false;
  out_.clear();
  append_head(out_, reply.status, reply.headers, BodyForm::counted, reply.body.size(), keep_);
  co_await write(out_,
                 is_head_ || !allows_body(reply.status) ? std::string_view() : std::string_view(reply.body));
  if (out_.capacity() > most_kept) std::string().swap(out_);
}

Task<void> HttpConnection::start_events(std::vector<Header> headers) {
  answered_ = streaming_ = true;
  if (stop_watching_) co_await stop_watching();
  headers.push_back({"Content-Type", "text/event-stream"});
  headers.push_back({"Cache-Control", "no-cache, no-transform"});
  headers.push_back({"X-Accel-Buffering", "no"});
  if (head_.is_http_1_0 || share_->stopping || stream_.is_tls()) keep_ = false;
  // A request sent before this one is answered would wait for as long as the stream lasts, unseen.
  const bool has_more = !received_.empty();
  received_.release();
  std::string().swap(out_);
  std::string head;
  append_head(head, 200, headers, head_.is_http_1_0 ? BodyForm::until_close : BodyForm::chunked, 0, keep_);
  co_await write(head, "");
  ++share_->counts.streams;
  if (has_more) {
    keep_ = false;
    cancel_gone();
  } else if (!broken_) {
    start_watching();
  }
}

void HttpConnection::watch_for_close() {
  if (!answered_ && !watching_ && !broken_ && received_.empty() && !stream_.is_tls()) start_watching();
}

void HttpConnection::start_watching() {
  stop_watching_.emplace();
  watching_ = true;
  share_->loop.spawn("http.watch", watch());
}

Task<void> HttpConnection::stop_watching() {
  stop_watching_->cancel();
  const Until forever;
  while (watching_) co_await share_->ended.wait(forever);
  stop_watching_.reset();
}

Task<bool> HttpConnection::send(std::string_view events) {
  if (broken_ || (gone_ && gone_->is_cancelled())) co_return false;
  if (events.empty() || is_head_) co_return true;
  if (head_.is_http_1_0) {
    co_await write(events, "");
    co_return !broken_;
  }
  char size[20];
  const auto end = std::to_chars(size, size + sizeof size, events.size(), 16).ptr;
  std::string chunk;
  chunk.reserve(events.size() + 24);
  chunk.append(size, end).append("\r\n").append(events).append("\r\n");
  co_await write(chunk, "");
  co_return !broken_;
}

// The other side closes, or sends what it must not send during a stream; both end it. Before an answer that
// comes whole, the next request may arrive and waits.
Task<void> HttpConnection::watch() {
  bool closed = true;
  try {
    Until stopped = Until::by(Deadline::never(), stop_watching_->token());
    closed = co_await stream_.wait_readable(stopped);
  } catch (const Error&) {
  }
  watching_ = false;
  if (!stop_watching_->is_cancelled() && (closed || streaming_)) {
    keep_ = false;
    cancel_gone();
  }
  share_->ended.wake_all();
}

Task<void> HttpConnection::end_events() {
  --share_->counts.streams;
  if (stop_watching_) co_await stop_watching();
  if (share_->stopping) keep_ = false;
  if (!head_.is_http_1_0 && !is_head_) co_await write("0\r\n\r\n", "");
}

Task<void> HttpConnection::write(std::string_view first, std::string_view second) {
  if (broken_) co_return;
  try {
    do {
      const std::string_view slice = second.substr(0, write_slice);
      second.remove_prefix(slice.size());
      co_await stream_.write(first, slice, until(limits().write_time));
      first = {};
    } while (!second.empty());
  } catch (const Error&) {
    broken_ = true;
    keep_ = false;
    if (gone_) gone_->cancel();
  }
}

// Closing with bytes unread would make the system reset the connection and take our answer away from the
// client.
Task<void> HttpConnection::linger() {
  stream_.close_writing();
  received_.release();
  const Deadline end = Deadline::in(linger_time);
  std::size_t got = 0;
  for (std::size_t total = 0; total < most_lingering; total += got) {
    char* const into = received_.room(body_room);
    // Made anew each time: g++ 12 lets one that lives across the awaits of a loop be overwritten.
    Until soon = Until::by(end, share_->stop_all.token());
    const Fill outcome = co_await receive(into, body_room, got, std::move(soon));
    if (outcome != Fill::bytes) co_return;
  }
}

CancelToken HttpConnection::gone() {
  if (!gone_) {
    gone_.emplace();
    if (broken_ || share_->stop_all.is_cancelled()) gone_->cancel();
  }
  return gone_->token();
}

void HttpConnection::cancel_gone() {
  if (!gone_) gone_.emplace();
  gone_->cancel();
}

}  // namespace patchbay
