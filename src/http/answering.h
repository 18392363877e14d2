#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_front.h"
#include "base/loop.h"

namespace patchbay::http {

// How one request is answered: as JSON where it is quick, as an event stream from the first progress on, once
// it takes long, or where begin() asks for one. finish() or abandon() must be awaited before it dies. The
// loop's thread only.
class Answering {
 public:
  Answering(Loop& loop, Exchange& exchange, std::chrono::milliseconds slow,
            std::chrono::milliseconds keepalive);
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;

  // A message that comes before the answer; `type` is the event's, "message" where empty.
  void send(std::string_view message, std::string_view type = {});
  // From here on it is an event stream, whatever comes.
  void begin();
  bool is_streaming() const { return started_; }

  // The answer itself. Status and headers count only where it goes out as JSON, `type` only where it is an
  // event.
  Task<void> finish(int status, std::vector<Header> headers, std::string message, std::string_view type = {});
  // No answer: an event stream ends, anything else is 202 without a body.
  Task<void> abandon();

 private:
  Task<void> pump();
  Task<void> wait_for_pump();

  Loop& loop_;
  Exchange& exchange_;
  std::chrono::milliseconds keepalive_;
  Loop::Timer slow_timer_;
  Signal changed_;
  std::string waiting_;  // events not sent yet
  bool started_ = false;
  bool finished_ = false;
  bool pumping_ = false;
};

}  // namespace patchbay::http
