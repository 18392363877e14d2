#pragma once

#include <random>
#include <string>
#include <string_view>

// A request's text with up to three bytes taken out or put in where they hurt.
inline std::string mangled(std::string text, std::mt19937& random) {
  for (auto changes = random() % 4; changes > 0 && !text.empty(); --changes) {
    const auto at = random() % text.size();
    constexpr std::string_view bytes("\r\n :;%/.0af,\0\x7f\xff_", 17);
    if (random() % 3 == 0)
      text.erase(at, 1 + random() % 3);
    else
      text.insert(at, 1, bytes[random() % bytes.size()]);
  }
  return text;
}
