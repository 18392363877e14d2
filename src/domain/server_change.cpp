#include "domain/server_change.h"

#include "base/error.h"
#include "base/url.h"

namespace patchbay {

bool leads_elsewhere(const Server& before, const Server& after) {
  if (before.auth != after.auth || before.credential_mode != after.credential_mode) return true;
  if (before.oauth.client_id != after.oauth.client_id ||
      before.oauth.authorization_endpoint != after.oauth.authorization_endpoint ||
      before.oauth.token_endpoint != after.oauth.token_endpoint)
    return true;
  if (before.url == after.url) return false;
  try {
    return !same_origin(parse_url(before.url), parse_url(after.url));
  } catch (const Error&) {
    return true;
  }
}

}  // namespace patchbay
