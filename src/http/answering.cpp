#include "http/answering.h"

#include <utility>

#include "mcp/sse.h"

namespace patchbay::http {

namespace {
// A client that reads nothing is cut off by the front; until then this much progress waits for it, and more
// is dropped.
constexpr std::size_t most_waiting = 256 * 1024;
}  // namespace

Answering::Answering(Loop& loop, Exchange& exchange, std::chrono::milliseconds slow,
                     std::chrono::milliseconds keepalive)
    : loop_(loop), exchange_(exchange), keepalive_(keepalive), changed_(loop) {
  slow_timer_.start(loop, Deadline::in(slow), [this] { begin(); });
}

void Answering::send(std::string_view message, std::string_view type) {
  if (finished_ || waiting_.size() + message.size() > most_waiting) return;
  mcp::append_event(waiting_, message, type);
  begin();
  changed_.wake_all();
}

void Answering::begin() {
  if (started_) return;
  started_ = true;
  pumping_ = true;
  slow_timer_.cancel();
  loop_.spawn("mcp.answer_stream", pump());
}

Task<void> Answering::pump() {
  bool open = true;
  try {
    std::vector<Header> head(1, Header{"Cache-Control", "no-store"});
    co_await exchange_.start_events(std::move(head));
    if (waiting_.empty())
      mcp::append_keepalive(waiting_);  // some proxies hold the head back until a byte follows
    while (open) {
      if (!waiting_.empty()) {
        const std::string now = std::exchange(waiting_, {});
        open = co_await exchange_.send(now);
        continue;
      }
      if (finished_) break;
      Until until = Until::by(Deadline::in(keepalive_), CancelToken());
      const Wake wake = co_await changed_.wait(until);
      if (wake == Wake::timeout) mcp::append_keepalive(waiting_);
    }
  } catch (const Error&) {
    // The client has gone; the call goes on to its end, as this revision wants it.
  }
  pumping_ = false;
  changed_.wake_all();
}

Task<void> Answering::wait_for_pump() {
  finished_ = true;
  changed_.wake_all();
  const Until until;
  while (pumping_) co_await changed_.wait(until);
}

Task<void> Answering::finish(int status, std::vector<Header> headers, std::string message,
                             std::string_view type) {
  slow_timer_.cancel();
  if (!started_) {
    finished_ = true;
    headers.push_back({"Content-Type", "application/json"});
    headers.push_back({"Cache-Control", "no-store"});
    HttpReply reply{status, std::move(headers), std::move(message)};
    co_await exchange_.reply(std::move(reply));
    co_return;
  }
  mcp::append_event(waiting_, message, type);
  co_await wait_for_pump();
}

Task<void> Answering::abandon() {
  slow_timer_.cancel();
  if (started_) {
    co_await wait_for_pump();
  } else {
    finished_ = true;
    co_await exchange_.reply(HttpReply::empty(202));
  }
}

}  // namespace patchbay::http
