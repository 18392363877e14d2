// Drives the cases of corpora/oauth.json whose role is "as" or "rs": Patchbay as authorization server and as
// resource server. A file of the same form may take its place through PATCHBAY_CORPORA.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "support/catch.h"
#include "support/oauth_cases.h"

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

fs::path corpus_file() {
  const char* given = std::getenv("PATCHBAY_CORPORA");
  const fs::path folder =
      given != nullptr ? fs::path(given) : fs::path(PATCHBAY_SOURCE_DIR) / ".." / "shared" / "corpora";
  return folder / "oauth.json";
}

}  // namespace

TEST_CASE("every case of the corpus for the authorization server and the resource server holds", "[http]") {
  std::ifstream in(corpus_file());
  if (!in) {
    WARN("corpora/oauth.json is absent: its cases were not run");
    SUCCEED();
    return;
  }
  OauthCases cases;
  add_authorize_cases(cases);
  add_token_cases(cases);
  add_resource_cases(cases);
  const json corpus = json::parse(in);
  std::set<std::string> topics;
  OauthCast cast;
  int played = 0;
  for (const auto& one : corpus.at("cases")) {
    const std::string role = one.at("role");
    if (role != "as" && role != "rs") continue;
    const std::string topic = one.at("topic");
    INFO(one.at("id").get<std::string>() << " " << topic << ": " << one.at("expect").get<std::string>());
    const auto found = cases.find(topic);
    CHECK(found != cases.end());
    if (found == cases.end()) continue;
    topics.insert(topic);
    cast.stage.store.clock().advance(std::chrono::seconds(61));
    try {
      found->second(cast);
    } catch (const std::exception& error) {
      FAIL_CHECK(error.what());
    }
    ++played;
  }
  for (const auto& [topic, play] : cases) {
    INFO(topic);
    CHECK(topics.contains(topic));  // else the corpus no longer has it
  }
  std::cout << "oauth.json: " << played << " cases of roles as and rs played\n";
  CHECK(played > 0);
}
