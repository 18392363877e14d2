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
#include "store/store.h"
#include "store/tokens.h"

namespace patchbay::oauth {

// Which caller a presented token stands for. Answers from a snapshot of the live tokens and of the people;
// whoever changes either calls reload() before answering, so that a revoked token, a person who was disabled
// and one who left a team are refused at the next call. Any thread.
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
  Verdict check(std::optional<std::string_view> authorization) const;

  // Null for one who is not there or disabled.
  std::shared_ptr<const Person> person(const UserId& id) const;

  // Remembers that a token was used; written to the store by flush_uses().
  void note_use(const TokenId& token, std::string_view client) const;
  void flush_uses();

 private:
  struct Snapshot {
    std::unordered_map<std::string, Token> tokens;                          // by hash
    std::unordered_map<std::string, std::shared_ptr<const Person>> people;  // by id
  };
  Store& store_;
  const Clock& clock_;
  const std::string audience_;
  std::mutex reloading_;  // what was read first must not replace what was read later
  Guarded<std::shared_ptr<const Snapshot>> snapshot_;
  mutable store::TokenUses uses_;
  std::function<void()> reloaded_;
};

}  // namespace patchbay::oauth
