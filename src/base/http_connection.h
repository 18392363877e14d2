#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/http_front.h"
#include "base/http_head.h"
#include "base/stream.h"

namespace patchbay {

class HttpConnection;

// What the connections of one front share. Each keeps it alive, for a handler may end after its front.
struct FrontShare {
  explicit FrontShare(Loop& its_loop) : loop(its_loop), ended(its_loop) {}
  Loop& loop;
  FrontConfig config;
  HttpFront::Route route;
  HttpFront::DataHandler data;
  HttpFront::ControlHandler control;
  HttpFront::Counts counts;
  HttpConnection* first = nullptr;  // of the list of open connections
  Signal ended;                     // one of them has closed
  bool stopping = false;
  CancelSource stop_waiting;  // nobody waits for another request
  CancelSource stop_all;      // reads and writes end at once
};

// Bytes received and not used yet. Grows to what a request needs and holds nothing while it is empty and
// released.
class ReceiveBuffer {
 public:
  std::string_view view() const { return {bytes_.get() + start_, end_ - start_}; }
  bool empty() const { return start_ == end_; }
  // At least `least` bytes of room behind what is there.
  char* room(std::size_t least);
  std::size_t room_size() const { return capacity_ - end_; }
  void filled(std::size_t count) { end_ += count; }
  void used(std::size_t count);
  void release();  // forgets everything
  void shrink();   // gives memory back that only an unusual request needed

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t start_ = 0;
  std::size_t end_ = 0;
};

// One connection and, one after the other, its requests.
class HttpConnection final : public Exchange {
 public:
  HttpConnection(std::shared_ptr<FrontShare> share, Stream stream, bool is_local);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;
  ~HttpConnection() override;

  // Ends with the connection; throws nothing.
  Task<void> serve(std::shared_ptr<TlsServer> tls);

  const HttpRequest& request() const override { return head_.request; }
  HttpRequest& request() override { return head_.request; }
  Task<void> reply(HttpReply reply) override;
  Task<void> start_events(std::vector<Header> headers) override;
  Task<bool> send(std::string_view events) override;
  bool has_answered() const override { return answered_; }
  CancelToken gone() override;
  void watch_for_close() override;

  void cancel_gone();
  // A stream that the client only listens on: it carries the answer to no call.
  bool is_listening() const { return streaming_ && is_get_; }

  HttpConnection* previous = nullptr;
  HttpConnection* next = nullptr;

 private:
  enum class Fill : unsigned char { bytes, end, timeout };
  Task<bool> read_request();
  Task<bool> read_head();
  Task<bool> read_body(const Dispatch& dispatch);
  Task<bool> read_counted_body(const Until& until);
  Task<bool> read_chunked_body(std::size_t max_body, const Until& until);
  Task<bool> refuse_slow(Fill outcome);
  Task<bool> refuse(Refusal refusal);
  Task<Fill> fill(Until until);
  Task<Fill> receive(char* into, std::size_t room, std::size_t& got, Until until);
  Task<void> answer();
  Task<std::optional<HttpReply>> handle();
  Task<void> end_events();
  Task<void> watch();
  void start_watching();
  Task<void> stop_watching();
  Task<void> write(std::string_view first, std::string_view second);
  Task<void> linger();
  Until until(std::chrono::milliseconds time) const {
    return Until::by(Deadline::in(time), share_->stop_all.token());
  }
  const FrontLimits& limits() const { return share_->config.limits; }

  std::shared_ptr<FrontShare> share_;
  Stream stream_;
  ReceiveBuffer received_;
  std::string out_;
  HeadReader head_;
  Dispatch::Plane plane_ = Dispatch::Plane::control;
  bool is_local_;
  bool is_get_ = false;
  bool is_head_ = false;
  bool keep_ = true;     // another request may follow
  bool broken_ = false;  // nothing can be written any more
  bool unread_ = false;  // the client may still be sending what we refused
  bool answered_ = false;
  bool streaming_ = false;
  bool watching_ = false;
  std::optional<CancelSource> gone_;
  std::optional<CancelSource> stop_watching_;
};

}  // namespace patchbay
