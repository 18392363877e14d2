#include "domain/app.h"

#include "base/error.h"
#include "base/text.h"
#include "base/url.h"

namespace patchbay {

namespace {

struct AuthName {
  AppAuth auth;
  std::string_view name;
};
constexpr AuthName auth_names[] = {
    {AppAuth::none, "none"}, {AppAuth::basic, "client_secret_basic"}, {AppAuth::post, "client_secret_post"}};

constexpr std::int64_t longest_access = 60;    // minutes
constexpr std::int64_t longest_refresh = 365;  // days

}  // namespace

std::string_view to_text(AppAuth auth) {
  for (const AuthName& one : auth_names)
    if (one.auth == auth) return one.name;
  return {};
}

std::optional<AppAuth> parse_app_auth(std::string_view text) {
  for (const AuthName& one : auth_names)
    if (one.name == text) return one.auth;
  return std::nullopt;
}

void validate(const AppSettings& settings) {
  if (settings.access_minutes < 1 || settings.access_minutes > longest_access)
    throw Error::invalid("app_settings", "An access token lives 1 to 60 minutes.");
  if (settings.refresh_days < 1 || settings.refresh_days > longest_refresh)
    throw Error::invalid("app_settings", "A refresh token lives 1 to 365 days.");
  if (settings.redirect_hosts.size() > AppSettings::most_hosts)
    throw Error::invalid("app_settings", "There may be at most 200 redirect hosts.");
  for (const std::string& host : settings.redirect_hosts)
    if (!is_host_name(host))
      throw Error::invalid("app_settings", "A redirect host is a plain name in lower case, e.g. claude.ai.");
}

bool covers(std::string_view resource, std::string_view asked) {
  return asked.starts_with(resource) && (asked.size() == resource.size() || asked[resource.size()] == '/');
}

}  // namespace patchbay
