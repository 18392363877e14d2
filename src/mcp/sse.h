#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay::mcp {

// Reads an event stream (WHATWG HTML §9.2) from pieces cut anywhere.
//
//   stream = [ bom ] *event        event   = *( comment / field ) eol
//   field  = name [ ":" [ space ] value ] eol        comment = ":" *any eol        eol = CR LF / CR / LF
class SseParser {
 public:
  struct Event {
    std::string type;  // empty means "message"
    std::string data;
    std::string id;  // the last one seen on the stream
  };

  explicit SseParser(std::size_t max_line = 1 << 20, std::size_t max_data = 8 << 20)
      : max_line_(max_line), max_data_(max_data) {}

  // Takes the next piece. The view must stay valid until next() has returned nothing.
  void feed(std::string_view piece) { piece_ = piece; }
  // The next whole event with data; nothing when more bytes are needed. Events without data are swallowed,
  // but their id counts. Throws Error::upstream: "upstream_protocol_error" for a line that is too long,
  // "result_too_large" for too much data.
  std::optional<Event> next();

  // Makes ready for a new connection: what was unfinished is dropped, the last id and the retry time stay.
  void restart();

  const std::string& last_id() const { return last_id_; }
  std::optional<std::chrono::milliseconds> retry() const { return retry_; }

 private:
  std::optional<std::string_view> take_line();
  void take_field(std::string_view line);

  std::size_t max_line_;
  std::size_t max_data_;
  std::string_view piece_;
  std::string line_;  // the part of a line that earlier pieces held
  bool after_cr_ = false;
  bool begun_ = false;
  bool has_data_ = false;
  std::string type_;
  std::string data_;
  std::string last_id_;
  std::optional<std::chrono::milliseconds> retry_;
};

// Appends an event. `data` may have several lines; `type` and `id` must have none and may be empty. (What we
// send are JSON texts, which have none either.)
void append_event(std::string& out, std::string_view data, std::string_view type = {},
                  std::string_view id = {});
// Appends a comment line, a sign of life.
void append_keepalive(std::string& out);

}  // namespace patchbay::mcp
