#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "domain/oauth_settings.h"
#include "oauth/form.h"

namespace patchbay::oauth {

// What to register for: the first of none, basic and post that the server lists; none where it lists nothing.
// Nothing where it lists only what we do not speak.
std::optional<ClientAuth> choose_for_registration(const std::vector<std::string>& supported);
// What a client with a known id uses where nobody said more: basic before post with a secret, none without.
ClientAuth choose_for_client(const std::vector<std::string>& supported, bool has_secret);

struct ClientIdentity {
  std::string id;
  std::optional<Secret> secret;
  ClientAuth auth = ClientAuth::none;
};
// Adds to a token or revocation request who asks. The value of the Authorization header, where one belongs to
// it.
std::optional<Secret> identify(Form& form, const ClientIdentity& client);

}  // namespace patchbay::oauth
