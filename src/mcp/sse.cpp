#include "mcp/sse.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace patchbay::mcp {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
// A server cannot make us wait longer than this before a reconnect.
constexpr std::chrono::milliseconds longest_retry{60'000};

[[noreturn]] void refuse_long_line() {
  throw Error::upstream("upstream_protocol_error", "The server sent an event line that is too long.");
}

}  // namespace

// The line up to the next end of line; nothing where the piece ends first, which is then kept.
std::optional<std::string_view> SseParser::take_line() {
  if (after_cr_ && !piece_.empty()) {
    after_cr_ = false;
    if (piece_.front() == '\n') piece_.remove_prefix(1);
  }
  const auto end = piece_.find_first_of("\r\n");
  const auto length = end == std::string_view::npos ? piece_.size() : end;
  if (line_.size() + length > max_line_) refuse_long_line();
  if (end == std::string_view::npos) {
    line_.append(piece_);
    piece_ = {};
    return std::nullopt;
  }
  std::string_view line = piece_.substr(0, end);
  after_cr_ = piece_[end] == '\r';
  piece_.remove_prefix(end + 1);
  if (!line_.empty()) {
    line_.append(line);
    line = line_;
  }
  return line;
}

void SseParser::take_field(std::string_view line) {
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);

  if (name == "data") {
    if (data_.size() + value.size() + 1 > max_data_)
      throw Error::upstream("result_too_large", "The server's answer is too large.");
    if (std::exchange(has_data_, true)) data_ += '\n';
    data_ += value;
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) last_id_ = value;
  } else if (name == "retry") {
    if (const auto time = parse_number<std::uint32_t>(value))
      retry_ = std::min(std::chrono::milliseconds(*time), longest_retry);
  }
}

std::optional<SseParser::Event> SseParser::next() {
  while (const auto taken = take_line()) {
    auto line = *taken;
    if (!std::exchange(begun_, true) && line.starts_with(byte_order_mark))
      line.remove_prefix(byte_order_mark.size());
    if (!line.empty()) {
      if (line.front() != ':') take_field(line);
      line_.clear();
      continue;
    }
    line_.clear();
    Event event{std::exchange(type_, {}), std::exchange(data_, {}), {}};
    has_data_ = false;
    if (event.data.empty()) continue;
    event.id = last_id_;
    return event;
  }
  return std::nullopt;
}

void SseParser::restart() {
  piece_ = {};
  line_.clear();
  after_cr_ = begun_ = has_data_ = false;
  type_.clear();
  data_.clear();
}

void append_event(std::string& out, std::string_view data, std::string_view type, std::string_view id) {
  out.reserve(out.size() + data.size() + type.size() + id.size() + 32);
  if (!type.empty()) out.append("event: ").append(type).append("\n");
  if (!id.empty()) out.append("id: ").append(id).append("\n");
  for (;;) {
    const auto end = data.find_first_of("\r\n");
    out.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == std::string_view::npos) break;
    data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  out += '\n';
}

void append_keepalive(std::string& out) {
  out += ":\n\n";
}

}  // namespace patchbay::mcp
