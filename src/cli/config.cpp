#include "cli/config.h"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "domain/public_url.h"

namespace patchbay::cli {

namespace {

using Values = std::vector<std::string>;

Error bad(const std::string& sentence) {
  return Error::invalid("config_value", sentence);
}

const std::string& one(const Values& values) {
  if (values.size() != 1) throw bad("it takes one value");
  return values.front();
}

bool truth(const Values& values) {
  const std::string word = lower(one(values));
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  throw bad("it must be true or false");
}

template <class Number>
Number number(const Values& values, Number least, Number most) {
  const auto parsed = parse_number<Number>(one(values));
  if (!parsed || *parsed < least || *parsed > most)
    throw bad(cat("it must be a whole number from ", least, " to ", most));
  return *parsed;
}

template <class Choice>
Choice choose(const Values& values, std::initializer_list<std::pair<std::string_view, Choice>> choices) {
  std::string names;
  for (const auto& [name, choice] : choices) {
    if (one(values) == name) return choice;
    names += cat(names.empty() ? "" : ", ", name);
  }
  throw bad(cat("it must be one of ", names));
}

void set_listen(Config& config, const Values& values) {
  const std::string& text = one(values);
  const auto colon = text.rfind(':');
  const auto port = colon == std::string::npos
                        ? std::nullopt
                        : parse_number<std::uint16_t>(std::string_view(text).substr(colon + 1));
  std::string host = colon == std::string::npos ? "" : text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (!port || !parse_address(host))
    throw bad("it must be an address and a port, like 127.0.0.1:8800 or [::]:8800");
  config.listen_address = host;
  config.listen_port = *port;
}

void set_public_url(Config& config, const Values& values) {
  const PublicUrl url = parse_public_url(one(values));
  config.base_path = url.base_path;
  config.public_url = url.url;
}

void set_allow(Config& config, const Values& values) {
  config.egress.allow.clear();
  for (const auto& value : values) config.egress.allow.push_back(parse_allow_rule(value));
}

void set_proxies(Config& config, const Values& values) {
  config.trusted_proxies.clear();
  for (const auto& value : values) {
    const auto range = parse_cidr(value.find('/') == std::string::npos
                                      ? cat(value, value.find(':') == std::string::npos ? "/32" : "/128")
                                      : value);
    if (!range) throw bad("each must be an address or a range like 10.0.0.0/8");
    config.trusted_proxies.push_back(*range);
  }
}

std::uint32_t calls(const Values& values) {
  return number<std::uint32_t>(values, 0, 1'000'000);
}

const std::vector<Setting> the_settings = {
    {"data", "Folder of the store; made by init.", [](Config& c, const Values& v) { c.data = one(v); }},
    {"key_file", "File of the master key.", [](Config& c, const Values& v) { c.key_file = one(v); }},
    {"listen", "Address and port to listen on.", set_listen},
    {"public_url", "The URL people and clients use, base path included.", set_public_url},
    {"hosts", "Further Host names that are ours, as \"name\" or \"name:port\".",
     [](Config& c, const Values& v) {
       c.hosts = v;
       for (auto& host : c.hosts) host = lower(host);
     }},
    {"origins", "Web origins that may call, besides our own.",
     [](Config& c, const Values& v) { c.origins = v; }},
    {"trusted_proxies", "Addresses or ranges whose X-Forwarded-For counts.", set_proxies},
    {"tls.certificate", "PEM file of our certificate and its chain.",
     [](Config& c, const Values& v) { c.tls_certificate = one(v); }},
    {"tls.key", "PEM file of the certificate's key.", [](Config& c, const Values& v) { c.tls_key = one(v); }},
    {"catalog", "The managed-servers YAML file.", [](Config& c, const Values& v) { c.catalog = one(v); }},
    {"web_dir", "Folder to serve the web UI's files from instead of those built in; for working on them.",
     [](Config& c, const Values& v) { c.web_dir = one(v); }},
    {"network.private", "Who may reach private addresses: admin, list or deny.",
     [](Config& c, const Values& v) {
       c.egress.private_mode = choose<PrivateMode>(
           v, {{"admin", PrivateMode::admin}, {"list", PrivateMode::list}, {"deny", PrivateMode::deny}});
     }},
    {"network.allow", "Private ranges and hosts that are listed.", set_allow},
    {"network.proxy", "HTTP proxy for public addresses.",
     [](Config& c, const Values& v) { c.proxy = parse_url(one(v)); }},
    {"network.proxy_resolves", "The proxy looks names up itself.",
     [](Config& c, const Values& v) { c.proxy_resolves = truth(v); }},
    {"audit.durability", "normal survives kill -9; full survives power loss.",
     [](Config& c, const Values& v) {
       c.audit_durable = choose<bool>(v, {{"normal", false}, {"full", true}});
     }},
    {"audit.retention_days", "Days that audit rows are kept.",
     [](Config& c, const Values& v) { c.audit_retention_days = number<int>(v, 1, 36500); }},
    {"limits.connections", "Connections at once.",
     [](Config& c, const Values& v) { c.connections = number<std::size_t>(v, 16, 100000); }},
    {"limits.person_per_minute", "Calls of one person in a minute; 0 is no limit.",
     [](Config& c, const Values& v) { c.call_limits.person.per_minute = calls(v); }},
    {"limits.person_at_once", "Calls of one person at once; 0 is no limit.",
     [](Config& c, const Values& v) { c.call_limits.person.at_once = calls(v); }},
    {"limits.token_per_minute", "Calls with one token in a minute; 0 is no limit.",
     [](Config& c, const Values& v) { c.call_limits.token.per_minute = calls(v); }},
    {"limits.token_at_once", "Calls with one token at once; 0 is no limit.",
     [](Config& c, const Values& v) { c.call_limits.token.at_once = calls(v); }},
    {"limits.server_per_minute", "Calls of one server in a minute; 0 is no limit.",
     [](Config& c, const Values& v) { c.call_limits.server.per_minute = calls(v); }},
    {"limits.server_at_once", "Calls of one server at once; 0 is no limit.",
     [](Config& c, const Values& v) { c.call_limits.server.at_once = calls(v); }},
    {"limits.silence_seconds", "How long a server's event stream may bring nothing but signs of life.",
     [](Config& c, const Values& v) { c.stream_silence = std::chrono::seconds(number<int>(v, 1, 3600)); }},
    {"limits.workers", "Threads of the control plane.",
     [](Config& c, const Values& v) { c.control_workers = number<std::size_t>(v, 1, 64); }},
    {"log.level", "debug, info, warn or error.",
     [](Config& c, const Values& v) {
       c.log_level = choose<log::Level>(v, {{"debug", log::Level::debug},
                                            {"info", log::Level::info},
                                            {"warn", log::Level::warn},
                                            {"error", log::Level::error}});
     }},
    {"shutdown_seconds", "How long calls under way may take when Patchbay stops.",
     [](Config& c, const Values& v) { c.shutdown_time = std::chrono::seconds(number<int>(v, 0, 600)); }},
    {"keepalive_seconds", "Between two signs of life on an event stream.",
     [](Config& c, const Values& v) { c.keepalive = std::chrono::seconds(number<int>(v, 1, 120)); }},
};

}  // namespace

std::string variable_of(std::string_view setting) {
  std::string name = "PATCHBAY_";
  for (const char c : setting) name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return name;
}

namespace {

// Where each value came from, so that a problem can be found.
class Builder {
 public:
  void set(std::string_view name, const Values& values, const std::string& where, std::string_view source) {
    const auto found = std::ranges::find(the_settings, name, &Setting::name);
    if (found == the_settings.end()) {
      problems_.push_back(cat(where, ": there is no setting \"", name, "\"."));
      return;
    }
    try {
      found->set(config_, values);
      config_.sources.insert_or_assign(std::string(name), Config::Source{source, where, values});
    } catch (const Error& error) {
      std::string why = error.message();
      if (!why.empty() && why.back() == '.') why.pop_back();
      problems_.push_back(cat(where, ": ", name, ": ", why, "."));
    }
  }
  void problem(std::string text) { problems_.push_back(std::move(text)); }
  Config finish();
  const Config& so_far() const { return config_; }

