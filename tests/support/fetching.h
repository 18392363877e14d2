#pragma once

#include <string>
#include <utility>

#include "base/http_client.h"
#include "base/text.h"
#include "support/catch.h"
#include "support/fake_upstream.h"
#include "support/web.h"

// Requests of the HTTP client to servers that answer what a test says.
namespace test {

using namespace patchbay;
using namespace std::chrono_literals;

struct Got {
  int status = 0;
  std::string body;
  std::string kind;  // the header x-kind
};

inline OutgoingRequest get(const std::string& url) {
  OutgoingRequest request;
  request.url = parse_url(url);
  request.giver = UrlSource::admin;
  return request;
}

inline OutgoingRequest post(const std::string& url, std::string body) {
  auto request = get(url);
  request.method = "POST";
  request.body = std::move(body);
  return request;
}

inline Task<Got> fetch_task(HttpClient& client, OutgoingRequest request, Until until) {
  auto response = co_await client.send(std::move(request), until);
  Got got;
  got.status = response.status();
  got.kind = std::string(response.header("x-kind").value_or(""));
  got.body = co_await response.read_all(until);
  co_return got;
}

inline Got fetch(Web& web, OutgoingRequest request, Until until = Until::in(10s)) {
  return web.run(fetch_task(*web.client, std::move(request), std::move(until)));
}

// A server that answers every request of a connection with these bytes.
inline FakeServer::Script always(std::string bytes) {
  return [bytes](FakeServer::Peer& peer) {
    while (peer.read())
      if (!peer.send(bytes)) return;
  };
}

inline std::string ok(const std::string& body) {
  return cat("HTTP/1.1 200 OK\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
}

inline Error error_of(Web& web, const OutgoingRequest& request, Until until = Until::in(10s)) {
  try {
    fetch(web, request, std::move(until));
  } catch (const Error& error) {
    return error;
  }
  return Error::internal("nothing_thrown", "");
}

inline std::string id_of(const FakeServer::Script& script, HttpLimits limits = {}) {
  FakeServer server(script);
  Web web;
  auto request = post(server.url(), "{}");
  request.limits = limits;
  const std::string id = error_of(web, request).id();
  CHECK(web.client->idle_connections() == 0);
  return id;
}

inline std::string header_lines(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += cat("X-", i, ": y\r\n");
  return lines;
}

}  // namespace test
