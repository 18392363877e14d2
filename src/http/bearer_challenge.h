#pragma once

#include <string>
#include <string_view>

namespace patchbay::http {

// What an MCP endpoint wants of a token (protocol.md 4.1).
inline constexpr std::string_view mcp_scopes = "mcp:read mcp:write";

// The address of the metadata of the endpoint at `path` (RFC 9728 §3.1, but below our base path); of /mcp
// where there is no such endpoint. It is the same whether or not a server of that name is there.
std::string resource_metadata_url(std::string_view public_url, std::string_view path);

// The value of WWW-Authenticate (RFC 6750 §3, RFC 9728 §5.1). `error` is empty where no token was sent.
std::string bearer_challenge(std::string_view public_url, std::string_view path, std::string_view error);

}  // namespace patchbay::http