 private:
  Config config_;
  std::vector<std::string> problems_;
};

Values values_of(const YAML::Node& node) {
  Values values;
  if (node.IsScalar()) values.push_back(node.Scalar());
  if (node.IsSequence())
    for (const auto& item : node) values.push_back(item.IsScalar() ? item.Scalar() : "");
  return values;
}

void read_file_into(Builder& builder, const std::filesystem::path& path) {
  constexpr std::size_t largest = 1 << 20;
  YAML::Node root;
  try {
    root = YAML::Load(read_file(path, largest));
  } catch (const YAML::Exception& error) {
    builder.problem(
        cat(path.string(), ":", error.mark.line + 1, ":", error.mark.column + 1, ": this is not YAML."));
    return;
  }
  if (root.IsNull()) return;
  if (!root.IsMap()) {
    builder.problem(cat(path.string(), ": it must hold settings, each as name: value."));
    return;
  }
  for (const auto& item : root) {
    const std::string name = item.first.IsScalar() ? item.first.Scalar() : "?";
    const std::string where = cat(path.string(), ":", item.first.Mark().line + 1);
    if (!item.second.IsMap()) {
      builder.set(name, values_of(item.second), where, "file");
      continue;
    }
    for (const auto& inner : item.second)
      builder.set(cat(name, ".", inner.first.IsScalar() ? inner.first.Scalar() : "?"),
                  values_of(inner.second), cat(path.string(), ":", inner.first.Mark().line + 1), "file");
  }
}

std::optional<std::string> look(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() || found->second.empty() ? std::nullopt : std::optional(found->second);
}

// <data>.key beside the data directory.
std::filesystem::path default_key_file(const std::filesystem::path& data) {
  auto path = std::filesystem::absolute(data).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  path += ".key";
  return path;
}

// The first source that is given counts; the others go with it, to be compared where the key is read.
void find_key(Config& config, const Environment& environment, const Secret& master_key) {
  using Kind = MasterKeySource::Kind;
  std::vector<MasterKeySource> given;
  if (!master_key.empty()) given.push_back({Kind::environment, {}, master_key});
  if (const auto passphrase = look(environment, "PATCHBAY_PASSPHRASE_FILE"))
    given.push_back({Kind::passphrase, {}, Secret(std::string(trim(read_file(*passphrase, 4096))))});
  if (!config.key_file.empty()) given.push_back({Kind::file, config.key_file, {}});
  if (const auto folder = look(environment, "CREDENTIALS_DIRECTORY")) {
    auto path = std::filesystem::path(*folder) / "patchbay.key";
    if (std::filesystem::exists(path)) given.push_back({Kind::credential, std::move(path), {}});
  }
  // Images name a key file by default: where it is not there, another source does not contradict it.
  if (given.size() > 1)
    std::erase_if(given, [](const MasterKeySource& one) {
      return one.kind == Kind::file && !std::filesystem::exists(one.path);
    });
  if (given.empty()) given.push_back({Kind::file, default_key_file(config.data), {}});
  config.key = std::move(given.front());
  given.erase(given.begin());
  config.key.others = std::move(given);
}

}  // namespace

Config Builder::finish() {
  if (config_.tls_certificate.empty() != config_.tls_key.empty())
    problem("tls.certificate and tls.key go together: set both or neither.");
  if (config_.public_url.empty() && problems_.empty()) {
    const bool v6 = config_.listen_address.find(':') != std::string::npos;
    const bool any = config_.listen_address == "0.0.0.0" || config_.listen_address == "::";
    const std::string host = any  ? "localhost"
                             : v6 ? cat("[", config_.listen_address, "]")
                                  : config_.listen_address;
    config_.public_url =
        cat(config_.tls_certificate.empty() ? "http://" : "https://", host, ":", config_.listen_port);
  }
  if (!problems_.empty()) {
    std::string all;
    for (const auto& text : problems_) all += cat(all.empty() ? "" : "\n", text);
    throw Error::invalid("config", all);
  }
  return std::move(config_);
}

const std::vector<Setting>& settings() {
  return the_settings;
}

Environment read_environment() {
  Environment environment;
  for (char** entry = ::environ; *entry; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    const auto name = text.substr(0, equals);
    if (equals == std::string_view::npos || name == "PATCHBAY_MASTER_KEY") continue;
    if (name.starts_with("PATCHBAY_") || name == "CREDENTIALS_DIRECTORY" || name == "NOTIFY_SOCKET" ||
        name == "WATCHDOG_USEC")
      environment.emplace(name, text.substr(equals + 1));
  }
  return environment;
}

Secret take_master_key() {
  char* const value = std::getenv("PATCHBAY_MASTER_KEY");
  if (value == nullptr) return {};
  Secret key{std::string(value)};
  // Wiped in place as well: /proc shows the block that the process began with.
  ::explicit_bzero(value, std::strlen(value));
  ::unsetenv("PATCHBAY_MASTER_KEY");
  return key;
}

std::optional<std::string> find_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value && *value ? std::optional<std::string>(value) : std::nullopt;
}

