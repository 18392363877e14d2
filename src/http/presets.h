#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "domain/server.h"

namespace patchbay::http {

// A public MCP server that many want, filled in beforehand (requirements 4.6).
struct Preset {
  std::string_view key;
  std::string_view title;
  std::string_view description;
  std::string_view url;
  AuthType auth = AuthType::oauth;
  std::string_view icon_colour;  // of the tile that ships with the binary: a letter on this colour
};

std::span<const Preset> presets();
const Preset& require_preset(std::string_view key);  // throws Error::invalid("preset")
Server preset_server(const Preset& preset);
nlohmann::json preset_json(const Preset& preset);
// The icon as SVG.
std::string preset_icon(const Preset& preset);

}  // namespace patchbay::http
