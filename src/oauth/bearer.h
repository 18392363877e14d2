#pragma once

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

// Which caller a presented token stands for. Answers from a snapshot of the live tokens; whoever changes
// tokens calls reload() before answering, so that a revoked token is refused at the next call. Any thread.
class Bearer {
 public:
  // `audience` is our public URL: a token made for another one is refused.
  Bearer(Store& store, const Clock& clock, std::string audience);

  // From the return on, check() answers by what the store holds now, however many reload at once.
  void reload();

  struct Verdict {
    std::optional<Caller> caller;
    std::string_view
        refusal;  // "no_token", "malformed_token", "unknown_token", "expired_token", "other_audience"
  };
  // `authorization` is the header's value; absent where there is none (RFC 6750 §2.1: the header is the only
  // place).
  Verdict check(std::optional<std::string_view> authorization) const;

  // Remembers that a token was used; written to the store by flush_uses().
  void note_use(const TokenId& token, std::string_view client) const;
  void flush_uses();

 private:
  using Tokens = std::unordered_map<std::string, Token>;  // by hash
  Store& store_;
  const Clock& clock_;
  const std::string audience_;
  std::mutex reloading_;  // what was read first must not replace what was read later
  Guarded<std::shared_ptr<const Tokens>> tokens_;
  mutable store::TokenUses uses_;
};

}  // namespace patchbay::oauth
