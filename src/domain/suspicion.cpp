#include "domain/suspicion.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace patchbay {

namespace {

constexpr auto instructions = std::to_array<std::string_view>(
    {"ignore previous",          "ignore all previous", "ignore the above", "ignore any other",
     "disregard previous",       "disregard all",       "before using any", "before calling any",
     "before you use any",       "before using other",  "tell the user",    "mention this to",
     "mention it to the user",   "without telling",     "without asking",   "hide this from",
     "keep this secret",         "<important>",         "<system>",         "system prompt",
     "instead of any other tool"});

constexpr auto secret_places = std::to_array<std::string_view>(
    {"/.ssh", "id_rsa", "id_ed25519", ".aws/credentials", ".kube/config", ".git-credentials", ".netrc",
     "/etc/passwd", "/etc/shadow", ".cursor/mcp.json", ".bash_history"});

// In lower case, each run of blanks as one, so that a line break hides no phrase.
std::string folded(std::string_view text) {
  std::string out;
  for (const char c : lower(text)) {
    const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return out;
}

}  // namespace

std::vector<std::string_view> suspicions(std::string_view text) {
  const std::string plain = folded(text);
  const auto is_in = [&](std::string_view phrase) { return plain.find(phrase) != std::string::npos; };
  std::vector<std::string_view> found;
  if (std::ranges::any_of(instructions, is_in)) found.push_back("instructs");
  if (std::ranges::any_of(secret_places, is_in)) found.push_back("names_secrets");
  return found;
}

}  // namespace patchbay
