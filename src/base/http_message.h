#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay {

struct Header {
  std::string name;  // lower case in what we receive
  std::string value;
};

// The first header of that name (lower case), nothing where there is none.
inline std::optional<std::string_view> find_header(const std::vector<Header>& headers,
                                                   std::string_view name) {
  for (const Header& header : headers)
    if (header.name == name) return header.value;
  return std::nullopt;
}

// What forwarding headers said, which nobody sees behind the gate (base/http_gate).
struct Forwarding {
  bool for_somebody = false;      // X-Forwarded-For was there
  bool says_https = false;        // X-Forwarded-Proto was "https"
  bool by_trusted_proxy = false;  // the connection came from one of trusted_proxies, so they were believed
};

// A request that the front has read whole and checked.
struct HttpRequest {
  std::string method;  // GET HEAD POST PUT PATCH DELETE OPTIONS
  std::string path;    // still percent-encoded, begins with "/", the base path taken off
  std::string query;   // without "?"
  std::vector<Header> headers;
  std::string body;
  std::string peer;       // the client's address; of X-Forwarded-For only where the peer is a trusted proxy
  bool is_local = false;  // came through the control socket of the data directory
  bool is_https = false;  // to us, or to the trusted proxy before us
  Forwarding forwarding = {};
  std::optional<std::string_view> header(std::string_view name) const { return find_header(headers, name); }
};

struct HttpReply {
  int status = 200;
  std::vector<Header> headers;
  std::string body;

  static HttpReply json(int status, std::string text) {
    return {status, {{"Content-Type", "application/json"}}, std::move(text)};
  }
  static HttpReply empty(int status) { return {status, {}, {}}; }
  static HttpReply text(int status, std::string text) {
    return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
  }
};

}  // namespace patchbay
