#include "base/egress.h"

#include <string>

#include "support/catch.h"

using namespace patchbay;

namespace {

std::vector<Address> addresses_of(const std::vector<std::string>& texts) {
  std::vector<Address> addresses;
  for (const std::string& text : texts) addresses.push_back(parse_address(text).value());
  return addresses;
}

// What the client would do: the static check, then all addresses; "ok" or the reason.
std::string verdict(const EgressPolicy& policy, const UrlGiver& giver, const std::string& text,
                    const std::vector<std::string>& answers = {}) {
  try {
    const Url url = check_url(text, giver, policy);
    if (!literal_address(url)) check_addresses(url, addresses_of(answers), giver, policy);
    return "ok";
  } catch (const Error& error) {
    return error.id();
  }
}

EgressPolicy policy_with(PrivateMode mode, const std::vector<std::string>& allow = {}) {
  EgressPolicy policy;
  policy.private_mode = mode;
  for (const std::string& line : allow) policy.allow.push_back(parse_allow_rule(line));
  return policy;
}

const char* const in_private = "http://10.0.0.1:8000/mcp";
const char* const on_loopback = "http://127.0.0.1:3000/mcp";

}  // namespace

TEST_CASE("by default an admin's URL reaches private networks and loopback, nobody else's does", "[base]") {
  const EgressPolicy policy;
  for (const auto* url : {in_private, on_loopback, "https://[fd00::1]/mcp", "http://[::1]:3000/mcp"})
    CHECK(verdict(policy, UrlSource::admin, url) == "ok");
  CHECK(verdict(policy, UrlSource::admin, "http://localhost:3000/", {"127.0.0.1", "::1"}) == "ok");

  for (const auto source : {UrlSource::member, UrlSource::client_given}) {
    CHECK(verdict(policy, source, in_private) == "private");
    CHECK(verdict(policy, source, on_loopback) == "loopback");
    CHECK(verdict(policy, source, "http://localhost:3000/", {"127.0.0.1"}) == "loopback");
    CHECK(verdict(policy, source, "https://mcp.example.com/", {"93.184.216.34"}) == "ok");
  }
}

TEST_CASE("R87: in list mode everybody reaches what is listed and nothing else", "[base]") {
  const auto policy =
      policy_with(PrivateMode::list, {"10.0.0.0/16", "mcp.corp.example:8443", "127.0.0.1:3000"});
  for (const auto source : {UrlSource::admin, UrlSource::member, UrlSource::client_given}) {
    CHECK(verdict(policy, source, in_private) == "ok");
    CHECK(verdict(policy, source, "https://10.1.0.1/") == "private");
    CHECK(verdict(policy, source, "https://mcp.corp.example:8443/", {"192.168.0.1"}) == "ok");
    CHECK(verdict(policy, source, "https://mcp.corp.example/", {"192.168.0.1"}) == "private");
    CHECK(verdict(policy, source, "https://other.corp.example:8443/", {"192.168.0.1"}) == "private");
    CHECK(verdict(policy, source, on_loopback) == "ok");
    CHECK(verdict(policy, source, "http://127.0.0.1:3001/mcp") == "loopback");
  }
}

TEST_CASE("in deny mode nothing private is reached, listed or not", "[base]") {
  const auto policy = policy_with(PrivateMode::deny, {"10.0.0.0/8", "127.0.0.1:3000", "plain.example"});
  CHECK(verdict(policy, UrlSource::admin, in_private) == "private");
  CHECK(verdict(policy, UrlSource::admin, on_loopback) == "loopback");
  CHECK(verdict(policy, UrlSource::admin, "http://plain.example/", {"93.184.216.34"}) == "plain_http");
  CHECK(verdict(policy, UrlSource::admin, "https://mcp.example.com/", {"93.184.216.34"}) == "ok");
}

TEST_CASE("R87: loopback is listed as host:port, never by a host or a range alone", "[base]") {
  const auto member = UrlSource::member;
  CHECK(verdict(policy_with(PrivateMode::list, {"127.0.0.0/8"}), member, on_loopback) == "loopback");
  CHECK(verdict(policy_with(PrivateMode::list, {"127.0.0.1"}), member, on_loopback) == "loopback");
  const auto by_name = policy_with(PrivateMode::list, {"localhost:3000"});
  CHECK(verdict(by_name, member, "http://localhost:3000/", {"127.0.0.1", "::1"}) == "ok");
  CHECK(verdict(by_name, member, "http://localhost:3001/", {"127.0.0.1"}) == "loopback");
  CHECK(verdict(by_name, member, "http://lvh.me:3000/", {"127.0.0.1"}) == "loopback");
  CHECK(verdict(policy_with(PrivateMode::list, {"127.0.0.1:3000"}), member, "http://lvh.me:3000/",
                {"127.0.0.1"}) == "ok");
}

