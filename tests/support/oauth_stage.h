#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"
#include "oauth/form.h"
#include "oauth/pkce.h"
#include "support/organisation.h"

// Applications that sign in with an organisation's Patchbay: what they send, and what a person does at the
// pages in between. Every answer is checked not to be ours to be ashamed of (5xx).
class OauthStage : public Organisation {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  static std::string form(const Fields& fields) {
    patchbay::oauth::Form made;
    for (const auto& [name, value] : fields) made.add(name, value);
    return made.body().reveal();
  }
  patchbay::HttpReply checked(patchbay::HttpReply reply) {
    CHECK(reply.status < 500);
    return reply;
  }
  patchbay::HttpReply post(const std::string& target, const Fields& fields,
                           const std::vector<patchbay::Header>& headers = {}) {
    auto request = request_for("POST", target);
    request.body = form(fields);
    request.headers = headers;
    request.headers.push_back({"content-type", "application/x-www-form-urlencoded"});
    return checked(routes.handle(request));
  }
  // As the person's browser sends it.
  patchbay::HttpReply browse(Browser& browser, const std::string& method, const std::string& target,
                             const Fields& fields = {}, const std::string& origin = "https://gate.example") {
    auto request = request_for(method, target);
    request.is_https = true;
    if (!browser.cookie.empty()) request.headers.push_back({"cookie", "__Host-pb=" + browser.cookie});
    if (method == "POST") {
      request.body = form(fields);
      request.headers.push_back({"content-type", "application/x-www-form-urlencoded"});
      if (!origin.empty()) request.headers.push_back({"origin", origin});
    }
    return checked(routes.handle(request));
  }

  patchbay::HttpReply register_app(const nlohmann::json& body) {
    return checked(call("POST", "/oauth/register", "", body.dump()));
  }
  std::string app(const std::string& redirect_uri, const std::string& name = "Test app") {
    const auto reply = register_app({{"client_name", name}, {"redirect_uris", {redirect_uri}}});
    REQUIRE(reply.status == 201);
    return nlohmann::json::parse(reply.body).at("client_id");
  }

  // The usual request; `changes` replaces fields, and leaves those out whose value is "-".
  static std::string authorize_query(const std::string& client_id, const std::string& redirect_uri,
                                     const std::map<std::string, std::string>& with = {}) {
    std::map<std::string, std::string> fields = {
        {"client_id", client_id}, {"redirect_uri", redirect_uri},  {"response_type", "code"},
        {"state", "a state"},     {"code_challenge", challenge()}, {"code_challenge_method", "S256"}};
    for (const auto& [name, value] : with) fields[name] = value;
    Fields all;
    for (const auto& [name, value] : fields)
      if (value != "-") all.emplace_back(name, value);
    return form(all);
  }
  patchbay::HttpReply authorize(Browser& browser, const std::string& query) {
    return browse(browser, "GET", "/oauth/authorize?" + query);
  }
  // Says yes; `more` are further fields of the form.
  patchbay::HttpReply allow(Browser& browser, const std::string& query, Fields more = {{"write", "on"}}) {
    more.emplace_back("request", query);
    more.emplace_back("csrf", csrf_of(browser, query));
    more.emplace_back("decision", "allow");
    return browse(browser, "POST", "/oauth/consent", more);
  }
  // The hidden field of the page.
  std::string csrf_of(Browser& browser, const std::string& query) {
    const auto page = authorize(browser, query);
    REQUIRE(page.status == 200);
    return csrf_on(page);
  }
  static std::string csrf_on(const patchbay::HttpReply& page) {
    const std::string mark = "name=\"csrf\" value=\"";
    const auto at = page.body.find(mark);
    REQUIRE(at != std::string::npos);
    return page.body.substr(at + mark.size(), page.body.find('"', at + mark.size()) - at - mark.size());
  }
  static std::string header(const patchbay::HttpReply& reply, std::string_view name) {
    for (const auto& one : reply.headers)
      if (patchbay::equal_ignoring_case(one.name, name)) return one.value;
    return {};
  }
  // A parameter of the address that an answer leads to.
  static std::string parameter(const patchbay::HttpReply& reply, const std::string& name) {
    const auto location = header(reply, "Location");
    return patchbay::oauth::FormFields::parse(location.substr(location.find('?') + 1)).text(name);
  }

