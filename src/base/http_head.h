#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/http_message.h"

namespace patchbay {

// Why a request is not read any further, as it is answered. The texts live for ever. Whoever refuses closes.
struct Refusal {
  int status = 400;
  std::string_view id;
  std::string_view message;
};

enum class Reading : std::uint8_t { more, complete, refused };

struct HeadLimits {
  std::size_t head_bytes = 32 * 1024;
  std::size_t line_bytes = 8 * 1024;  // without its CR LF
  std::size_t header_lines = 100;
};

// Reads the head of one request as it arrives. This is the only place where framing is decided, and nothing
// is repaired: what two readers could understand differently (RFC 9112 §11.2) is refused. A general-purpose
// parser such as Beast's is lenient by design (bare LF, folded lines, repeated Content-Length, lists of
// codings), so it is not used here.
//
//   head        = request-line *header-line CR LF
//   request-line = method SP target SP "HTTP/1." ( "0" | "1" ) CR LF
//   target      = "/" *VCHAR           without "#", "\", "%00", broken escapes and dot segments
//   header-line = token ":" OWS value OWS CR LF     value without control characters but HTAB
class HeadReader {
 public:
  enum class Body : std::uint8_t { none, length, chunked };

  explicit HeadReader(const HeadLimits& limits) : limits_(limits) {}

  // `received` is everything from the first byte of the head on; the reader goes on where it stopped.
  Reading read(std::string_view received);
  void reset();

  // Once complete:
  std::size_t size() const { return done_; }  // bytes of the head, its empty line included
  // Names are lower case. Dropped: names with "_" (they alias others in CGI-like readers), ranges and
  // hop-by-hop headers. The path still has the base path.
  HttpRequest request;
  Body body = Body::none;
  std::size_t length = 0;
  bool keep_alive = true;
  bool expects_continue = false;
  bool is_http_1_0 = false;

  // Once refused:
  Refusal refusal;

 private:
  Reading refuse(int status, std::string_view id, std::string_view message);
  Reading read_unfinished(std::string_view line);
  Reading read_line(std::string_view line);
  Reading read_request_line(std::string_view line);
  Reading read_target(std::string_view target);
  Reading read_header(std::string_view line);
  Header blank_header();
  Reading read_length(std::string_view value);
  Reading read_coding(std::string_view value);
  Reading read_special(std::string_view name, std::string_view value, bool& keep);
  void read_connection(std::string_view value);
  Reading finish();

  HeadLimits limits_;
  std::vector<Header> spare_;  // of the requests before, for their memory
  std::size_t done_ = 0;       // bytes of whole lines
  std::size_t scanned_ = 0;    // bytes behind them known to hold no LF
  std::size_t lines_ = 0;
  bool has_length_ = false;
  std::uint8_t seen_once_ = 0;  // which of the headers that may come once have come
};

// The refusal of a body above its limit, also used before any of it is read.
Refusal body_too_large();

bool is_token(std::string_view text);         // RFC 9110 §5.6.2
bool is_header_value(std::string_view text);  // no control characters but HTAB

}  // namespace patchbay
