#include "gateway/approvals.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"

namespace patchbay::gateway {

namespace {

constexpr std::size_t longest_preview = 4096;
constexpr std::size_t most = 10'000;  // of everybody, for they are kept in memory

std::string digest_of(const Server& server, std::string_view tool, std::string_view arguments) {
  return crypto::sha256(cat(server.id.text(), "\n", tool, "\n", arguments));
}

}  // namespace

void Approvals::drop_old(std::deque<Approval>& all) const {
  const auto now = clock_.now();
  std::erase_if(all, [now](const Approval& one) { return one.expires_at <= now; });
}

Approval::State Approvals::take(const Caller& caller, const Server& server, std::string_view tool,
                                std::string_view arguments) {
  const UserId& user = caller.person->id;
  const std::string digest = digest_of(server, tool, arguments);
  return all_.with([&](std::deque<Approval>& all) {
    drop_old(all);
    const auto same = std::ranges::find_if(
        all, [&](const Approval& one) { return one.user == user && one.digest == digest; });
    if (same != all.end()) {
      const auto state = same->state;
      if (state != Approval::State::waiting) all.erase(same);
      return state;
    }
    const auto mine = std::ranges::count(all, user, &Approval::user);
    if (static_cast<std::size_t>(mine) >= most_of_one)
      all.erase(std::ranges::find(all, user, &Approval::user));
    if (all.size() >= most) all.pop_front();
    const auto now = clock_.now();
    all.push_back({new_uuid(now), user, server.id, server.slug, std::string(tool), caller.name,
                   clean_text(arguments, longest_preview, true), digest, now,
                   now + std::chrono::milliseconds(time), Approval::State::waiting});
    return Approval::State::waiting;
  });
}

std::vector<Approval> Approvals::list(const UserId& user) const {
  return all_.with([&](std::deque<Approval>& all) {
    drop_old(all);
    std::vector<Approval> mine;
    for (const Approval& one : all)
      if (one.user == user && one.state == Approval::State::waiting) mine.push_back(one);
    return mine;
  });
}

Approval Approvals::decide(const UserId& user, std::string_view id, bool allow) {
  return all_.with([&](std::deque<Approval>& all) {
    drop_old(all);
    const auto found = std::ranges::find_if(all, [&](const Approval& one) {
      return one.user == user && one.id == id && one.state == Approval::State::waiting;
    });
    if (found == all.end())
      throw Error::not_found("no_approval", "Nothing of this kind waits for you. It may have expired.");
    found->state = allow ? Approval::State::allowed : Approval::State::refused;
    found->expires_at = clock_.now() + std::chrono::milliseconds(time);
    return *found;
  });
}

}  // namespace patchbay::gateway
