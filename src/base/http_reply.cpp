#include "base/http_reply.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace patchbay {

namespace {

struct Reason {
  int status;
  std::string_view text;
};
constexpr Reason reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

std::string_view reason_of(int status) {
  for (const Reason& reason : reasons)
    if (reason.status == status) return reason.text;
  return "Status";
}

// A JSON string. The sentences are ours, but may quote a user's words, which can hold anything.
void append_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

constexpr std::string_view own_headers[] = {"content-length", "transfer-encoding", "connection", "keep-alive",
                                            "x-content-type-options"};

bool may_send(const Header& header) {
  for (const std::string_view own : own_headers)
    if (equal_ignoring_case(header.name, own)) return false;
  if (is_token(header.name) && is_header_value(header.value)) return true;
  log::error("http.header_left_out", {{"name", header.name}});
  return false;
}

}  // namespace

int status_of(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::invalid:
      return 400;
    case Error::Kind::unauthenticated:
      return 401;
    case Error::Kind::forbidden:
      return 403;
    case Error::Kind::not_found:
      return 404;
    case Error::Kind::conflict:
      return 409;
    case Error::Kind::busy:
    case Error::Kind::cancelled:
      return 503;
    case Error::Kind::limited:
      return 429;
    case Error::Kind::upstream:
      return 502;
    case Error::Kind::timeout:
      return 504;
    case Error::Kind::internal:
      break;
  }
  return 500;
}

HttpReply error_reply(int status, std::string_view id, std::string_view message) {
  std::string body = "{\"error\":";
  append_quoted(body, id);
  body += ",\"message\":";
  append_quoted(body, message);
  body += '}';
  HttpReply reply = HttpReply::json(status, std::move(body));
  reply.headers.push_back({"Cache-Control", "no-store"});
  return reply;
}

HttpReply error_reply(const Error& error) {
  if (error.kind() == Error::Kind::internal) return internal_error_reply();
  HttpReply reply = error_reply(status_of(error.kind()), error.id(), error.message());
  if (reply.status == 401) reply.headers.push_back({"WWW-Authenticate", "Bearer"});
  if (reply.status == 429 || reply.status == 503)
    reply.headers.push_back({"Retry-After", cat(error.retry_after())});
  return reply;
}

HttpReply internal_error_reply() {
  return error_reply(500, "internal", "Something went wrong. The log says more.");
}

bool allows_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

void append_head(std::string& out, int status, const std::vector<Header>& headers, BodyForm form,
                 std::size_t length, bool keep_alive) {
  out += "HTTP/1.1 ";
  text_detail::append(out, status);
  out += ' ';
  out += reason_of(status);
  out += "\r\n";
  for (const Header& header : headers) {
    if (!may_send(header)) continue;
    out += header.name;
    out += ": ";
    out += header.value;
    out += "\r\n";
  }
  out += "X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n";
  if (form == BodyForm::chunked) out += "Transfer-Encoding: chunked\r\n";
  if (form == BodyForm::counted && allows_body(status)) {
    out += "Content-Length: ";
    text_detail::append(out, length);
    out += "\r\n";
  }
  if (!keep_alive) out += "Connection: close\r\n";
  out += "\r\n";
}

}  // namespace patchbay
