#include "http/presets.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"

namespace patchbay::http {

namespace {

constexpr std::array<Preset, 11> the_presets{{
    {"notion", "Notion", "Pages, databases and comments of a Notion workspace.", "https://mcp.notion.com/mcp",
     AuthType::oauth, "#374151"},
    {"linear", "Linear", "Issues, projects and comments of a Linear workspace.", "https://mcp.linear.app/mcp",
     AuthType::oauth, "#4f46e5"},
    {"stripe", "Stripe", "Customers, payments, invoices and the documentation of Stripe.",
     "https://mcp.stripe.com", AuthType::oauth, "#6d28d9"},
    {"sentry", "Sentry", "Errors, issues and releases of Sentry projects.", "https://mcp.sentry.dev/mcp",
     AuthType::oauth, "#86198f"},
    {"context7", "Context7", "Current documentation and examples of libraries.",
     "https://mcp.context7.com/mcp", AuthType::none, "#047857"},
    {"granola", "Granola", "Notes and transcripts of meetings.", "https://mcp.granola.ai/mcp",
     AuthType::oauth, "#a16207"},
    {"polar", "Polar", "Products, orders and subscriptions of Polar.", "https://mcp.polar.sh/mcp/polar-mcp",
     AuthType::oauth, "#1d4ed8"},
    {"xquik", "Xquik", "Posts and people on X.", "https://xquik.com/mcp", AuthType::oauth, "#0f172a"},
    {"slack", "Slack",
     "Messages and channels of a Slack workspace. It needs a client that you register with Slack.",
     "https://mcp.slack.com/mcp", AuthType::oauth, "#9d174d"},
    {"exa", "Exa", "Search of the web for agents.", "https://mcp.exa.ai/mcp", AuthType::api_key, "#1e40af"},
    {"render", "Render", "Services, deployments and logs on Render.", "https://mcp.render.com/mcp",
     AuthType::api_key, "#5b21b6"},
}};

std::string icon_path(const Preset& preset) {
  return cat("/v1/servers/presets/", preset.key, "/icon.svg");
}

}  // namespace

std::span<const Preset> presets() {
  return the_presets;
}

const Preset& require_preset(std::string_view key) {
  for (const Preset& preset : the_presets)
    if (preset.key == key) return preset;
  throw Error::invalid("preset", "There is no such preset. GET /v1/servers/presets lists them.");
}

Server preset_server(const Preset& preset) {
  Server server;
  server.origin = ServerOrigin::preset;
  server.slug = preset.key;
  server.title = preset.title;
  server.description = preset.description;
  server.url = preset.url;
  server.auth = preset.auth;
  if (preset.auth == AuthType::oauth) server.credential_mode = CredentialMode::per_member;
  server.icon = icon_path(preset);
  return server;
}

nlohmann::json preset_json(const Preset& preset) {
  return {{"key", preset.key}, {"title", preset.title},        {"description", preset.description},
          {"url", preset.url}, {"auth", to_text(preset.auth)}, {"icon", icon_path(preset)}};
}

std::string preset_icon(const Preset& preset) {
  return cat(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" role="img" aria-label=")", preset.title,
      R"("><rect width="32" height="32" rx="7" fill=")", preset.icon_colour,
      R"("/><text x="16" y="22" text-anchor="middle" font-family="system-ui,sans-serif" font-size="18" )",
      R"(font-weight="600" fill="#fff">)", preset.title.substr(0, 1), "</text></svg>");
}

}  // namespace patchbay::http
