#include "domain/profile.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace patchbay {

namespace {

constexpr std::size_t most_servers = 500;

}  // namespace

bool Profile::holds(const ServerId& server, std::string_view tool) const {
  const auto found = servers.find(server.text());
  if (found == servers.end()) return false;
  const auto& tools = found->second;
  return tool.empty() || tools.empty() || std::find(tools.begin(), tools.end(), tool) != tools.end();
}

void validate(const Profile& profile) {
  if (profile.servers.size() > most_servers)
    throw Error::invalid("servers", cat("A profile may name ", most_servers, " servers at most."));
  // What a profile has in common with a server obeys the same rules.
  Server like;
  like.slug = profile.slug;
  like.title = profile.title;
  like.description = profile.description;
  like.access = profile.access;
  like.url = "https://profile.invalid/";
  validate(like);
  for (const auto& [server, tools] : profile.servers) {
    like.allow = tools;
    validate(like);
  }
}

}  // namespace patchbay
