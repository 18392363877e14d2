#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/http_message.h"

namespace patchbay::http {

// The same bytes in the codings that they are kept in; empty where they are not.
struct Coded {
  std::string tag;  // of the bytes; without quotes
  std::string_view identity;
  std::string_view brotli;
  std::string_view gzip;
};

// A tag for these bytes, the same wherever they are the same.
std::string tag_of(std::string_view bytes);

// 200 in the coding that the client likes best, the smallest of those it likes equally (RFC 9110 §12.5.3), or
// 304 where it has just that one. `headers` go along with either, `type` with 200.
HttpReply coded_reply(const HttpRequest& request, const Coded& body, std::string_view type,
                      std::vector<Header> headers);

}  // namespace patchbay::http
