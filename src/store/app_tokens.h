#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "domain/app.h"
#include "store/database.h"

namespace patchbay::store {

// The kinds of what we hand to applications; each has a prefix of its own for secret scanners, and a hash of
// its own so that one can never be taken for another.
enum class AppSecret : std::uint8_t { access, refresh, code, device, client };
std::string_view prefix_of(AppSecret kind);  // "pbk_at_"
Secret new_app_secret(AppSecret kind);
// The same 32 bytes for the same derivation: see oauth/issuer.
Secret app_secret_of(AppSecret kind, std::string_view bytes);
bool is_app_secret(AppSecret kind, std::string_view text);
std::string hash_app_secret(AppSecret kind, std::string_view text);

// One sign-in of an application: the family of its tokens. Its id stands for the caller in sessions and in
// the trail, so that a refreshed token is the same caller.
struct AppSignIn {
  TokenId id;
  AppGrantId grant;
  Scope scopes = Scope::none;
  std::string resource;
  Instant created_at;
};
void add_app_sign_in(Database& db, const AppSignIn& sign_in);
std::optional<AppSignIn> find_app_sign_in(Database& db, const TokenId& id);
std::vector<TokenId> list_app_sign_ins(Database& db, const AppGrantId& grant);
// With its tokens; false where there is none.
bool remove_app_sign_in(Database& db, const TokenId& id);

struct AppToken {
  std::string hash;
  AppSecret kind = AppSecret::access;
  TokenId sign_in;
  Scope scopes = Scope::none;
  std::string resource;
  Instant created_at;
  Instant expires_at;
  std::optional<Instant> rotated_at;  // a refresh token that was used
  std::string successor;              // the hash of the one that took its place
};
void add_app_token(Database& db, const AppToken& token);
std::optional<AppToken> find_app_token(Database& db, AppSecret kind, std::string_view hash);
// False where it has been rotated already.
bool rotate_app_token(Database& db, std::string_view hash, std::string_view successor, Instant now);
void remove_app_token(Database& db, std::string_view hash);

// A live access token with all that a call needs to know.
struct LiveAppToken {
  std::string hash;
  TokenId sign_in;
  UserId user;
  std::string app;
  std::string app_name;
  Scope scopes = Scope::none;
  std::string resource;
  Instant expires_at;
  std::shared_ptr<const Selection> servers;
};
std::vector<LiveAppToken> list_live_app_tokens(Database& db, Instant now);
std::optional<LiveAppToken> find_live_app_token(Database& db, std::string_view hash, Instant now);

struct AppCode {
  std::string hash;
  AppGrantId grant;
  std::string redirect_uri;
  std::string challenge;
  std::string resource;
  Scope scopes = Scope::none;
  SessionId session;  // of the browser that approved it
  Instant expires_at;
  std::optional<Instant> used_at;
  std::optional<TokenId> sign_in;  // what came of it
};
void add_app_code(Database& db, const AppCode& code);
std::optional<AppCode> find_app_code(Database& db, std::string_view hash);
// False where it was used already.
bool use_app_code(Database& db, std::string_view hash, Instant now);
void note_code_sign_in(Database& db, std::string_view hash, const TokenId& sign_in);

struct AppDevice {
  std::string hash;
  std::string user_code;  // as it is kept: eight letters
  std::string app;
  Scope scopes = Scope::none;
  std::string resource;
  std::string remote;
  Instant expires_at;
  std::optional<Instant> polled_at;
  std::int64_t interval_s = 5;
  std::optional<AppGrantId> grant;  // approved
  bool denied = false;
};
void add_app_device(Database& db, const AppDevice& device);
std::optional<AppDevice> find_app_device(Database& db, std::string_view hash);
std::optional<AppDevice> find_app_device_by_code(Database& db, std::string_view user_code, Instant now);
std::int64_t count_app_devices(Database& db, Instant now);
void note_device_poll(Database& db, std::string_view hash, Instant now, std::int64_t interval_s);
// False where somebody has answered already.
bool answer_app_device(Database& db, std::string_view hash, const std::optional<AppGrantId>& grant,
                       Scope scopes);
void remove_app_device(Database& db, std::string_view hash);

// Codes, tokens and devices that are of no use to anybody any more, not even to notice a replay.
void purge_app_tokens(Database& db, Instant now);

}  // namespace patchbay::store
