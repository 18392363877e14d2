#include "base/http_head.h"

#include <algorithm>

#include "base/http_bytes.h"
#include "base/text.h"

namespace patchbay {

namespace {

// `token` in lower case over what `out` held; false where it is none. Says whether it holds a "_".
bool take_token(std::string_view token, std::string& out, bool& has_underscore) {
  out.resize(token.size());
  for (std::size_t i = 0; i < token.size(); ++i) {
    const char c = token_table[static_cast<unsigned char>(token[i])];
    if (c == 0) return false;
    has_underscore = has_underscore || c == '_';
    out[i] = c;
  }
  return !token.empty();
}

bool is_known_method(std::string_view method) {
  for (const std::string_view known : {"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"})
    if (method == known) return true;
  return false;
}

std::string_view trim_blanks(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// "." and "..", with their dots escaped or not.
bool is_dot_segment(std::string_view segment) {
  std::size_t dots = 0;
  while (!segment.empty()) {
    const bool escaped =
        segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' && ascii_lower(segment[2]) == 'e';
    if (!escaped && segment[0] != '.') return false;
    segment.remove_prefix(escaped ? 3 : 1);
    ++dots;
  }
  return dots == 1 || dots == 2;
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    if (is_dot_segment(path.substr(0, end))) return true;
    path.remove_prefix(end);
  }
  return false;
}

bool is_target(std::string_view target) {
  if (target.empty() || target[0] != '/') return false;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const char c = target[i];
    if (c <= 0x20 || c >= 0x7f || c == '#' || c == '\\') return false;
    if (c != '%') continue;
    if (i + 2 >= target.size() || hex_digit(target[i + 1]) < 0 || hex_digit(target[i + 2]) < 0) return false;
    if (target[i + 1] == '0' && target[i + 2] == '0') return false;
  }
  return true;
}

// What a header means to the front. Headers that are not in the table go to the handler as they are.
enum class Rule : std::uint8_t { drop, once, length, coding, encoding, type, expect, connection };
struct HeaderRule {
  std::string_view name;
  Rule rule;
  std::uint8_t bit = 0;  // of those that may come once only
};
constexpr HeaderRule header_rules[] = {
    {"host", Rule::once, 1},
    {"origin", Rule::once, 2},
    {"authorization", Rule::once, 4},
    {"content-type", Rule::type, 8},
    {"content-length", Rule::length, 16},
    {"transfer-encoding", Rule::coding, 32},
    {"expect", Rule::expect, 64},
    {"content-encoding", Rule::encoding},
    {"connection", Rule::connection},
    {"keep-alive", Rule::drop},
    {"proxy-connection", Rule::drop},
    {"proxy-authorization", Rule::drop},
    {"proxy-authenticate", Rule::drop},
    {"te", Rule::drop},
    {"trailer", Rule::drop},
    {"upgrade", Rule::drop},
    {"http2-settings", Rule::drop},
    {"range", Rule::drop},
    {"if-range", Rule::drop},
};
constexpr std::uint8_t host_bit = 1;

const HeaderRule* find_rule(std::string_view name) {
  for (const HeaderRule& rule : header_rules)
    if (rule.name.size() == name.size() && rule.name == name) return &rule;
  return nullptr;
}

}  // namespace

bool is_token(std::string_view text) {
  for (const char c : text)
    if (!is_token_byte(c)) return false;
  return !text.empty();
}

bool is_header_value(std::string_view text) {
  for (const char c : text)
    if (!is_value_byte(c)) return false;
  return true;
}

Refusal body_too_large() {
  return {413, "body_too_large",
          "The body of the request is larger than this address accepts. Send less at once."};
}

Reading HeadReader::refuse(int status, std::string_view id, std::string_view message) {
  refusal = {status, id, message};
  return Reading::refused;
}

// What the strings of the last request took is kept for the next one, unless it was much.
void HeadReader::reset() {
  constexpr std::size_t most_headers = 16;
  constexpr std::size_t most_bytes = 1024;
  HttpRequest used = std::move(request);
  auto spare = std::move(spare_);
  *this = HeadReader(limits_);
  for (Header& header : used.headers)
    if (spare.size() < most_headers && header.value.capacity() <= most_bytes)
      spare.push_back(std::move(header));
  used.headers.clear();
  if (used.headers.capacity() <= most_headers) request.headers = std::move(used.headers);
  if (used.body.capacity() <= most_bytes) request.body = std::move(used.body);
  request.body.clear();
  spare_ = std::move(spare);
}

// Memory for one more header.
Header HeadReader::blank_header() {
  if (spare_.empty()) return {};
  Header header = std::move(spare_.back());
  spare_.pop_back();
  return header;
}

Reading HeadReader::read(std::string_view received) {
  if (!received.empty() && !is_token_byte(received[0]))
    return refuse(400, "bad_request_line",
                  "This is not an HTTP request. Check that the URL's scheme is right.");
  for (;;) {
    const std::string_view rest = received.substr(done_);
    const auto at = rest.find('\n', scanned_);
    if (at == std::string_view::npos) return read_unfinished(rest);
    if (at == 0 || rest[at - 1] != '\r')
      return refuse(400, "bad_line_end", "Each line of a request's head must end with CR LF.");
    const std::string_view line = rest.substr(0, at - 1);
    if (line.size() > limits_.line_bytes || done_ + at + 1 > limits_.head_bytes) return read_unfinished(rest);
    done_ += at + 1;
    scanned_ = 0;
    const Reading reading = read_line(line);
    if (reading != Reading::more) return reading;
  }
}

