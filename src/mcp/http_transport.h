#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/http_client.h"
#include "base/secret.h"
#include "mcp/token_source.h"
#include "mcp/transport.h"

namespace patchbay::mcp {

struct SecretHeader {
  std::string name;
  Secret value;
};

// Where a server is and how to show who we are.
struct ServerAddress {
  std::string label;  // how messages call it
  Url url;
  UrlGiver giver = UrlSource::admin;
  std::shared_ptr<const TlsClient> tls;  // null: the system's authorities
  std::string pool_key;                  // names the credential
  std::filesystem::path unix_socket;     // our own control socket, dialled in place of the host
  std::vector<SecretHeader> headers;     // Authorization or what the admin configured
  std::shared_ptr<TokenSource> tokens;   // of an account with auth oauth; null where there is none
  HttpLimits limits;
  // Of a call's event stream: comments alone do not keep it alive for ever.
  std::chrono::milliseconds stream_silence{600'000};
};

// Both throw Error::invalid("bad_header") where a header is one that the protocol computes.

// Streamable HTTP (2025-03-26 to 2025-11-25): each message is a POST, answered by JSON or by an event stream.
std::shared_ptr<Transport> make_http_transport(Loop& loop, HttpClient& client, ServerAddress address);

// The legacy HTTP+SSE of 2024-11-05: answers arrive on one long event stream. A lost stream is a lost
// session.
std::shared_ptr<Transport> make_sse_transport(Loop& loop, HttpClient& client, ServerAddress address);

}  // namespace patchbay::mcp
