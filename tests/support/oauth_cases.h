#pragma once

#include <functional>
#include <map>
#include <string>

#include "support/data_plane.h"
#include "support/oauth_stage.h"

// What the cases of corpora/oauth.json for the authorization server and the resource server are played on:
// one function for each topic. The clock has moved by more than a minute before each.
struct OauthCast {
  OauthStage stage;
  Browser bob = stage.join("bob");
  DataPlane plane{stage};
};
using OauthCases = std::map<std::string, std::function<void(OauthCast&)>>;

void add_authorize_cases(OauthCases& cases);
void add_token_cases(OauthCases& cases);
void add_resource_cases(OauthCases& cases);