TEST_CASE("shared addresses open by host or by a range inside them, not by a wider one", "[base]") {
  const auto verdict_with = [](const std::string& line) {
    return verdict(policy_with(PrivateMode::list, {line}), UrlSource::admin, "https://100.64.0.1/");
  };
  CHECK(verdict(EgressPolicy{}, UrlSource::admin, "https://100.64.0.1/") == "cgnat");
  CHECK(verdict_with("0.0.0.0/0") == "cgnat");
  CHECK(verdict_with("100.0.0.0/9") == "cgnat");
  CHECK(verdict_with("100.64.0.0/10") == "ok");
  CHECK(verdict_with("100.64.0.1") == "ok");
}

TEST_CASE("what is never reached is not opened by any list", "[base]") {
  struct Row {
    const char* url;
    const char* reason;
  };
  const Row rows[] = {
      {"https://169.254.169.254/", "link_local"}, {"https://[fe80::1]/", "link_local"},
      {"https://[fd00:ec2::254]/", "metadata"},   {"https://168.63.129.16/", "metadata"},
      {"https://100.100.100.200/", "metadata"},   {"https://0.0.0.0/", "unspecified"},
      {"https://[::]/", "unspecified"},           {"https://224.0.0.1/", "multicast"},
      {"https://192.0.2.1/", "reserved"},         {"https://[::ffff:10.0.0.1]/", "ipv6_embedded"}};
  for (const Row& row : rows) {
    const Url url = parse_url(row.url);
    const auto policy =
        policy_with(PrivateMode::admin, {"0.0.0.0/0", "::/0", url.authority(), url.authority() + ":443"});
    CAPTURE(row.url);
    for (const auto source : {UrlSource::admin, UrlSource::member, UrlSource::client_given})
      CHECK(verdict(policy, source, row.url) == row.reason);
    CHECK(verdict(policy, given_by_server(UrlSource::admin, addresses_of({"127.0.0.1"})), row.url) ==
          row.reason);
  }
}

TEST_CASE("R36: plain http to a public address needs the host itself on the list", "[base]") {
  const auto* url = "http://mcp.example.com/";
  const std::vector<std::string> answer = {"93.184.216.34"};
  CHECK(verdict(EgressPolicy{}, UrlSource::admin, url, answer) == "plain_http");
  CHECK(verdict(policy_with(PrivateMode::list, {"93.184.216.0/24"}), UrlSource::admin, url, answer) ==
        "plain_http");
  CHECK(verdict(policy_with(PrivateMode::list, {"mcp.example.com"}), UrlSource::admin, url, answer) == "ok");
  CHECK(verdict(EgressPolicy{}, UrlSource::admin, url, {"10.0.0.1", "93.184.216.34"}) == "plain_http");
}

TEST_CASE("one forbidden answer refuses the name, and so do none or more than twenty", "[base]") {
  const auto answers = [](std::size_t count) {
    return verdict(EgressPolicy{}, UrlSource::admin, "https://a.example/",
                   std::vector<std::string>(count, "8.8.8.8"));
  };
  CHECK(answers(0) == "dns_empty");
  CHECK(answers(1) == "ok");
  CHECK(answers(19) == "ok");
  CHECK(answers(20) == "ok");
  CHECK(answers(21) == "dns_too_many");
  CHECK(verdict(EgressPolicy{}, UrlSource::member, "https://a.example/", {"8.8.8.8", "10.0.0.1"}) ==
        "private");
  CHECK(verdict(EgressPolicy{}, UrlSource::admin, "https://a.example/", {"8.8.8.8", "::ffff:8.8.8.8"}) ==
        "ipv6_embedded");
}

