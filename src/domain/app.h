#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "domain/person.h"
#include "domain/selection.h"

namespace patchbay {

using AppGrantId = Id<struct AppGrantTag>;

// How a client application proves itself at our token endpoint (RFC 7591 §2).
enum class AppAuth : std::uint8_t { none, basic, post };
std::string_view to_text(AppAuth);
std::optional<AppAuth> parse_app_auth(std::string_view);

namespace grant_type {
inline constexpr std::string_view code = "authorization_code";
inline constexpr std::string_view refresh = "refresh_token";
inline constexpr std::string_view device = "urn:ietf:params:oauth:grant-type:device_code";  // RFC 8628
}  // namespace grant_type

// A client application that signs people in with us. What it says of itself proves nothing; whom its redirect
// URIs lead to is what a person can judge.
struct App {
  enum class Origin : std::uint8_t {
    registered,  // by RFC 7591, by anybody
    document     // its id is the URL of the document that describes it
  };
  std::string id;  // its client_id
  Origin origin = Origin::registered;
  std::string name;
  std::vector<std::string> redirect_uris;
  std::vector<std::string> grant_types;
  AppAuth auth = AppAuth::none;
  std::string secret_hash;  // empty where `auth` is none
  std::string remote;       // who registered it
  Instant created_at;
  std::optional<Instant> fresh_until;  // of a document
  std::optional<Instant> approved_at;  // when a person first let it in

  bool may(std::string_view type) const {
    return std::find(grant_types.begin(), grant_types.end(), type) != grant_types.end();
  }
};

// That a person has let an application in: with what it may do, and where.
struct AppGrant {
  AppGrantId id;
  std::string app;
  UserId user;
  std::string redirect_host;  // where its codes go; "device" for one without a browser
  std::string resource;       // the widest that was approved
  Scope scopes = Scope::none;
  std::shared_ptr<const Selection> servers;  // that it may reach; null: whatever the person may
  Instant created_at;
  Instant updated_at;
  std::optional<Instant> last_used_at;
};

// What an admin decides about all applications.
struct AppSettings {
  static constexpr std::size_t most_hosts = 200;

  bool registration = true;                 // RFC 7591
  bool documents = true;                    // client ID metadata documents
  std::vector<std::string> redirect_hosts;  // of https redirect URIs; empty: any
  std::int64_t access_minutes = 15;
  std::int64_t refresh_days = 30;
};
// Throws Error::invalid("app_settings").
void validate(const AppSettings& settings);

// Whether a resource URL covers another: itself, and what lies below it at the border of a path segment.
bool covers(std::string_view resource, std::string_view asked);

}  // namespace patchbay
