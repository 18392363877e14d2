#include <algorithm>

#include "base/crypto.h"
#include "base/error.h"
#include "base/text.h"
#include "oauth/issuer.h"
#include "store/apps.h"
#include "store/users.h"

namespace patchbay::oauth {

namespace {

using store::AppSecret;

// No vowels, so that no words come about, and nothing that looks like another (RFC 8628 §6.1).
constexpr std::string_view letters = "BCDFGHJKLMNPQRSTVWXZ";
constexpr std::size_t code_letters = 8;
constexpr std::int64_t most_devices = 1000;
constexpr std::int64_t slower_s = 5;

std::string random_letters() {
  std::string code;
  while (code.size() < code_letters) {
    for (const char byte : crypto::random_bytes(16)) {
      const auto value = static_cast<unsigned char>(byte);
      if (value < 240 && code.size() < code_letters) code += letters[value % letters.size()];  // no bias
    }
  }
  return code;
}

}  // namespace

std::string Issuer::device_code_of(std::string_view typed) {
  std::string code;
  for (const char c : typed) {
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (letters.find(upper) != std::string_view::npos)
      code += upper;
    else if (c != '-' && c != ' ')
      return {};
  }
  return code.size() == code_letters ? code : std::string();
}

Issuer::NewDevice Issuer::start_device(Database& db, const App& app, Scope scopes, std::string_view resource,
                                       std::string_view remote) const {
  const auto now = clock_.now();
  if (store::count_app_devices(db, now) >= most_devices)
    throw Error::limited("too_many_devices", "Too many devices wait to be let in. Try again later.", 60);
  NewDevice made{store::new_app_secret(AppSecret::device), random_letters()};
  store::AppDevice device;
  device.hash = store::hash_app_secret(AppSecret::device, made.device_code.reveal());
  device.user_code = made.user_code;
  device.app = app.id;
  device.scopes = scopes;
  device.resource = resource;
  device.remote = remote;
  device.expires_at = now + device_life;
  device.interval_s = device_interval_s;
  store::add_app_device(db, device);
  made.user_code.insert(code_letters / 2, "-");
  return made;
}

Issuer::Answer Issuer::redeem_device(Database& db, const App& app, const FormFields& form) const {
  const Secret* presented = form.find("device_code");
  if (presented == nullptr || presented->empty())
    return Answer::refused("invalid_request", "no_device_code", "A device_code is needed.");
  const auto hash = store::hash_app_secret(AppSecret::device, presented->reveal());
  const auto device = store::find_app_device(db, hash);
  if (!device || device->app != app.id)
    return Answer::refused("invalid_grant", "unknown_device_code",
                           "This device code is not known. Begin again.");
  const auto now = clock_.now();
  if (device->expires_at <= now)
    return Answer::refused("expired_token", "expired_device_code",
                           "This device code is too old. Begin again.");
  if (device->denied) {
    store::remove_app_device(db, hash);
    return Answer::refused("access_denied", "denied", "The person said no.");
  }
  if (!device->grant) {
    const bool is_early =
        device->polled_at && now < *device->polled_at + std::chrono::seconds(device->interval_s);
    store::note_device_poll(db, hash, now, device->interval_s + (is_early ? slower_s : 0));
    auto answer = Answer::refused(is_early ? "slow_down" : "authorization_pending", "pending",
                                  "The person has not decided yet.");
    answer.is_waiting = true;
    return answer;
  }
  store::remove_app_device(db, hash);
  const auto grant = store::find_app_grant(db, *device->grant);
  if (!grant || !is_live_person(db, grant->user))
    return Answer::refused("invalid_grant", "disabled_user", "This is not good any more. Begin again.");
  store::AppSignIn sign_in{TokenId::create(now), grant->id, device->scopes & grant->scopes, device->resource,
                           now};
  store::add_app_sign_in(db, sign_in);
  Answer answer = issue(db, app, sign_in, sign_in.scopes, sign_in.resource);
  answer.user = grant->user;
  return answer;
}

std::optional<Issuer::Shown> Issuer::look_at(Database& db, const App& app, std::string_view token) const {
  for (const auto kind : {AppSecret::access, AppSecret::refresh}) {
    if (!store::is_app_secret(kind, token)) continue;
    const auto found = store::find_app_token(db, kind, store::hash_app_secret(kind, token));
    const auto sign_in = found ? store::find_app_sign_in(db, found->sign_in) : std::nullopt;
    const auto grant = sign_in ? store::find_app_grant(db, sign_in->grant) : std::nullopt;
    if (!grant || grant->app != app.id || found->rotated_at || found->expires_at <= clock_.now() ||
        !is_live_person(db, grant->user))
      return std::nullopt;
    return Shown{kind == AppSecret::refresh,
                 found->scopes & grant->scopes,
                 found->resource,
                 found->created_at,
                 found->expires_at,
                 grant->user,
                 sign_in->id};
  }
  return std::nullopt;
}

std::optional<TokenId> Issuer::revoke(Database& db, const App& app, std::string_view token) const {
  for (const auto kind : {AppSecret::access, AppSecret::refresh}) {
    if (!store::is_app_secret(kind, token)) continue;
    const auto hash = store::hash_app_secret(kind, token);
    const auto found = store::find_app_token(db, kind, hash);
    const auto sign_in = found ? store::find_app_sign_in(db, found->sign_in) : std::nullopt;
    const auto grant = sign_in ? store::find_app_grant(db, sign_in->grant) : std::nullopt;
    if (!grant || grant->app != app.id) return std::nullopt;
    if (kind == AppSecret::access)
      store::remove_app_token(db, hash);
    else
      store::remove_app_sign_in(db, sign_in->id);
    return sign_in->id;
  }
  return std::nullopt;
}

}  // namespace patchbay::oauth
