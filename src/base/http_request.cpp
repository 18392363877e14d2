#include "base/http_request.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/http_head.h"
#include "base/text.h"

namespace patchbay {

namespace {

constexpr std::array<std::string_view, 7> own_headers = {
    "host",       "content-length",    "accept-encoding", "connection",
    "keep-alive", "transfer-encoding", "proxy-connection"};

void check_header(const Header& header) {
  const bool is_own = std::any_of(own_headers.begin(), own_headers.end(), [&](std::string_view own) {
    return equal_ignoring_case(own, header.name);
  });
  if (is_own || !is_header_value(header.value) || !is_token(header.name))
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
