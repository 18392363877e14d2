#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/secret.h"
#include "domain/person.h"
#include "store/database.h"

namespace patchbay::store {

// What is stored of a token: SHA-256 of its kind and itself. Full entropy needs no slow hash.
std::string hash_token(std::string_view token);
// Whether `text` has the form of our API tokens: "pbk_" and 43 characters of base64url.
bool is_token(std::string_view text);

struct NewToken {
  Token token;
  Secret secret;  // shown once; only its hash is kept
};
struct TokenWish {
  std::string name;
  Scope scopes = Scope::none;
  std::string audience;
  std::optional<Instant> expires_at;
  Secret given =
      Secret();  // a token made elsewhere, of the form that is_token wants; empty: a new one is made
  std::optional<UserId> user = {};  // whose it will be; none: the appliance's
};
// Throws Error::invalid("token_name" | "token_scope" | "token_expiry" | "token_form"),
// Error::conflict("token_name_taken") where a live token has the name.
NewToken create_token(Database& db, const TokenWish& wish, Instant now);

// A page of a list whose rows are told apart by ids that sort by birth.
struct IdPage {
  std::string after;  // an id; empty begins
  std::int64_t limit = INT64_MAX;
};
// Revoked and expired ones too, oldest first.
std::vector<Token> list_tokens(Database& db, const IdPage& page = {});
std::optional<Token> find_token(Database& db, const TokenId& id);
std::optional<Token> find_token_by_hash(Database& db, std::string_view hash);
// A live token by its name, or any by its id. Throws Error::not_found("no_token").
Token require_token(Database& db, std::string_view name_or_id);

std::vector<Token> list_tokens_of(Database& db, const UserId& user, const IdPage& page = {});

// For a snapshot that answers without a query.
struct StoredToken {
  std::string hash;
  Token token;
};
std::vector<StoredToken> list_live_tokens(Database& db, Instant now);

// Throws Error::not_found("no_token"). Revoking twice keeps the first time.
void revoke_token(Database& db, const TokenId& id, Instant now);
// Deletes tokens that expired or were revoked before `before`; how many.
int purge_tokens(Database& db, Instant before);

struct TokenUse {
  Instant at;
  std::string client;
};
// Collects uses so that a call costs no write. Any thread; write them out now and then, and before stopping.
class TokenUses {
 public:
  void note(const TokenId& token, Instant at, std::string_view client);
  std::map<TokenId, TokenUse> take();

 private:
  Guarded<std::map<TokenId, TokenUse>> uses_;
};
void touch_tokens(Database& db, const std::map<TokenId, TokenUse>& uses);

}  // namespace patchbay::store
