// Drives corpora/ssrf.json: every case in every mode of its file, with a fake resolver and a fake connector
// around the checks that the HTTP client uses. A file of the same form may take its place through
// PATCHBAY_CORPORA.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/egress.h"
#include "base/text.h"
#include "support/catch.h"

using namespace patchbay;

namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

const char* const unlisted_answer = "93.184.216.34";

fs::path corpora_folder() {
  const char* given = std::getenv("PATCHBAY_CORPORA");
  return given != nullptr ? fs::path(given) : fs::path(PATCHBAY_SOURCE_DIR) / ".." / "shared" / "corpora";
}

// "127.0.0.1:8800" of the file's `self.listen`.
Endpoint parse_endpoint(const std::string& text) {
  const Url url = parse_url("http://" + text);
  return {literal_address(url).value(), url.port};
}

// The file's modes say what an admin's connections may reach; its `network.allow` is empty unless a mode has
// `allow`.
EgressPolicy policy_of(const Json& config, const std::string& mode) {
  EgressPolicy policy;
  policy.admin_ranges.clear();
  for (const auto& range : config[mode].value("allow_private_cidrs", Json::array()))
    policy.admin_ranges.push_back(parse_cidr(range.get<std::string>()).value());
  for (const auto& line : config[mode].value("allow", Json::array()))
    policy.allow.push_back(parse_allow_rule(line.get<std::string>()));
  if (config[mode].value("allow_loopback", false)) {
    policy.admin_ranges.push_back(parse_cidr("127.0.0.0/8").value());
    policy.admin_ranges.push_back(parse_cidr("::1/128").value());
    policy.trust_servers = true;
  }
  for (const auto& listen : config["self"]["listen"])
    policy.own_listeners.push_back(parse_endpoint(listen.get<std::string>()));
  policy.own_public_url = parse_url(config["self"]["public_url"].get<std::string>());
  return policy;
}

// Answers from the case's lists, one per query; the last list repeats.
class FakeResolver {
 public:
  explicit FakeResolver(const Json& test_case) : dns_(test_case.value("dns", Json::object())) {}

  std::vector<Address> resolve(const std::string& host) {
    const std::size_t query = queries_[host]++;
    if (!dns_.contains(host)) return {parse_address(unlisted_answer).value()};
    const Json& lists = dns_[host];
    std::vector<Address> addresses;
    for (const auto& text : lists[std::min(query, lists.size() - 1)])
      addresses.push_back(parse_address(text.get<std::string>()).value());
    return addresses;
  }
  std::size_t queries(const std::string& host) { return queries_[host]; }

 private:
  Json dns_;
  std::map<std::string, std::size_t> queries_;
};

struct Outcome {
  bool allowed = false;
  std::string reason = "ok";
  std::vector<std::string> peers;  // every address that the connector saw
};

// One request and the redirects it follows. The connector dials every address it is handed, so that each is
// recorded.
class FakeClient {
 public:
  FakeClient(const Json& test_case, const EgressPolicy& policy, FakeResolver& resolver)
      : test_case_(test_case), policy_(policy), resolver_(resolver) {}

  Outcome send(const std::string& text, UrlGiver giver) {
    Outcome outcome;
    try {
      Url url = check_url(text, giver, policy_);
      Redirect redirect;
      redirect.method = test_case_.value("method", "GET");
      for (;;) {
        redirect.addresses = connect(url, giver, outcome);
        const auto location = location_of_answer(url, redirect.followed);
        if (!location) break;
        RedirectTarget target = check_redirect(url, *location, redirect, giver, policy_);
        url = target.url;
        giver = target.giver;
        ++redirect.followed;
      }
      outcome.allowed = true;
    } catch (const Error& refusal) {
      outcome.reason = refusal.id();
    }
    return outcome;
  }

 private:
  std::vector<Address> connect(const Url& url, const UrlGiver& giver, Outcome& outcome) {
    const auto literal = literal_address(url);
    const auto addresses = literal ? std::vector<Address>{*literal} : resolver_.resolve(url.host);
    check_addresses(url, addresses, giver, policy_);
    for (const Address& address : addresses) outcome.peers.push_back(address.text());
    return addresses;
  }

  std::optional<std::string> location_of_answer(const Url& url, int followed) const {
    if (test_case_.value("redirect_loop", false)) return url.text();
    const Json redirects = test_case_.value("redirect", Json::array());
    if (static_cast<std::size_t>(followed) >= redirects.size()) return std::nullopt;
    return redirects[static_cast<std::size_t>(followed)]["location"].get<std::string>();
  }

  const Json& test_case_;
  const EgressPolicy& policy_;
  FakeResolver& resolver_;
};

bool ends_with_any(const std::string& text, const std::vector<std::string>& endings) {
  return std::any_of(endings.begin(), endings.end(), [&](const std::string& ending) {
    return text.size() >= ending.size() &&
           text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
  });
}

