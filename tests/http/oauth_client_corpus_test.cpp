// Drives the client's half of corpora/oauth.json: every topic there has a function here, and none is left
// out. A file of the same form may take its place through PATCHBAY_CORPORA.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "http/oauth_client_topics.h"
#include "support/catch.h"

namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

fs::path corpora_folder() {
  const char* given = std::getenv("PATCHBAY_CORPORA");
  return given != nullptr ? fs::path(given) : fs::path(PATCHBAY_SOURCE_DIR) / ".." / "shared" / "corpora";
}

Json client_cases(std::istream& stream) {
  const Json corpus = Json::parse(stream);
  Json cases = Json::array();
  for (const auto& one : corpus.at("cases"))
    if (one.at("role") == "client") cases.push_back(one);
  return cases;
}

}  // namespace

TEST_CASE("R58: every client case of the OAuth corpus comes out as it says", "[http][corpus]") {
  std::ifstream stream(corpora_folder() / "oauth.json");
  if (!stream) {
    std::cout << "oauth.json: absent\n";
    WARN("oauth.json is absent; set PATCHBAY_CORPORA to the folder that holds it");
    SUCCEED();
    return;
  }
  Topics topics = callback_topics();
  topics.merge(metadata_topics());
  topics.merge(token_topics());
  const Json cases = client_cases(stream);
  CHECK(cases.size() >= 48);
  for (const auto& one : cases) {
    const std::string id = one.at("id"), topic = one.at("topic");
    DYNAMIC_SECTION(id << " " << topic << ": " << one.at("expect").get<std::string>()) {
      const auto found = topics.find(topic);
      REQUIRE(found != topics.end());  // no case without a function
      found->second();
      std::cout << "oauth.json " << id << " " << topic << ": played\n";
    }
  }
}
