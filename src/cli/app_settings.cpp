#include <algorithm>

#include "base/text.h"
#include "cli/app.h"
#include "domain/public_url.h"
#include "store/network_policy.h"
#include "store/settings.h"

namespace patchbay::cli {

namespace {

std::string_view word_of(PrivateMode mode) {
  switch (mode) {
    case PrivateMode::list:
      return "list";
    case PrivateMode::deny:
      return "deny";
    case PrivateMode::admin:
      break;
  }
  return "admin";
}

PrivateMode mode_of(std::string_view word) {
  return word == "list" ? PrivateMode::list : word == "deny" ? PrivateMode::deny : PrivateMode::admin;
}

// What is shown of the configuration, in the order of the page. No secret is among it.
struct Shown {
  std::string_view name;
  std::string_view section;
  bool is_list;
};
constexpr Shown shown_settings[] = {
    {"public_url", "general", false},
    {"listen", "general", false},
    {"hosts", "general", true},
    {"origins", "general", true},
    {"trusted_proxies", "general", true},
    {"tls.certificate", "general", false},
    {"catalog", "general", false},
    {"network.private", "network", false},
    {"network.allow", "network", true},
    {"network.proxy", "network", false},
    {"network.proxy_resolves", "network", false},
    {"audit.retention_days", "security", false},
    {"audit.durability", "security", false},
    {"limits.person_per_minute", "limits", false},
    {"limits.person_at_once", "limits", false},
    {"limits.token_per_minute", "limits", false},
    {"limits.token_at_once", "limits", false},
    {"limits.server_per_minute", "limits", false},
    {"limits.server_at_once", "limits", false},
    {"log.level", "limits", false},
};

// What holds where nobody said anything.
std::vector<std::string> default_of(const Config& config, std::string_view name) {
  const auto number = [](auto value) { return std::vector<std::string>{cat(value)}; };
  const auto& limits = config.call_limits;
  if (name == "public_url") return {config.public_url};
  if (name == "listen") return {cat(config.listen_address, ":", config.listen_port)};
  if (name == "network.private") return {std::string(word_of(config.egress.private_mode))};
  if (name == "network.proxy_resolves") return {"false"};
  if (name == "audit.retention_days") return number(config.audit_retention_days);
  if (name == "audit.durability") return {"normal"};
  if (name == "limits.person_per_minute") return number(limits.person.per_minute);
  if (name == "limits.person_at_once") return number(limits.person.at_once);
  if (name == "limits.token_per_minute") return number(limits.token.per_minute);
  if (name == "limits.token_at_once") return number(limits.token.at_once);
  if (name == "limits.server_per_minute") return number(limits.server.per_minute);
  if (name == "limits.server_at_once") return number(limits.server.at_once);
  if (name == "log.level") return {"info"};
  return {};
}

bool is_configured(const Config& config, std::string_view name) {
  return config.sources.contains(name);
}

}  // namespace

// What the configuration says counts; what admins said at the settings page where it says nothing.
std::shared_ptr<const EgressPolicy> App::make_egress() {
  auto policy = std::make_shared<EgressPolicy>(config_.egress);
  const auto stored = store_->read([](Database& db) { return store::read_network_policy(db); });
  if (stored.private_mode && !is_configured(config_, "network.private"))
    policy->private_mode = mode_of(*stored.private_mode);
  if (stored.allow && !is_configured(config_, "network.allow")) {
    policy->allow.clear();
    for (const auto& line : *stored.allow) policy->allow.push_back(parse_allow_rule(line));
  }
  if (const auto address = parse_address(config_.listen_address))
    policy->own_listeners = own_endpoints({*address, config_.listen_port});
  if (!config_.public_url.empty()) policy->own_public_url = parse_url(config_.public_url);
  return policy;
}

std::shared_ptr<const EgressPolicy> App::egress() {
  return egress_.with([](const auto& policy) { return policy; });
}

void App::check_address(std::string_view url, UrlSource source) {
  check_url(url, source, *egress());
}

// From the return on nothing is connected to that the new rules refuse; open sessions end with their server's
// next failure or when they are idle.
void App::network_changed() {
  const std::scoped_lock one_after_the_other(
      network_changing_);  // the last that read what is stored applies it last
  auto fresh = make_egress();
  egress_.with([&](auto& policy) { policy = fresh; });
  loop_.run_on([](App& app, std::shared_ptr<const EgressPolicy> policy) -> Task<void> {
    app.client_.set_egress(std::move(policy));
    co_return;
  }(*this, std::move(fresh)));
}

// With what admins chose where the configuration says nothing and which counts from a start on.
std::unique_ptr<Store> App::open_store() {
  auto store = Store::open({config_.data, config_.key, false}, clock_);
  if (is_configured(config_, "public_url")) return store;
  const auto stored =
      store->read([](Database& db) { return store::find_setting(db, store::setting::public_url); });
  if (!stored) return store;
  const PublicUrl url = parse_public_url(stored->value);
  config_.public_url = url.url;
  config_.base_path = url.base_path;
  config_.sources.insert_or_assign("public_url", Config::Source{"store", "", {url.url}});
  return store;
}

std::vector<ConfiguredSetting> App::configured() {
  const auto stored = store_->read([](Database& db) { return store::read_network_policy(db); });
  std::vector<ConfiguredSetting> all;
  for (const Shown& shown : shown_settings) {
    ConfiguredSetting one;
    one.name = shown.name;
    one.section = shown.section;
    one.is_list = shown.is_list;
    one.variable = variable_of(shown.name);
    if (const auto found = config_.sources.find(shown.name); found != config_.sources.end()) {
      one.source = found->second.source;
      one.place = found->second.place;
      one.values = found->second.values;
    } else if (shown.name == "network.private" && stored.private_mode) {
      one.source = "store";
      one.values = {*stored.private_mode};
    } else if (shown.name == "network.allow" && stored.allow) {
      one.source = "store";
      one.values = *stored.allow;
    } else {
      one.values = default_of(config_, shown.name);
    }
    all.push_back(std::move(one));
  }
  return all;
}

// Why nothing leads out to `url`, as a sentence; empty where something answered.
Task<std::string> App::try_outbound(std::string url) {
  std::string problem;
  try {
    OutgoingRequest request;
    request.url = parse_url(url);
    request.url.path_and_query = "/";
    request.giver = UrlSource::admin;
    request.pool_key = "diagnostics";
    Until until = Until::by(Deadline::in(std::chrono::seconds(8)), stop_.token());
    auto response = co_await client_.send(std::move(request), until);
    response.close();
  } catch (const Error& error) {
    problem = error.message();
  }
  co_return problem;
}

}  // namespace patchbay::cli
