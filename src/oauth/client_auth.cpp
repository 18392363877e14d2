#include "oauth/client_auth.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"

namespace patchbay::oauth {

namespace {

bool lists(const std::vector<std::string>& supported, ClientAuth auth) {
  return std::find(supported.begin(), supported.end(), to_text(auth)) != supported.end();
}

// RFC 4648 §4: the alphabet with "+" and "/", padded, as HTTP wants it.
Secret to_base64(const Secret& bytes) {
  std::string text = to_base64url(bytes.reveal());
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return Secret(std::move(text));
}

}  // namespace

std::optional<ClientAuth> choose_for_registration(const std::vector<std::string>& supported) {
  if (supported.empty()) return ClientAuth::none;
  for (const auto auth : {ClientAuth::none, ClientAuth::basic, ClientAuth::post})
    if (lists(supported, auth)) return auth;
  return std::nullopt;
}

ClientAuth choose_for_client(const std::vector<std::string>& supported, bool has_secret) {
  if (!has_secret) return ClientAuth::none;
  const bool only_post = lists(supported, ClientAuth::post) && !lists(supported, ClientAuth::basic);
  return only_post ? ClientAuth::post : ClientAuth::basic;
}

std::optional<Secret> identify(Form& form, const ClientIdentity& client) {
  if (client.auth == ClientAuth::basic && client.secret) {
    const Secret password(percent_encode(client.secret->reveal()));
    const Secret pair(cat(percent_encode(client.id), ':', password.reveal()));
    return Secret(cat("Basic ", to_base64(pair).reveal()));
  }
  form.add("client_id", client.id);
  if (client.auth == ClientAuth::post && client.secret) form.add("client_secret", *client.secret);
  return std::nullopt;
}

}  // namespace patchbay::oauth
