#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/egress.h"
#include "base/log.h"
#include "gateway/call_limits.h"
#include "store/keyring.h"

namespace patchbay::cli {

// Everything that can be configured, from defaults < file < environment < flags. One struct, checked as a
// whole.
struct Config {
  std::filesystem::path data = "/var/lib/patchbay";
  // The environment's PATCHBAY_MASTER_KEY, else PATCHBAY_PASSPHRASE_FILE, else `key_file`, else systemd's
  // credential patchbay.key, else <data>.key beside the data directory, so that a copy of the one is not a
  // copy of the other. Where several are given they must hold the same key.
  MasterKeySource key;
  std::filesystem::path key_file;

  std::string listen_address = "127.0.0.1";
  std::uint16_t listen_port = 8800;
  std::string public_url;            // "https://mcp.example.com/base"; empty: http://<listen_address>:<port>
  std::string base_path;             // the path of public_url, "" or "/x/y"
  std::vector<std::string> hosts;    // further Host values that are ours
  std::vector<std::string> origins;  // further Origin values that may call
  std::vector<Cidr> trusted_proxies;
  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;

  std::filesystem::path catalog;  // empty: not configured
  std::filesystem::path web_dir;  // empty: the UI that is built in

  EgressPolicy egress;
  std::optional<Url> proxy;
  bool proxy_resolves = false;

  bool audit_durable = false;
  int audit_retention_days = 365;

  std::size_t connections = 4096;
  std::size_t control_workers = 20;
  gateway::CallLimitSettings call_limits;
  std::chrono::milliseconds stream_silence{600'000};  // of an upstream's answer, comments not counted
  log::Level log_level = log::Level::info;
  std::chrono::milliseconds shutdown_time{10'000};
  std::chrono::milliseconds keepalive{8'000};

  // Who set what, by setting name; what is not here has its default.
  struct Source {
    std::string_view source;  // "file", "environment", "flag"
    std::string place;        // the line, the variable or the flag
    std::vector<std::string> values;
  };
  std::map<std::string, Source, std::less<>> sources;

  // From the environment, for systemd: readiness and watchdog messages.
  std::string notify_socket;
  std::chrono::microseconds watchdog{0};
};

// One line of the configuration: what it is called everywhere, and how its text becomes a value.
struct Setting {
  std::string_view name;  // in the file "network.private"; in the environment PATCHBAY_NETWORK_PRIVATE
  std::string_view help;
  // Throws Error::invalid with a sentence about the value (which is not repeated in it where it may be a
  // secret).
  void (*set)(Config& config, const std::vector<std::string>& values);
};
const std::vector<Setting>& settings();
std::string variable_of(std::string_view setting);  // "PATCHBAY_NETWORK_PRIVATE"

// The variables that matter, read once: those of the settings, and what systemd and a shell give.
using Environment = std::map<std::string, std::string, std::less<>>;
Environment read_environment();  // the only getenv, with the two below
// PATCHBAY_MASTER_KEY, which is taken out of the process's environment; empty where it is not set.
Secret take_master_key();
// The value of one variable, for "${env:NAME}" of the catalog; nothing where it is not set.
std::optional<std::string> find_variable(const std::string& name);

struct ConfigInputs {
  std::optional<std::filesystem::path> file;  // given by flag; must exist. Otherwise PATCHBAY_CONFIG, then
                                              // <data>/patchbay.yaml where it exists
  Environment environment;
  Secret master_key;                                                   // take_master_key()
  std::map<std::string, std::vector<std::string>, std::less<>> flags;  // by setting name
};

// Throws Error::invalid("config") that lists every problem, one on each line.
Config load_config(const ConfigInputs& inputs);

}  // namespace patchbay::cli
