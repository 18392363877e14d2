#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace patchbay::oauth {

// One exchange of a sign-in, for whoever must find out why it failed. Holds no secret: of a URL only origin
// and path, of an answer only its status and our own words about it.
struct TraceStep {
  std::string_view leg;  // "challenge", "resource_metadata", "server_metadata", "registration", "token", …
  std::string url;
  int status = 0;  // 0: no answer
  bool ok = false;
  std::string detail;
};
using Trace = std::vector<TraceStep>;

// A JSON array of {leg, url, status, ok, detail}.
std::string to_json_text(const Trace& trace);

}  // namespace patchbay::oauth