Reading HeadReader::read_unfinished(std::string_view line) {
  scanned_ = line.size();
  // One byte more than the limit may be the CR of a line that just fits.
  if (line.size() > limits_.line_bytes + 1 || done_ + line.size() >= limits_.head_bytes) {
    if (lines_ == 0) return refuse(414, "target_too_long", "The address in the request is too long.");
    return refuse(431, "head_too_large", "The headers of the request are too large.");
  }
  return Reading::more;
}

Reading HeadReader::read_line(std::string_view line) {
  if (lines_++ == 0) return read_request_line(line);
  if (line.empty()) return finish();
  if (lines_ - 1 > limits_.header_lines)
    return refuse(431, "too_many_headers", "The request has too many header lines.");
  return read_header(line);
}

Reading HeadReader::read_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  const auto bad = [&] {
    return refuse(400, "bad_request_line", "The first line of the request is not valid HTTP/1.1.");
  };
  if (second == std::string_view::npos) return bad();
  const std::string_view method = line.substr(0, first);
  const std::string_view version = line.substr(second + 1);
  if (!is_token(method)) return bad();
  if (version == "HTTP/1.0") {
    is_http_1_0 = true;
    keep_alive = false;
  } else if (version != "HTTP/1.1") {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (version.size() == 8 && version.starts_with("HTTP/") && digit(version[5]) && version[6] == '.' &&
        digit(version[7]))
      return refuse(505, "http_version", "This version of HTTP is not spoken here. Use HTTP/1.1.");
    return bad();
  }
  if (method == "TRACE" || method == "CONNECT")
    return refuse(405, "method_not_allowed", "This method is not allowed here.");
  if (!is_known_method(method)) return refuse(501, "unknown_method", "This method is not known here.");
  request.method = method;
  return read_target(line.substr(first + 1, second - first - 1));
}

Reading HeadReader::read_target(std::string_view target) {
  const auto mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  if (!is_target(target) || has_dot_segment(path))
    return refuse(400, "bad_target",
                  "The address in the request must be a plain path that begins with \"/\".");
  request.path = path;
  if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
  return Reading::more;
}

Reading HeadReader::read_header(std::string_view line) {
  const auto colon = line.find(':');
  Header header = blank_header();
  bool is_alias = false;
  if (colon == std::string_view::npos || !take_token(line.substr(0, colon), header.name, is_alias))
    return refuse(400, "bad_header",
                  "A header line of the request is not valid: it needs a name, a colon and a value.");
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  if (!is_header_value(value))
    return refuse(400, "bad_header", "A header value of the request holds a control character.");
  if (is_alias) return Reading::more;
  bool keep = true;
  if (const Reading reading = read_special(header.name, value, keep); reading != Reading::more)
    return reading;
  if (keep) {
    header.value = value;
    if (request.headers.capacity() == 0) request.headers.reserve(8);
    request.headers.push_back(std::move(header));
  }
  return Reading::more;
}

Reading HeadReader::read_special(std::string_view name, std::string_view value, bool& keep) {
  const HeaderRule* rule = find_rule(name);
  if (!rule) return Reading::more;
  if ((seen_once_ & rule->bit) != 0)
    return refuse(400, "repeated_header", "A header that may come only once came twice.");
  seen_once_ |= rule->bit;
  keep = rule->rule == Rule::once || rule->rule == Rule::type;
  switch (rule->rule) {
    case Rule::length:
      return read_length(value);
    case Rule::coding:
      return read_coding(value);
    case Rule::connection:
      read_connection(value);
      break;
    case Rule::encoding:
      return refuse(415, "content_encoding",
                    "Compressed request bodies are not accepted. Send the body as it is.");
    case Rule::type:
      if (value.size() >= 10 && equal_ignoring_case(value.substr(0, 10), "multipart/"))
        return refuse(415, "multipart", "Multipart bodies are not accepted. Send JSON.");
      break;
    case Rule::expect:
      if (!equal_ignoring_case(value, "100-continue"))
        return refuse(417, "expectation", "The Expect header of the request asks for something unknown.");
      expects_continue = true;
      break;
    case Rule::drop:
    case Rule::once:
      break;
  }
  return Reading::more;
}

Reading HeadReader::read_length(std::string_view value) {
  const auto number = value.size() <= 10 ? parse_number<std::uint64_t>(value) : std::nullopt;
  if (!number) return refuse(400, "bad_content_length", "Content-Length must be a plain number.");
  has_length_ = true;
  length = *number;
  return Reading::more;
}

Reading HeadReader::read_coding(std::string_view value) {
  if (!equal_ignoring_case(value, "chunked"))
    return refuse(501, "transfer_encoding", "The only Transfer-Encoding understood here is \"chunked\".");
  body = Body::chunked;
  return Reading::more;
}

void HeadReader::read_connection(std::string_view value) {
  for (const std::string_view option : split(value, ','))
    if (equal_ignoring_case(trim_blanks(option), "close")) keep_alive = false;
}

Reading HeadReader::finish() {
  if ((seen_once_ & host_bit) == 0) return refuse(400, "no_host", "The request has no Host header.");
  if (body == Body::chunked && (has_length_ || is_http_1_0))
    return refuse(400, "ambiguous_length", "The request gives the length of its body in two ways.");
  if (has_length_ && length > 0) body = Body::length;
  if (body != Body::none && request.method != "POST" && request.method != "PUT" && request.method != "PATCH")
    return refuse(400, "unexpected_body", "A request with this method must not have a body.");
  return Reading::complete;
}

}  // namespace patchbay
