#pragma once

#include <map>
#include <string>

// The topics of role "client" in corpora/oauth.json: each is a function that plays its case and asserts what
// it expects, with what the file's "how" asserts of every case.
using Topics = std::map<std::string, void (*)()>;
Topics callback_topics();  // what comes back to /oauth/callback
Topics metadata_topics();  // what servers say of themselves
Topics token_topics();     // registration, tokens and their end
