#include "base/http_answer_scan.h"

#include "base/text.h"

namespace patchbay {

Error broken_answer(const std::string& host, std::string detail) {
  return Error::upstream("upstream_protocol_error",
                         cat("What the server at ", host, " sent is not a proper HTTP answer."),
                         std::move(detail));
}

std::size_t HeadScan::scan(std::string_view bytes, const HttpLimits& limits, const std::string& host) {
  for (;;) {
    const auto end = bytes.find('\n', line_);
    const auto length = end == std::string_view::npos ? bytes.size() : end + 1;
    if (length > limits.head_bytes) throw broken_answer(host, "the head is too large");
    if (end == std::string_view::npos) return 0;
    if (end == line_ || bytes[end - 1] != '\r') throw broken_answer(host, "a line does not end with CR LF");
    const auto line = bytes.substr(line_, end - 1 - line_);
    line_ = end + 1;
    if (line.empty()) {
      if (lines_ == 0) throw broken_answer(host, "the head begins with an empty line");
      return line_;
    }
    check(line, limits, host);
  }
}

void HeadScan::check(std::string_view line, const HttpLimits& limits, const std::string& host) {
  if (lines_ == 0 && line.size() > limits.status_line_bytes)
    throw broken_answer(host, "the status line is too long");
  if (lines_++ > limits.header_lines) throw broken_answer(host, "too many header lines");
  if (line.front() == ' ' || line.front() == '\t') throw broken_answer(host, "a folded header line");
  for (const char c : line)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f)
      throw broken_answer(host, "a control character");
}

}  // namespace patchbay
