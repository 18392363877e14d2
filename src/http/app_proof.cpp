#include "http/app_proof.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"
#include "store/app_tokens.h"

namespace patchbay::http {

namespace {

// The plain alphabet of RFC 4648 §4, with its padding or without.
std::optional<std::string> from_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string url(text);
  std::replace(url.begin(), url.end(), '+', '-');
  std::replace(url.begin(), url.end(), '/', '_');
  return from_base64url(url);
}

std::optional<std::string> form_decode(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  return percent_decode(plain);
}

}  // namespace

std::optional<AppProof> read_app_proof(const HttpRequest& request, const oauth::FormFields& form) {
  AppProof proof;
  proof.client_id = form.text("client_id");
  const Secret* secret = form.find("client_secret");
  if (secret != nullptr) proof.secret = *secret;
  const auto header = request.header("authorization");
  if (!header) return proof.client_id.empty() ? std::nullopt : std::optional(proof);
  constexpr std::string_view scheme = "basic ";
  if (header->size() < scheme.size() || !equal_ignoring_case(header->substr(0, scheme.size()), scheme) ||
      secret != nullptr)
    return std::nullopt;
  const auto both = from_base64(trim(header->substr(scheme.size())));
  const auto colon = both ? both->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  const auto id = form_decode(std::string_view(*both).substr(0, colon));
  auto given = form_decode(std::string_view(*both).substr(colon + 1));
  if (!id || !given || id->empty() || (!proof.client_id.empty() && proof.client_id != *id))
    return std::nullopt;
  proof.client_id = *id;
  proof.secret = Secret(std::move(*given));
  return proof;
}

bool proves(const AppProof& proof, const App& app) {
  if (app.auth == AppAuth::none) return proof.secret.empty();
  return crypto::equal(store::hash_app_secret(store::AppSecret::client, proof.secret.reveal()),
                       app.secret_hash);
}

}  // namespace patchbay::http
