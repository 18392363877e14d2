#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "support/browser.h"
#include "support/catch.h"

inline constexpr const char* password = "correct horse battery";

// The control fixture with one admin, Ann, who is signed in.
struct Organisation : ControlFixture {
  Organisation() {
    const auto made = nlohmann::json::parse(call_locally("POST", "/v1/setup", "{}").body);
    REQUIRE(ann.accept(made.at("setup_link"), password, "ann"));
  }
  nlohmann::json add(const std::string& body) { return ann.ask("POST", "/v1/users", body); }
  // A new member at a browser of their own.
  Browser join(const std::string& name) {
    Browser browser(*this);
    const nlohmann::json made = add(nlohmann::json({{"name", name}}).dump());
    REQUIRE(browser.accept(made.at("invite_link"), password));
    return browser;
  }
  Browser ann{*this};
};
