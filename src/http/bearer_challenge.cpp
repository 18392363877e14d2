#include "http/bearer_challenge.h"

#include "base/text.h"
#include "oauth/authorization_request.h"

namespace patchbay::http {

std::string resource_metadata_url(std::string_view public_url, std::string_view path) {
  const bool is_endpoint = covers("/mcp", path) && oauth::read_resource(public_url, cat(public_url, path));
  return cat(public_url, "/.well-known/oauth-protected-resource", is_endpoint ? path : "/mcp");
}

std::string bearer_challenge(std::string_view public_url, std::string_view path, std::string_view error) {
  return cat("Bearer ", error.empty() ? std::string() : cat("error=\"", error, "\", "), "scope=\"",
             mcp_scopes, "\", resource_metadata=\"", resource_metadata_url(public_url, path), "\"");
}

}  // namespace patchbay::http