TEST_CASE("Patchbay never connects to itself, whoever asks and whatever is listed", "[base]") {
  auto policy = policy_with(PrivateMode::admin, {"10.0.0.5:8800", "127.0.0.1:8800", "patchbay.example.com"});
  policy.own_listeners = {{parse_address("10.0.0.5").value(), 8800},
                          {parse_address("0.0.0.0").value(), 9900}};
  policy.own_public_url = parse_url("https://patchbay.example.com/base");

  CHECK(verdict(policy, UrlSource::admin, "http://10.0.0.5:8800/mcp") == "self");
  CHECK(verdict(policy, UrlSource::admin, "http://10.0.0.5:8801/mcp") == "ok");
  CHECK(verdict(policy, UrlSource::admin, "http://me.example:8800/mcp", {"10.0.0.5"}) == "self");
  CHECK(verdict(policy, UrlSource::admin, "http://127.0.0.2:9900/mcp") == "self");
  CHECK(verdict(policy, UrlSource::admin, "http://[::1]:9900/mcp") == "self");
  CHECK(verdict(policy, UrlSource::admin, "https://PATCHBAY.example.com:443/x") == "self");
  CHECK(verdict(policy, UrlSource::admin, "https://patchbay.example.com:8443/x", {"93.184.216.34"}) == "ok");
  CHECK_THROWS_MATCHES(check_addresses(parse_url("https://patchbay.example.com"), addresses_of({"8.8.8.8"}),
                                       UrlSource::admin, policy),
                       Error, HasId("self"));
}

TEST_CASE("a listener on every interface stands for each of this machine's addresses", "[base]") {
  const auto one = own_endpoints({parse_address("10.0.0.5").value(), 8800});
  CHECK(one.size() == 1);
  const auto all = own_endpoints({parse_address("::").value(), 8800});
  CHECK(all.size() == 1 + list_local_addresses().size());
  CHECK(all.back().port == 8800);
}

TEST_CASE("a server's URL leads no further inside than the server is", "[base]") {
  const EgressPolicy policy;
  const auto from = [](UrlSource connection, const std::vector<std::string>& addresses) {
    return given_by_server(connection, addresses_of(addresses));
  };
  const auto admin = UrlSource::admin;
  CHECK(verdict(policy, from(admin, {"93.184.216.34"}), in_private) == "private_from_public");
  CHECK(verdict(policy, from(admin, {"93.184.216.34"}), on_loopback) == "loopback");
  CHECK(verdict(policy, from(admin, {"93.184.216.34", "10.0.0.7"}), in_private) == "private_from_public");
  CHECK(verdict(policy, from(admin, {}), in_private) == "private_from_public");
  CHECK(verdict(policy, from(admin, {"10.0.0.7"}), in_private) == "ok");
  CHECK(verdict(policy, from(admin, {"10.0.0.7"}), on_loopback) == "loopback");
  CHECK(verdict(policy, from(admin, {"10.0.0.7", "127.0.0.1"}), on_loopback) == "loopback");
  CHECK(verdict(policy, from(admin, {"127.0.0.1"}), on_loopback) == "ok");
  CHECK(verdict(policy, from(admin, {"::1"}), in_private) == "ok");
  CHECK(verdict(policy, from(UrlSource::member, {"10.0.0.7"}), in_private) == "private");

  SECTION("unless the host is listed by name, a range is not enough") {
    const auto by_range = policy_with(PrivateMode::admin, {"10.0.0.0/8"});
    const auto by_name = policy_with(PrivateMode::admin, {"10.0.0.1:8000"});
    CHECK(verdict(by_range, from(admin, {"93.184.216.34"}), in_private) == "private_from_public");
    CHECK(verdict(by_name, from(admin, {"93.184.216.34"}), in_private) == "ok");
    CHECK(verdict(by_name, from(UrlSource::member, {"93.184.216.34"}), in_private) == "ok");
    CHECK(verdict(by_range, from(UrlSource::member, {"10.0.0.7"}), in_private) == "ok");
  }
}

TEST_CASE("links for people are never fetched", "[base]") {
  CHECK(verdict(EgressPolicy{}, UrlSource::display_only, "https://mcp.example.com/icon.svg") ==
        "not_fetched");
  CHECK_THROWS_MATCHES(check_addresses(parse_url("https://a.example"), addresses_of({"8.8.8.8"}),
                                       UrlSource::display_only, EgressPolicy{}),
                       Error, HasId("not_fetched"));
}

