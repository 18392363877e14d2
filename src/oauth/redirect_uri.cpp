#include "oauth/redirect_uri.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/url.h"

namespace patchbay::oauth {

namespace {

// Applications that take their code by a scheme of their own, which another application on the same machine
// could claim as well; hence a list, and a line here for each that is wanted.
struct Scheme {
  std::string_view scheme;
  std::string_view application;
};
constexpr Scheme private_use_schemes[] = {
    {"cursor", "Cursor"},
    {"vscode", "Visual Studio Code"},
    {"vscode-insiders", "Visual Studio Code Insiders"},
    {"vscodium", "VSCodium"},
    {"windsurf", "Windsurf"},
    {"devin", "Devin Desktop"},
    {"antigravity", "Antigravity"},
    {"kiro", "Kiro"},
    {"zed", "Zed"},
    {"goose", "Goose"},
    {"warp", "Warp"},
    {"raycast", "Raycast"},
    {"lmstudio", "LM Studio"},
    {"jetbrains", "JetBrains IDEs"},
    {"grokbot", "Grok"},
};

constexpr std::string_view loopback_hosts[] = {"127.0.0.1", "[::1]", "localhost"};

// "http://127.0.0.1:51515/cb" in three: what must be the same, the port that need not, the rest.
struct Loopback {
  std::string_view host;
  std::string_view rest;
};

std::optional<Loopback> cut_loopback(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (!text.starts_with(scheme)) return std::nullopt;
  text.remove_prefix(scheme.size());
  for (const std::string_view host : loopback_hosts) {
    if (!text.starts_with(host)) continue;
    auto rest = text.substr(host.size());
    if (rest.starts_with(':')) {
      const auto end = std::min(rest.find_first_of("/?"), rest.size());
      const auto port = parse_number<std::uint16_t>(rest.substr(1, end - 1));
      if (!port || *port == 0) return std::nullopt;
      rest.remove_prefix(end);
    }
    if (rest.empty() || rest[0] == '/' || rest[0] == '?') return Loopback{host, rest};
  }
  return std::nullopt;
}

// What every form has in common: printable ASCII that no reader takes apart otherwise.
bool is_plain(std::string_view text) {
  if (text.empty() || text.size() > longest_redirect_uri) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '\\' && c != '#' && c != '"' && c != '<' && c != '>' && c != '`';
  });
}

}  // namespace

std::optional<RedirectUri> parse_redirect_uri(std::string_view text) {
  if (!is_plain(text)) return std::nullopt;
  if (const auto loopback = cut_loopback(text))
    return RedirectUri{RedirectUri::Kind::loopback, std::string(loopback->host)};
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto scheme = text.substr(0, colon);
  if (scheme == "https") {
    try {
      return RedirectUri{RedirectUri::Kind::web, parse_url(text).authority()};
    } catch (const Error&) {
      return std::nullopt;
    }
  }
  for (const Scheme& one : private_use_schemes)
    if (one.scheme == scheme && text.size() > colon + 1)
      return RedirectUri{RedirectUri::Kind::private_use, cat(one.application, " (", one.scheme, ":)")};
  return std::nullopt;
}

bool is_allowed(const RedirectUri& uri, const std::vector<std::string>& hosts) {
  if (uri.kind != RedirectUri::Kind::web || hosts.empty()) return true;
  const std::string_view name = std::string_view(uri.host).substr(0, uri.host.find(':'));
  return std::find(hosts.begin(), hosts.end(), name) != hosts.end();
}

bool matches_redirect_uri(std::string_view registered, std::string_view presented) {
  if (registered == presented) return parse_redirect_uri(presented).has_value();
  if (!is_plain(presented)) return false;
  const auto known = cut_loopback(registered);
  const auto given = cut_loopback(presented);
  return known && given && known->host == given->host && known->rest == given->rest;
}

}  // namespace patchbay::oauth
