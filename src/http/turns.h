#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/guarded.h"

namespace patchbay::http {

// Who holds one of the control plane's few workers while somebody else's server is waited for: few at once,
// and one for each key, so that nobody can keep everybody waiting. Any thread; outlives its turns.
class Turns {
 public:
  explicit Turns(std::size_t most) : most_(most) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  class Turn {
   public:
    Turn(Turns& turns, std::string key) : turns_(&turns), key_(std::move(key)) {}
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)), key_(std::move(other.key_)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->keys_.with([this](auto& keys) { keys.erase(key_); });
    }

   private:
    Turns* turns_;
    std::string key_;
  };

  // Nothing where the key has its turn already, or too many others have theirs.
  std::optional<Turn> take(const std::string& key) {
    const bool is_free =
        keys_.with([&](auto& keys) { return keys.size() < most_ && keys.insert(key).second; });
    if (!is_free) return std::nullopt;
    return Turn(*this, key);
  }

  // Of each kind of waiting: sign-ins, applications' documents, looks at addresses (and one more), tests of one's
  // own and of the organisation's servers. With those who wait for passwords (oauth/passwords) that is seventeen
  // of the twenty workers (base/http_server); the others are for whoever waits for nobody.
  static constexpr std::size_t most_waiting = 2;

 private:
  const std::size_t most_;
  Guarded<std::set<std::string>> keys_;
};

}  // namespace patchbay::http
