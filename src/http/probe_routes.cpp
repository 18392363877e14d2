#include "http/probe_routes.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "http/audit_row.h"
#include "http/presets.h"
#include "http/server_view.h"
#include "http/user_body.h"
#include "store/servers.h"

namespace patchbay::http {

namespace {

constexpr std::size_t longest_address = 500;

Json text_or_null(std::string_view text) {
  return text.empty() ? Json() : Json(text);
}

// {"url": "https://mcp.example.com/mcp"}; people leave the scheme out.
Url read_address(const Request& request) {
  const Json body = request.json();
  Fields fields(body);
  const std::string text(trim(fields.text("url", longest_address)));
  fields.refuse_others();
  const bool has_scheme = text.find("://") != std::string::npos;
  Url url = parse_url(has_scheme ? text : cat("https://", text));
  refuse_credentials_in(url.text());
  return url;
}

const Preset* find_preset(const Url& url) {
  for (const Preset& preset : presets())
    if (parse_url(preset.url).host == url.host) return &preset;
  return nullptr;
}

// "mcp.linear.app" is called "Linear"; an address or a bare name stays what it is.
std::string title_of(const Url& url) {
  const auto labels = split(url.host, '.');
  if (labels.size() < 2 || literal_address(url)) return url.host;
  std::size_t at = labels.size() - 2;
  if (at > 0 && labels[at].size() <= 3) --at;  // "example.co.uk"
  std::string title(labels[at]);
  if (title.empty()) return url.host;
  if (title.front() >= 'a' && title.front() <= 'z') title.front() = static_cast<char>(title.front() - 32);
  return title;
}

Json sign_in_json(const gateway::AddressProbe& probe) {
  if (probe.sign_in_host.empty()) return {};
  return {{"host", probe.sign_in_host}, {"registration", text_or_null(probe.registration)}};
}

Json server_json(const gateway::AddressProbe& probe) {
  if (probe.said.version.empty()) return {};
  return {{"name", clean_text(probe.said.name, 80, false)},
          {"version", clean_text(probe.said.software_version, 80, false)},
          {"protocol", probe.said.version}};
}

Json probe_json(const gateway::AddressProbe& probe) {
  const Url url = parse_url(probe.url);
  const Preset* preset = find_preset(url);
  const std::string title = preset ? std::string(preset->title) : title_of(url);
  Json warnings = Json::array();
  for (const auto& warning : probe.warnings)
    warnings.push_back({{"id", warning.id}, {"message", warning.message}});
  const bool is_ok = probe.error.empty();
  return {{"ok", is_ok},
          {"url", probe.url},
          {"title", title},
          {"slug", derive_slug(title)},
          {"preset", preset ? Json(preset->key) : Json()},
          {"transport", is_ok ? Json(to_text(probe.transport)) : Json()},
          {"auth", text_or_null(to_text(probe.auth))},
          {"sign_in", sign_in_json(probe)},
          {"server", server_json(probe)},
          {"tools", probe.prepared ? Json(probe.prepared->tools.size()) : Json()},
          {"warnings", std::move(warnings)},
          {"error", text_or_null(probe.error)},
          {"message", text_or_null(probe.message)},
          {"steps", steps_json(probe.steps)}};
}

// The slug of one that is there already; null for none.
Json added_already(const std::vector<Server>& servers, const std::string& url) {
  const auto found = std::ranges::find(servers, url, &Server::url);
  return found == servers.end() ? Json() : Json(found->slug);
}

}  // namespace

void ProbeRoutes::add_to(Routes& routes) {
  routes.add("POST", "/v1/servers/probe", Scope::admin,
             [this](const Request& request) { return probe(request); });
  routes.add("POST", "/v1/me/servers/probe", Scope::self,
             [this](const Request& request) { return probe_own(request); });
}

HttpReply ProbeRoutes::probe(const Request& request) {
  return probe_as(request, actor_of(request.caller), UrlSource::admin);
}

HttpReply ProbeRoutes::probe_own(const Request& request) {
  return probe_as(request, require_person(request.caller).id.text(), UrlSource::member);
}

HttpReply ProbeRoutes::probe_as(const Request& request, const std::string& asker, UrlSource source) {
  const Url url = read_address(request);
  if (limit_.take(asker, clock_.now()) != RateLimit::Verdict::allowed)
    throw Error::limited("too_many_probes",
                         "You have looked at many addresses in a minute. Wait a little and try again.", 20);
  const auto write = [&](Database& db, const std::string& error) {
    Event row = audit_row(request, "server.probe", clock_.now());
    row.tool = clean_text(url.origin(), 200, false);
    if (!error.empty()) {
      row.outcome = "failed";
      row.reason = error;
    }
    record(store_, db, row);
  };
  gateway::AddressProbe found;
  try {
    found = hooks_.probe_address(asker, url, source);
  } catch (const Error& error) {
    store_.transact([&](Database& db) { write(db, error.id()); });
    throw;
  }
  const auto servers = store_.transact([&](Database& db) {
    write(db, found.error);
    if (source == UrlSource::member) return store::list_own_servers(db, require_person(request.caller).id);
    return store::list_servers(db);
  });
  Json answer = probe_json(found);
  answer["added"] = added_already(servers, found.url);
  return HttpReply::json(200, dump(answer));
}

}  // namespace patchbay::http
