#include "base/http_request.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/text.h"

namespace patchbay {

namespace {

constexpr std::array<std::string_view, 7> own_headers = {
    "host",       "content-length",    "accept-encoding", "connection",
    "keep-alive", "transfer-encoding", "proxy-connection"};

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  const auto fits = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           marks.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

void check_header(const Header& header) {
  const bool is_own = std::any_of(own_headers.begin(), own_headers.end(), [&](std::string_view own) {
    return equal_ignoring_case(own, header.name);
  });
  const bool is_clean = std::none_of(header.value.begin(), header.value.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
  if (is_own || !is_clean || !is_token(header.name))
    throw Error::invalid(
        "bad_header",
        "A header's name or value cannot be sent. Names are words without blanks, values one line.");
}

}  // namespace

void write_request_head(std::string& head, const OutgoingRequest& request, bool absolute) {
  const Url& url = request.url;
  head.clear();
  head.append(request.method).append(" ");
  if (absolute) head += url.origin();
  head.append(url.path_and_query).append(" HTTP/1.1\r\nHost: ").append(url.authority());
  head.append("\r\nAccept-Encoding: identity\r\n");
  if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
    head += "Content-Length: ";
    text_detail::append(head, request.body.size());
    head += "\r\n";
  }
  for (const Header& header : request.headers) {
    check_header(header);
    head.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  head += "\r\n";
}

}  // namespace patchbay
