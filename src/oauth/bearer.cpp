#include "oauth/bearer.h"

#include "base/text.h"
#include "store/users.h"

namespace patchbay::oauth {

Bearer::Bearer(Store& store, const Clock& clock, std::string audience)
    : store_(store),
      clock_(clock),
      audience_(std::move(audience)),
      snapshot_(std::make_shared<const Snapshot>()) {
  reload();
}

void Bearer::reload() {
  const std::scoped_lock turn(reloading_);
  const auto now = clock_.now();
  auto fresh = std::make_shared<Snapshot>();
  store_.read([&](Database& db) {
    for (auto& person : store::list_people(db)) {
      auto id = person.id.text();
      fresh->people.emplace(std::move(id), std::make_shared<const Person>(std::move(person)));
    }
    for (auto& stored : store::list_live_tokens(db, now))
      fresh->tokens.emplace(std::move(stored.hash), std::move(stored.token));
  });
  snapshot_.with([&](auto& snapshot) { snapshot = std::move(fresh); });
  if (reloaded_) reloaded_();
}

std::shared_ptr<const Person> Bearer::person(const UserId& id) const {
  const auto snapshot = snapshot_.with([](const auto& current) { return current; });
  const auto found = snapshot->people.find(id.text());
  return found == snapshot->people.end() ? nullptr : found->second;
}

Bearer::Verdict Bearer::check(std::optional<std::string_view> authorization) const {
  if (!authorization) return {{}, "no_token"};
  constexpr std::string_view scheme = "bearer ";
  if (authorization->size() < scheme.size() ||
      !equal_ignoring_case(authorization->substr(0, scheme.size()), scheme))
    return {{}, "malformed_token"};
  const auto presented = authorization->substr(scheme.size());
  if (!store::is_token(presented)) return {{}, "malformed_token"};

  const auto snapshot = snapshot_.with([](const auto& current) { return current; });
  const auto found = snapshot->tokens.find(store::hash_token(presented));
  if (found == snapshot->tokens.end()) return {{}, "unknown_token"};
  const Token& token = found->second;
  if (token.expires_at && *token.expires_at <= clock_.now()) return {{}, "expired_token"};
  if (!token.audience.empty() && token.audience != audience_) return {{}, "other_audience"};
  Caller caller{Caller::Proof::token, token.id, token.name, token.scopes, nullptr, {}, false};
  if (token.user) {
    const auto person = snapshot->people.find(token.user->text());
    if (person == snapshot->people.end()) return {{}, "disabled_user"};
    caller.person = person->second;
    caller.name = caller.person->name;
    // A token is worth what its person may do now, not what they might when it was made.
    caller.scopes = caller.scopes & scopes_of(caller.person->role);
  }
  return {std::move(caller), {}};
}

void Bearer::note_use(const TokenId& token, std::string_view client) const {
  uses_.note(token, clock_.now(), client);
}

void Bearer::flush_uses() {
  const auto uses = uses_.take();
  if (!uses.empty()) store_.transact([&](Database& db) { store::touch_tokens(db, uses); });
}

}  // namespace patchbay::oauth
