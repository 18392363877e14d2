#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/http_head.h"

namespace patchbay {

// Takes the chunks of a body apart (RFC 9112 §7.1). Extensions and trailers are checked and dropped.
//
//   body  = *( size *( ";" ext ) CR LF data CR LF ) "0" *( ";" ext ) CR LF *trailer-line CR LF
//   size  = 1*8HEXDIG
class ChunkReader {
 public:
  explicit ChunkReader(std::size_t max_body) : max_body_(max_body) {}

  // Appends data to `body` and says in `used` how many of the bytes it took.
  Reading read(std::string_view received, std::string& body, std::size_t& used);

  Refusal refusal;

 private:
  enum class Phase : std::uint8_t {
    size,
    extension,
    size_end,
    content,
    content_cr,
    content_lf,
    trailer,
    trailer_name,
    trailer_value,
    trailer_end,
    last
  };
  Reading refuse(int status, std::string_view id, std::string_view message);
  Reading read_byte(char byte, std::size_t body_size);
  Reading read_size(char byte);
  Reading end_size(char byte, std::size_t body_size);
  Reading read_trailer(char byte);

  std::size_t max_body_;
  Phase phase_ = Phase::size;
  std::size_t left_ = 0;  // of the chunk
  std::size_t digits_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
};

}  // namespace patchbay
