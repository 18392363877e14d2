#include "oauth/bearer.h"

#include "base/text.h"
#include "store/apps.h"
#include "store/profiles.h"
#include "store/rollout.h"
#include "store/selections.h"
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
  Issued issued;
  store_.read([&](Database& db) {
    std::unordered_map<std::string, std::shared_ptr<const Selection>> of_people;
    for (auto& one : store::list_selections(db)) {
      auto& by_user = one.session.empty() ? of_people : fresh->selections;
      by_user.emplace(one.session.empty() ? one.user.text() : cat(one.user.text(), " ", one.session),
                      std::move(one.selection));
    }
    for (auto& person : store::list_people(db)) {
      auto id = person.id.text();
      if (const auto found = of_people.find(id); found != of_people.end()) person.selection = found->second;
      fresh->people.emplace(std::move(id), std::make_shared<const Person>(std::move(person)));
    }
    for (auto& stored : store::list_live_tokens(db, now))
      fresh->tokens.emplace(std::move(stored.hash), std::move(stored.token));
    for (auto& live : store::list_live_app_tokens(db, now)) {
      std::string hash = live.hash;
      issued.emplace(std::move(hash), std::make_shared<const store::LiveAppToken>(std::move(live)));
    }
    for (auto& profile : store::list_profiles(db)) {
      auto slug = lower(profile.slug);
      fresh->profiles.emplace(std::move(slug), std::make_shared<const Profile>(std::move(profile)));
    }
    if (auto rollout = store::read_rollout(db); rollout.state != RolloutState::on)
      fresh->rollout = std::make_shared<const Rollout>(std::move(rollout));
  });
  snapshot_.with([&](auto& snapshot) { snapshot = std::move(fresh); });
  issued_.with([&](Issued& all) { all.swap(issued); });
  if (reloaded_) reloaded_();
}

std::shared_ptr<const Bearer::Snapshot> Bearer::snapshot() const {
  return snapshot_.with([](const auto& current) { return current; });
}

std::shared_ptr<const Person> Bearer::person(const UserId& id) const {
  const auto snapshot = this->snapshot();
  const auto found = snapshot->people.find(id.text());
  return found == snapshot->people.end() ? nullptr : found->second;
}

std::shared_ptr<const Selection> Bearer::selection(const UserId& user, std::string_view session) const {
  const auto snapshot = this->snapshot();
  if (snapshot->selections.empty()) return nullptr;
  const auto found = snapshot->selections.find(cat(user.text(), " ", session));
  return found == snapshot->selections.end() ? nullptr : found->second;
}

std::shared_ptr<const Profile> Bearer::profile(std::string_view slug) const {
  const auto snapshot = this->snapshot();
  const auto found = snapshot->profiles.find(lower(slug));
  return found == snapshot->profiles.end() ? nullptr : found->second;
}

std::shared_ptr<const Rollout> Bearer::rollout() const {
  return snapshot()->rollout;
}

Caller Bearer::local_operator(Scope scopes) const {
  Caller caller = Caller::of_operator(scopes);
  caller.rollout = rollout();
  return caller;
}

// Under the same lock as reload(), so that a reload which read the store before this token was there does not
// take it away again.
void Bearer::add_issued(std::string_view hash) {
  constexpr std::size_t sweep_every = 1024;
  const std::scoped_lock turn(reloading_);
  const auto now = clock_.now();
  auto live = store_.read([&](Database& db) { return store::find_live_app_token(db, hash, now); });
  if (!live) return;
  issued_.with([&](Issued& all) {
    all.insert_or_assign(std::string(hash), std::make_shared<const store::LiveAppToken>(std::move(*live)));
    if (all.size() % sweep_every == 0)
      std::erase_if(all, [&](const auto& one) { return one.second->expires_at <= now; });
  });
}

// The resource below our public URL that a path belongs to; nothing where no application's token is good.
bool Bearer::is_for(const store::LiveAppToken& token, std::string_view path) const {
  if (path == "/v1/tools" || path == "/v1/tools/call") path = "/mcp";
  if (!covers("/mcp", path)) return false;
  return covers(token.resource, cat(audience_, path));
}

Bearer::Verdict Bearer::check_issued(std::string_view presented, std::string_view path) const {
  const auto hash = store::hash_app_secret(store::AppSecret::access, presented);
  const auto token = issued_.with([&](const Issued& all) {
    const auto found = all.find(hash);
    return found == all.end() ? nullptr : found->second;
  });
  if (!token) return {{}, "unknown_token"};
  if (token->expires_at <= clock_.now()) return {{}, "expired_token"};
  if (!is_for(*token, path)) return {{}, "other_audience"};
  const auto snapshot = this->snapshot();
  const auto person = snapshot->people.find(token->user.text());
  if (person == snapshot->people.end()) return {{}, "disabled_user"};
  Caller caller;
  caller.token = token->sign_in;
  caller.is_app = true;
  caller.person = person->second;
  caller.name = caller.person->name;
  caller.scopes = token->scopes & scopes_of(caller.person->role);
  caller.limit = token->servers;
  caller.rollout = snapshot->rollout;
  return {std::move(caller), {}};
}

Bearer::Verdict Bearer::check(std::optional<std::string_view> authorization, std::string_view path) const {
  if (!authorization) return {{}, "no_token"};
  constexpr std::string_view scheme = "bearer ";
  if (authorization->size() < scheme.size() ||
      !equal_ignoring_case(authorization->substr(0, scheme.size()), scheme))
    return {{}, "malformed_token"};
  const auto presented = authorization->substr(scheme.size());
  if (store::is_app_secret(store::AppSecret::access, presented)) return check_issued(presented, path);
  if (!store::is_token(presented)) return {{}, "malformed_token"};

  const auto snapshot = this->snapshot();
  const auto found = snapshot->tokens.find(store::hash_token(presented));
  if (found == snapshot->tokens.end()) return {{}, "unknown_token"};
  const Token& token = found->second;
  if (token.expires_at && *token.expires_at <= clock_.now()) return {{}, "expired_token"};
  if (!token.audience.empty() && token.audience != audience_) return {{}, "other_audience"};
  Caller caller;
  caller.token = token.id;
  caller.name = token.name;
  caller.scopes = token.scopes;
  caller.rollout = snapshot->rollout;
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

void Bearer::note_client(const UserId& user, std::string_view client) const {
  clients_.note(user, client, clock_.now());
}

void Bearer::flush_uses() {
  const auto uses = uses_.take();
  const auto clients = clients_.take();
  if (!uses.empty() || !clients.empty())
    store_.transact([&](Database& db) {
      store::touch_tokens(db, uses);
      store::touch_app_grants(db, uses);
      store::put_client_sightings(db, clients);
    });
}

}  // namespace patchbay::oauth