Config load_config(const ConfigInputs& inputs) {
  Builder builder;
  const auto& environment = inputs.environment;
  const auto flag = inputs.flags.find("data");
  const auto data =
      flag != inputs.flags.end() ? std::optional(flag->second.front()) : look(environment, "PATCHBAY_DATA");
  auto file = inputs.file;
  if (!file)
    if (const auto named = look(environment, "PATCHBAY_CONFIG")) file = *named;
  if (!file) {
    const auto beside = (data ? std::filesystem::path(*data) : builder.so_far().data) / "patchbay.yaml";
    if (std::filesystem::exists(beside)) file = beside;
  }
  if (file) read_file_into(builder, *file);
  for (const auto& setting : the_settings) {
    const auto variable = variable_of(setting.name);
    const auto text = look(environment, variable);
    if (!text) continue;
    Values values;
    const bool is_list = setting.name == "hosts" || setting.name == "origins" ||
                         setting.name == "trusted_proxies" || setting.name == "network.allow";
    if (is_list)
      for (const auto part : split(*text, ',')) values.emplace_back(trim(part));
    else
      values.push_back(*text);
    builder.set(setting.name, values, variable, "environment");
  }
  for (const auto& [name, values] : inputs.flags) builder.set(name, values, cat("--", name), "flag");
  Config config = builder.finish();
  find_key(config, environment, inputs.master_key);
  config.notify_socket = look(environment, "NOTIFY_SOCKET").value_or("");
  if (const auto text = look(environment, "WATCHDOG_USEC"))
    config.watchdog = std::chrono::microseconds(parse_number<std::int64_t>(*text).value_or(0));
  return config;
}

}  // namespace patchbay::cli