TEST_CASE("R86: only a GET without credentials follows a redirect, three times at most", "[base]") {
  const EgressPolicy policy;
  const Url from = parse_url("https://mcp.example.com/a/b");
  Redirect redirect;
  redirect.addresses = addresses_of({"93.184.216.34"});
  const auto follow = [&](std::string_view location) {
    return check_redirect(from, location, redirect, UrlSource::admin, policy);
  };

  CHECK(follow("c").url.text() == "https://mcp.example.com/a/c");
  CHECK(follow("https://other.example.com/").url.host == "other.example.com");
  redirect.followed = 2;
  CHECK(follow("c").url.text() == "https://mcp.example.com/a/c");
  redirect.followed = 3;
  CHECK_THROWS_MATCHES(follow("c"), Error, HasId("redirect"));
  redirect.followed = 0;

  SECTION("a redirected POST is refused") {
    redirect.method = "POST";
    CHECK_THROWS_MATCHES(follow("c"), Error, HasId("redirect"));
  }
  SECTION("credentials are never redirected") {
    redirect.has_credentials = true;
    CHECK_THROWS_MATCHES(follow("c"), Error, HasId("redirect"));
  }
  SECTION("https never becomes http") {
    CHECK_THROWS_MATCHES(follow("http://other.example.com/"), Error, HasId("redirect"));
  }
  SECTION("a place that is refused is refused as a redirect, the reason in the detail") {
    for (const auto* location : {"https://10.0.0.1/", "https://127.0.0.1/", "file:///etc/passwd",
                                 "https://u@a.example/", "https://localhost:3000/"})
      CHECK_THROWS_MATCHES(follow(location), Error, HasId("redirect"));
  }
  SECTION("what it resolves to is checked under the redirecting server's rule") {
    const RedirectTarget target = follow("https://other.example.com/");
    CHECK(target.giver.source == UrlSource::server_given);
    CHECK(target.giver.connection == UrlSource::admin);
    try {
      check_addresses(target.url, addresses_of({"10.0.0.1"}), target.giver, policy);
      FAIL("a public server must not redirect into a private network");
    } catch (const Error& error) {
      CHECK(error.id() == "redirect");
      CHECK(error.detail() == "private_from_public: 10.0.0.1");
    }
  }
  SECTION("a public hop ends a private server's reach") {
    const auto inside = given_by_server(UrlSource::admin, addresses_of({"10.0.0.7"}));
    CHECK_THROWS_MATCHES(check_redirect(from, "https://10.0.0.1/", redirect, inside, policy), Error,
                         HasId("redirect"));
    redirect.addresses = addresses_of({"10.0.0.7"});
    CHECK(check_redirect(from, "https://10.0.0.1/", redirect, inside, policy).url.host == "10.0.0.1");
  }
}

TEST_CASE("a line of network.allow is a range, a host, or a host with port", "[base]") {
  CHECK(parse_allow_rule("10.0.0.0/8").host.empty());
  CHECK(parse_allow_rule("MCP_Server:8080").host == "mcp_server");
  CHECK(parse_allow_rule("MCP_Server:8080").port == 8080);
  CHECK(parse_allow_rule("mcp.example").port == 0);
  CHECK(parse_allow_rule("[FD00::1]:443").host == "fd00::1");
  CHECK(parse_allow_rule("[fd00::1]:443").port == 443);
  CHECK(parse_allow_rule("fd00::1").range->prefix == 128);
  CHECK(parse_allow_rule("10.0.0.1").range->prefix == 32);
  for (const auto* wrong :
       {"", "10.0.0.1/8", "10.0.0.0/33", "https://a.example", "a.example/", "a.example:0",
        "a.example:", "u@a.example", "[fd00::1", "*.example", "a b", "127.1", "a.example#"})
    CHECK_THROWS_MATCHES(parse_allow_rule(wrong), Error, HasId("bad_allow_rule"));
}

TEST_CASE("a refusal names the host but keeps its addresses for the log", "[base]") {
  try {
    check_addresses(parse_url("https://wiki.example/"), addresses_of({"10.0.0.1"}), UrlSource::member,
                    EgressPolicy{});
    FAIL("a member must not reach a private network");
  } catch (const Error& error) {
    CHECK_THAT(error.message(), ContainsSubstring("\"wiki.example\""));
    CHECK_THAT(error.message(), !ContainsSubstring("10.0.0.1"));
    CHECK(error.detail() == "10.0.0.1");
  }
}
