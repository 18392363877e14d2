#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "support/control_fixture.h"

// A person at a browser of the control fixture: keeps the cookie, sends our Origin.
class Browser {
 public:
  explicit Browser(ControlFixture& fixture) : fixture_(fixture) {}

  patchbay::HttpReply call(const std::string& method, const std::string& target,
                           const std::string& body = {}) {
    return send(ControlFixture::request_for(method, target, body));
  }
  // A form of one of our pages, as its browser sends it.
  patchbay::HttpReply submit(const std::string& target, const std::string& fields) {
    auto request = ControlFixture::request_for("POST", target);
    request.headers.push_back({"content-type", "application/x-www-form-urlencoded"});
    request.body = fields;
    return send(std::move(request));
  }
  patchbay::HttpReply send(patchbay::HttpRequest request) {
    request.is_https = true;
    if (!cookie.empty()) request.headers.push_back({"cookie", "other=1; __Host-pb=" + cookie});
    if (sends_origin) request.headers.push_back({"origin", "https://gate.example"});
    if (!csrf.empty()) request.headers.push_back({"x-patchbay-csrf", csrf});
    auto reply = fixture_.routes.handle(request);
    for (const auto& header : reply.headers)
      if (header.name == "Set-Cookie") take(header.value);
    return reply;
  }
  nlohmann::json ask(const std::string& method, const std::string& target, const std::string& body = {}) {
    return nlohmann::json::parse(call(method, target, body).body);
  }
  bool sign_in(const std::string& name, const std::string& password) {
    return call("POST", "/v1/session", nlohmann::json({{"name", name}, {"password", password}}).dump())
               .status == 200;
  }
  bool confirm(const std::string& password) {
    return call("POST", "/v1/session/confirm", nlohmann::json({{"password", password}}).dump()).status == 204;
  }
  // Uses the link that an answer showed.
  bool accept(const std::string& link, const std::string& password, const std::string& name = {}) {
    nlohmann::json body = {{"invite", link.substr(link.find('#') + 1)}, {"password", password}};
    if (!name.empty()) body["name"] = name;
    return call("POST", "/v1/welcome", body.dump()).status == 200;
  }

  std::string cookie;
  std::string set_cookie;  // the last one, whole
  std::string csrf;
  bool sends_origin = true;

 private:
  void take(const std::string& value) {
    set_cookie = value;
    const auto equals = value.find('=');
    cookie = value.substr(equals + 1, value.find(';') - equals - 1);
  }
  ControlFixture& fixture_;
};
