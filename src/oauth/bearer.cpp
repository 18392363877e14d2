#include "oauth/bearer.h"

#include "base/text.h"

namespace patchbay::oauth {

Bearer::Bearer(Store& store, const Clock& clock, std::string audience)
    : store_(store),
      clock_(clock),
      audience_(std::move(audience)),
      tokens_(std::make_shared<const Tokens>()) {
  reload();
}

void Bearer::reload() {
  const std::scoped_lock turn(reloading_);
  const auto now = clock_.now();
  auto fresh = std::make_shared<Tokens>();
  for (auto& stored : store_.read([&](Database& db) { return store::list_live_tokens(db, now); }))
    fresh->emplace(std::move(stored.hash), std::move(stored.token));
  tokens_.with([&](auto& tokens) { tokens = std::move(fresh); });
}

Bearer::Verdict Bearer::check(std::optional<std::string_view> authorization) const {
  if (!authorization) return {{}, "no_token"};
  constexpr std::string_view scheme = "bearer ";
  if (authorization->size() < scheme.size() ||
      !equal_ignoring_case(authorization->substr(0, scheme.size()), scheme))
    return {{}, "malformed_token"};
  const auto presented = authorization->substr(scheme.size());
  if (!store::is_token(presented)) return {{}, "malformed_token"};

  const auto tokens = tokens_.with([](const auto& current) { return current; });
  const auto found = tokens->find(store::hash_token(presented));
  if (found == tokens->end()) return {{}, "unknown_token"};
  const Token& token = found->second;
  if (token.expires_at && *token.expires_at <= clock_.now()) return {{}, "expired_token"};
  if (!token.audience.empty() && token.audience != audience_) return {{}, "other_audience"};
  return {Caller{Caller::Proof::token, token.id, token.name, token.scopes}, {}};
}

void Bearer::note_use(const TokenId& token, std::string_view client) const {
  uses_.note(token, clock_.now(), client);
}

void Bearer::flush_uses() {
  const auto uses = uses_.take();
  if (!uses.empty()) store_.transact([&](Database& db) { store::touch_tokens(db, uses); });
}

}  // namespace patchbay::oauth
