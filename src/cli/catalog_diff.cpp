#include "cli/catalog_diff.h"

#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "http/server_body.h"

namespace patchbay::cli {

namespace {

using Json = nlohmann::json;

// What a catalog file says of a server, as the appliance shows it.
constexpr const char* compared[] = {"title",
                                    "description",
                                    "icon",
                                    "transport",
                                    "url",
                                    "auth",
                                    "header_names",
                                    "credential_mode",
                                    "availability",
                                    "enabled",
                                    "allow",
                                    "deny",
                                    "timeout_seconds",
                                    "ca_file",
                                    "certificate_sha256",
                                    "pin_tools",
                                    "access"};

std::vector<std::string> differences(const CatalogEntry& entry, const Json& served) {
  std::vector<std::string> names;
  for (const auto& header : entry.headers) names.push_back(header.name);
  const Json wanted = http::server_json(entry.server, names);
  std::vector<std::string> fields;
  for (const char* key : compared)
    if (served.value(key, Json()) != wanted.value(key, Json())) fields.emplace_back(key);
  return fields;
}

}  // namespace

CatalogDiff compare_catalog(const std::vector<CatalogEntry>& entries, const Json& served) {
  CatalogDiff diff;
  std::map<std::string, const Json*> known;
  for (const auto& server : served) known.emplace(lower(server.at("slug").get<std::string>()), &server);
  std::map<std::string, bool> named;
  for (const auto& entry : entries) {
    const auto slug = lower(entry.server.slug);
    if (!named.emplace(slug, true).second) continue;
    const auto found = known.find(slug);
    if (found == known.end()) {
      diff.added.push_back(entry.server.slug);
    } else if (found->second->at("origin") != "catalog") {
      diff.clashing.push_back(entry.server.slug);
    } else if (auto fields = differences(entry, *found->second); !fields.empty()) {
      diff.changed.push_back({entry.server.slug, std::move(fields)});
    }
  }
  for (const auto& [slug, server] : known)
    if (server->at("origin") == "catalog" && !named.contains(slug))
      diff.removed.push_back(server->at("slug").get<std::string>());
  return diff;
}

}  // namespace patchbay::cli
