#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/guarded.h"
#include "domain/person.h"
#include "domain/profile.h"
#include "domain/rollout.h"
#include "domain/selection.h"
#include "store/app_tokens.h"
#include "store/client_sightings.h"
#include "store/store.h"
#include "store/tokens.h"

namespace patchbay::oauth {

// Which caller a presented token stands for, and what narrows their view. Answers from a snapshot of the live
// tokens, people, selections, profiles and the roll-out; whoever changes any of them calls reload() before
// answering, so that a revoked token, a person who was disabled and one who left a team are refused at the
// next call. Any thread.
class Bearer {
 public:
  // `audience` is our public URL: a token made for another one is refused.
  Bearer(Store& store, const Clock& clock, std::string audience);

  // From the return on, check() answers by what the store holds now, however many reload at once.
  void reload();
  // Called after each reload(), on its thread. Set before others use this.
  void on_reload(std::function<void()> callback) { reloaded_ = std::move(callback); }

  struct Verdict {
    std::optional<Caller> caller;
    std::string_view refusal;  // "no_token", "malformed_token", "unknown_token", "expired_token",
                               // "other_audience", "disabled_user"
  };
  // `authorization` is the header's value; absent where there is none (RFC 6750 §2.1: the header is the only
  // place).
  // `path` is what is asked, without the base path: an application's token is good for the resource it was
  // made for and what lies below, and /v1/tools belongs to /mcp.
  Verdict check(std::optional<std::string_view> authorization, std::string_view path = {}) const;

  // An access token that was just made: from the return on check() knows it. Unlike reload() it costs nothing
  // that grows with their number.
  void add_issued(std::string_view hash);

  // Null for one who is not there or disabled.
  std::shared_ptr<const Person> person(const UserId& id) const;

  // What a client session of this person selected; null where it is untouched.
  std::shared_ptr<const Selection> selection(const UserId& user, std::string_view session) const;
  std::shared_ptr<const Profile> profile(std::string_view slug) const;  // ignoring case; null for none
  std::shared_ptr<const Rollout> rollout() const;                       // of the appliance; null: on

  // The caller at the control socket.
  Caller local_operator(Scope scopes) const;

  // Remembers that a token was used, and what a person asks with; written to the store by flush_uses().
  void note_use(const TokenId& token, std::string_view client) const;
  void note_client(const UserId& user, std::string_view client) const;
  void flush_uses();

 private:
  struct Snapshot {
    std::unordered_map<std::string, Token> tokens;                                 // by hash
    std::unordered_map<std::string, std::shared_ptr<const Person>> people;         // by id
    std::unordered_map<std::string, std::shared_ptr<const Selection>> selections;  // by user id and session
    std::unordered_map<std::string, std::shared_ptr<const Profile>> profiles;      // by slug in lower case
    std::shared_ptr<const Rollout> rollout;
  };
  using Issued = std::unordered_map<std::string, std::shared_ptr<const store::LiveAppToken>>;  // by hash
  Verdict check_issued(std::string_view presented, std::string_view path) const;
  bool is_for(const store::LiveAppToken& token, std::string_view path) const;
  std::shared_ptr<const Snapshot> snapshot() const;
  Store& store_;
  const Clock& clock_;
  const std::string audience_;
  std::mutex reloading_;  // what was read first must not replace what was read later
  Guarded<std::shared_ptr<const Snapshot>> snapshot_;
  Guarded<Issued> issued_;  // changed under reloading_
  mutable store::TokenUses uses_;
  mutable store::ClientSightings clients_;
  std::function<void()> reloaded_;
};

}  // namespace patchbay::oauth
