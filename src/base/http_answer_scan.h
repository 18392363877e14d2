#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/http_client.h"

namespace patchbay {

// Error::upstream("upstream_protocol_error"); `detail` is for the log.
Error broken_answer(const std::string& host, std::string detail);

// Reads over the head of an answer, line by line, before the parser does: CRLF only, no control characters,
// no folded lines, and not more of it than the limits say. Returns the head's length, 0 while it is not
// whole.
class HeadScan {
 public:
  std::size_t scan(std::string_view bytes, const HttpLimits& limits, const std::string& host);

 private:
  void check(std::string_view line, const HttpLimits& limits, const std::string& host);
  std::size_t line_ = 0;
  std::size_t lines_ = 0;
};

}  // namespace patchbay
