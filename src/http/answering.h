#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/http_front.h"
#include "base/loop.h"

namespace patchbay::http {

// How one request is answered: as JSON where it is quick, as an event stream from the first progress on or
// once it takes long. finish() or abandon() must be awaited before it dies. The loop's thread only.
class Answering {
 public:
  Answering(Loop& loop, Exchange& exchange, std::chrono::milliseconds slow,
            std::chrono::milliseconds keepalive);
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;

  // A JSON-RPC message that comes before the answer.
  void send(std::string_view message);
  bool is_streaming() const { return started_; }

  // The answer itself. Headers count only where it goes out as JSON.
  Task<void> finish(int status, std::vector<Header> headers, std::string message);
  // No answer: an event stream ends, anything else is 202 without a body.
  Task<void> abandon();

 private:
  void start_stream();
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