  std::string code(Browser& browser, const std::string& client_id, const std::string& redirect_uri,
                   const std::map<std::string, std::string>& with = {}) {
    const auto reply = allow(browser, authorize_query(client_id, redirect_uri, with));
    REQUIRE(reply.status == 303);
    return parameter(reply, "code");
  }
  patchbay::HttpReply redeem(const std::string& client_id, const std::string& code,
                             const std::string& redirect_uri,
                             const std::map<std::string, std::string>& with = {}) {
    std::map<std::string, std::string> fields = {{"grant_type", "authorization_code"},
                                                 {"client_id", client_id},
                                                 {"code", code},
                                                 {"redirect_uri", redirect_uri},
                                                 {"code_verifier", verifier()}};
    for (const auto& [name, value] : with) fields[name] = value;
    Fields all;
    for (const auto& [name, value] : fields)
      if (value != "-") all.emplace_back(name, value);
    return post("/oauth/token", all);
  }
  patchbay::HttpReply refresh(const std::string& client_id, const std::string& token, Fields more = {}) {
    more.emplace_back("grant_type", "refresh_token");
    more.emplace_back("client_id", client_id);
    more.emplace_back("refresh_token", token);
    return post("/oauth/token", more);
  }

  struct Tokens {
    std::string access, refresh, scope;
  };
  static Tokens tokens_of(const patchbay::HttpReply& reply) {
    REQUIRE(reply.status == 200);
    CHECK(header(reply, "Cache-Control") == "no-store");
    const auto json = nlohmann::json::parse(reply.body);
    CHECK(json.at("token_type") == "Bearer");
    return {json.at("access_token"), json.value("refresh_token", ""), json.at("scope")};
  }
  Tokens sign_in_app(Browser& browser, const std::string& client_id, const std::string& redirect_uri,
                     const std::map<std::string, std::string>& with = {}) {
    return tokens_of(redeem(client_id, code(browser, client_id, redirect_uri, with), redirect_uri));
  }
  bool is_good(const std::string& token, const std::string& path = "/mcp") {
    return bearer.check("Bearer " + token, path).caller.has_value();
  }
  static std::string error(const patchbay::HttpReply& reply) {
    return nlohmann::json::parse(reply.body).at("error");
  }

  // Rows of refusals in the trail.
  std::int64_t refusals() {
    return store.read([](patchbay::Database& db) {
      auto rows = db.query("select count(*) as n from event where outcome = 'refused'");
      return rows.next()->integer("n");
    });
  }
  // Checks that what `act` does is refused with this status and error code, with one row in the trail.
  template <class Act>
  void refused(int expected, const std::string& code, Act act) {
    const auto before = refusals();
    const auto reply = act();
    INFO(reply.body);
    CHECK(reply.status == expected);
    if (!code.empty()) CHECK(error(reply) == code);
    CHECK(refusals() == before + 1);
  }
  // The same for a page that leads nowhere.
  template <class Act>
  void refused_on_page(Act act) {
    const auto before = refusals();
    const auto reply = act();
    CHECK(reply.status == 400);
    CHECK(header(reply, "Location").empty());
    CHECK(header(reply, "Content-Type").starts_with("text/html"));
    CHECK(refusals() == before + 1);
  }
  // The same for one that goes back to the application.
  template <class Act>
  void refused_to_client(const std::string& code, const std::string& redirect_uri, Act act) {
    const auto before = refusals();
    const auto reply = act();
    CHECK(reply.status == 303);
    CHECK(header(reply, "Location").starts_with(redirect_uri + "?"));
    CHECK(parameter(reply, "error") == code);
    CHECK(parameter(reply, "state") == "a state");
    CHECK(parameter(reply, "iss") == "https://gate.example");
    CHECK(parameter(reply, "code").empty());
    CHECK(refusals() == before + 1);
  }

  static std::string verifier() { return std::string(42, 'v') + "1"; }
  static std::string challenge() { return patchbay::oauth::challenge_of(patchbay::Secret(verifier())); }
};
