#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/database.h"

namespace patchbay::store {

// Small facts by name. Nothing secret: a secret has a column of its own.
namespace setting {
inline constexpr std::string_view last_good_catalog = "catalog.last_good";  // the file's text
inline constexpr std::string_view apps = "apps";                  // JSON, as GET /v1/settings/apps shows it
inline constexpr std::string_view network = "network";            // domain/network_policy, as JSON
inline constexpr std::string_view organisation = "organisation";  // its name
inline constexpr std::string_view public_url = "public_url";      // where the configuration says none
inline constexpr std::string_view rollout = "rollout";            // JSON, as GET /v1/rollout shows it
}  // namespace setting

struct Setting {
  std::string value;
  Instant updated_at;
};
std::optional<Setting> find_setting(Database& db, std::string_view name);
void put_setting(Database& db, std::string_view name, std::string_view value, Instant now);
void remove_setting(Database& db, std::string_view name);

}  // namespace patchbay::store
