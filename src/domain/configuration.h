#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace patchbay {

// A setting as the running process has it, and who said so.
struct ConfiguredSetting {
  std::string name;          // "network.private"
  std::string_view section;  // of the settings page: "general", "network", "security", "sign_in", "limits"
  std::vector<std::string> values;  // as a configuration file would have them; empty: not set
  bool is_list = false;
  std::string_view source = "default";  // "default", "file", "environment", "flag", "store"
  std::string place;                    // where it can be changed: the file, the variable's name, the flag
  std::string variable;                 // of the environment, that could set it
};

}  // namespace patchbay
