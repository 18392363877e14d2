#pragma once

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/server.h"
#include "store/servers.h"

namespace patchbay::http {

inline constexpr std::size_t most_headers = 20;  // R37

// A server as a request wants it.
struct ServerWish {
  Server server;
  std::optional<std::vector<store::ServerHeader>> headers;  // absent: they stay as they are
  std::optional<Secret> client_secret;   // of the client typed in for auth oauth; absent: it stays as it is
  std::optional<std::int64_t> revision;  // that the caller has seen
  bool forgets = false;                  // the change ends what anybody's credentials were for
};

// POST: {"preset"?, "slug"?, "title"?, "url", …}; a slug that is not given is derived from the title. The
// organisation's is disabled unless it says otherwise, a person's own is enabled and has no fields that are
// an admin's. Throw Error::invalid.
ServerWish read_new_server(const nlohmann::json& body);
ServerWish read_new_own_server(const nlohmann::json& body);

// PATCH: a key that is absent keeps the value; null, and "" where text is wanted, unsets it; a list or map
// replaces all of the old one. A new kind of authentication and a new destination both forget the old secrets
// (R92, R93).
ServerWish read_server_change(const nlohmann::json& body, const Server& before);
ServerWish read_own_server_change(const nlohmann::json& body, const Server& before);

// What may be shown of a server: of its secrets only which headers there are.
nlohmann::json server_json(const Server& server, const std::vector<std::string>& header_names);

}  // namespace patchbay::http
