#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "base/http_message.h"
#include "base/loop.h"
#include "base/task.h"

namespace patchbay {

struct ControlSettings {
  std::size_t workers = 20;
  std::size_t queue = 256;  // requests that may wait for a worker
};

// The control plane: blocking handlers on a few threads of its own, behind cpp-httplib. The library opens no
// socket and reads nothing but the requests that the front has read whole and checked; its own routes are not
// used.
class ControlPlane {
 public:
  // Runs on a worker. What it throws becomes the reply that base/http_reply's table says.
  using Handler = std::function<HttpReply(const HttpRequest&)>;

  explicit ControlPlane(Handler handler, ControlSettings settings = {});
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;
  // Ends it. The loops of handle() must still be there.
  ~ControlPlane();

  // Takes no more requests (503) and waits for the handlers under way. Any thread but that of a loop which
  // such a handler may wait for.
  void end();

  // 503 where the queue is full. On the loop's thread.
  Task<HttpReply> handle(Loop& loop, HttpRequest request);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace patchbay
