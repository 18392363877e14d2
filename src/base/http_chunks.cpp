#include "base/http_chunks.h"

#include <algorithm>

#include "base/http_bytes.h"

namespace patchbay {

namespace {

constexpr std::size_t longest_extension = 256;
constexpr std::size_t longest_trailers = 8 * 1024;

}  // namespace

Reading ChunkReader::refuse(int status, std::string_view id, std::string_view message) {
  refusal = {status, id, message};
  return Reading::refused;
}

Reading ChunkReader::read(std::string_view received, std::string& body, std::size_t& used) {
  used = 0;
  while (used < received.size()) {
    if (phase_ == Phase::content) {
      const auto taken = std::min(left_, received.size() - used);
      body.append(received.substr(used, taken));
      used += taken;
      left_ -= taken;
      if (left_ == 0) phase_ = Phase::content_cr;
      continue;
    }
    const Reading reading = read_byte(received[used++], body.size());
    if (reading != Reading::more) return reading;
  }
  return Reading::more;
}

Reading ChunkReader::read_byte(char byte, std::size_t body_size) {
  const auto expect = [&](char wanted, Phase next) {
    if (byte != wanted) return refuse(400, "bad_chunk", "A chunk of the body does not end where it should.");
    phase_ = next;
    return Reading::more;
  };
  switch (phase_) {
    case Phase::size:
    case Phase::extension:
      return read_size(byte);
    case Phase::size_end:
      return end_size(byte, body_size);
    case Phase::content_cr:
      return expect('\r', Phase::content_lf);
    case Phase::content_lf:
      return expect('\n', Phase::size);
    case Phase::trailer_end:
      return expect('\n', Phase::trailer);
    case Phase::last:
      return byte == '\n' ? Reading::complete : expect('\n', Phase::last);
    default:
      return read_trailer(byte);
  }
}

Reading ChunkReader::read_size(char byte) {
  const auto bad = [&] { return refuse(400, "bad_chunk", "The size of a chunk of the body is not valid."); };
  if (byte == '\r' && digits_ > 0) {
    phase_ = Phase::size_end;
    return Reading::more;
  }
  if (phase_ == Phase::extension)
    return is_value_byte(byte) && ++extension_bytes_ <= longest_extension ? Reading::more : bad();
  if (byte == ';' && digits_ > 0) {
    phase_ = Phase::extension;
    return Reading::more;
  }
  const int digit = hex_digit(byte);
  if (digit < 0 || ++digits_ > 8) return bad();
  left_ = left_ * 16 + static_cast<std::size_t>(digit);
  return Reading::more;
}

Reading ChunkReader::end_size(char byte, std::size_t body_size) {
  if (byte != '\n') return refuse(400, "bad_chunk", "The size of a chunk of the body is not valid.");
  if (left_ > max_body_ - body_size) {
    refusal = body_too_large();
    return Reading::refused;
  }
  phase_ = left_ == 0 ? Phase::trailer : Phase::content;
  digits_ = extension_bytes_ = 0;
  return Reading::more;
}

Reading ChunkReader::read_trailer(char byte) {
  if (++trailer_bytes_ > longest_trailers)
    return refuse(431, "trailers_too_large", "The trailers of the request are too large.");
  if (phase_ == Phase::trailer && byte == '\r') {
    phase_ = Phase::last;
    return Reading::more;
  }
  if (phase_ == Phase::trailer_value) {
    if (byte == '\r')
      phase_ = Phase::trailer_end;
    else if (!is_value_byte(byte))
      return refuse(400, "bad_trailer", "A trailer of the request is not valid.");
    return Reading::more;
  }
  if (phase_ == Phase::trailer_name && byte == ':')
    phase_ = Phase::trailer_value;
  else if (is_token_byte(byte))
    phase_ = Phase::trailer_name;
  else
    return refuse(400, "bad_trailer", "A trailer of the request is not valid.");
  return Reading::more;
}

}  // namespace patchbay