// Who hands us the URL, told from the case's context. Where no upstream is named it is the URL's own host.
UrlGiver giver_of(const Json& test_case) {
  if (test_case["group"] != "server_given") return UrlSource::admin;
  const std::string context = test_case.value("context", "");
  if (context.substr(0, 3) == "as.") return UrlSource::client_given;
  if (ends_with_any(context, {"icons[].src", "logo_uri", "policy_uri", "tos_uri", "jwks_uri"}))
    return UrlSource::display_only;

  const Url upstream = parse_url(test_case.value("upstream", test_case["url"].get<std::string>()));
  const auto literal = literal_address(upstream);
  FakeResolver resolver(test_case);
  return given_by_server(UrlSource::admin,
                         literal ? std::vector<Address>{*literal} : resolver.resolve(upstream.host));
}

// What is wrong with this outcome, or nothing.
std::string complaint_about(const Outcome& outcome, const Json& test_case, const std::string& expected) {
  if (outcome.allowed != (expected == "allow")) return cat("expected ", expected, ", got ", outcome.reason);
  if (!outcome.allowed && outcome.reason != test_case["code"].get<std::string>())
    return cat("expected the reason ", test_case["code"].get<std::string>(), ", got ", outcome.reason);
  const bool was_redirected = test_case.contains("redirect") || test_case.contains("redirect_loop");
  if (!outcome.allowed && !was_redirected && !outcome.peers.empty())
    return "a refused request reached the connector";
  if (outcome.allowed && outcome.peers.empty()) return "an allowed request connected nowhere";
  if (!test_case.contains("connect_only")) return {};
  for (const std::string& peer : outcome.peers)
    if (std::find(test_case["connect_only"].begin(), test_case["connect_only"].end(), peer) ==
        test_case["connect_only"].end())
      return cat("connected to ", peer);
  return {};
}

// Redirects go out from the first server, which may be dialled; no place they lead to may be.
std::string complaint_about_redirects(const Outcome& outcome, const Json& test_case, FakeResolver& resolver) {
  if (test_case.value("redirect_loop", false) && outcome.peers.size() != 1 + most_redirects)
    return cat("made ", outcome.peers.size(), " requests in a redirect loop");
  for (const std::string& peer : outcome.peers)
    if (peer != unlisted_answer) return cat("a redirect led to ", peer);
  if (test_case.value("method", "GET") != "POST") return {};
  return resolver.queries("evil.example.net") == 0 ? std::string()
                                                   : "a POST was redirected to another origin";
}

std::string run_case(const Json& test_case, const EgressPolicy& policy, const std::string& mode) {
  FakeResolver resolver(test_case);
  FakeClient client(test_case, policy, resolver);
  const Json& expect = test_case["expect"][mode];
  const Json verdicts = expect.is_array() ? expect : Json::array({expect});

  std::size_t requests = 0;
  for (const auto& expected : verdicts) {
    const Outcome outcome = client.send(test_case["url"].get<std::string>(), giver_of(test_case));
    ++requests;
    auto complaint = complaint_about(outcome, test_case, expected.get<std::string>());
    if (complaint.empty() && test_case["group"] == "redirect")
      complaint = complaint_about_redirects(outcome, test_case, resolver);
    if (!complaint.empty()) return complaint;
  }
  if (test_case["group"] == "redirect") return {};
  const Json dns = test_case.value("dns", Json::object());
  for (const auto& [host, lists] : dns.items())
    if (resolver.queries(host) > requests) return cat("looked up ", host, " more than once for a request");
  return {};
}

}  // namespace

TEST_CASE("R85, R86, R87: every URL of the SSRF corpus gets its verdict in every mode", "[base][corpus]") {
  const fs::path file = corpora_folder() / "ssrf.json";
  std::ifstream stream(file);
  if (!stream) {
    std::cout << "ssrf.json: absent\n";
    WARN("ssrf.json is absent; set PATCHBAY_CORPORA to the folder that holds it");
    SUCCEED();
    return;
  }
  const Json corpus = Json::parse(stream);

  int passed = 0;
  int failed = 0;
  for (const auto& test_case : corpus["cases"]) {
    std::string complaints;
    for (const auto& [mode, verdict] : test_case["expect"].items()) {
      const auto complaint = run_case(test_case, policy_of(corpus["config"], mode), mode);
      if (!complaint.empty()) complaints += cat(" [", mode, "] ", complaint);
    }
    ++(complaints.empty() ? passed : failed);
    if (!complaints.empty()) FAIL_CHECK(test_case["id"].get<std::string>() << complaints);
  }
  std::cout << "ssrf.json: " << passed << " passed, " << failed << " failed\n";
  CHECK(passed > 0);
  CHECK(failed == 0);
}
