#include "gateway/sessions.h"

#include "base/crypto.h"
#include "base/encoding.h"

namespace patchbay::gateway {

std::shared_ptr<Session> Sessions::create(const Caller& owner, EndpointName endpoint, std::string version,
                                          std::string client) {
  if (sessions_.size() >= most_) erase(order_.begin());
  auto session = std::make_shared<Session>();
  session->id = to_base64url(crypto::random_bytes(24));
  session->owner = owner.token;
  if (owner.person) session->user = owner.person->id.text();
  session->endpoint = std::move(endpoint);
  session->version = std::move(version);
  session->client = std::move(client);
  session->last_used = std::chrono::steady_clock::now();
  order_.push_back(session);
  sessions_.emplace(session->id, std::prev(order_.end()));
  return session;
}

std::shared_ptr<Session> Sessions::find(std::string_view id, const Caller& caller,
                                        const EndpointName& endpoint) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return nullptr;
  const auto session = *found->second;
  if (session->owner != caller.token || !(session->endpoint == endpoint)) return nullptr;
  session->last_used = std::chrono::steady_clock::now();
  order_.splice(order_.end(), order_, found->second);
  return session;
}

void Sessions::end(const std::shared_ptr<Session>& session) {
  const auto found = sessions_.find(session->id);
  if (found != sessions_.end()) erase(found->second);
}

bool Sessions::cancel_call(Session& session, std::string_view raw_id) {
  const auto [first, last] = session.calls.equal_range(std::string(raw_id));
  if (first == last || std::next(first) != last) return false;
  auto source = first->second;
  source.cancel();
  return true;
}

void Sessions::end_of(const TokenId& owner) {
  for (auto at = order_.begin(); at != order_.end();) {
    const auto here = at++;
    if ((*here)->owner == owner) erase(here);
  }
}

void Sessions::end_of(const UserId& user) {
  for (auto at = order_.begin(); at != order_.end();) {
    const auto here = at++;
    if ((*here)->user == user.text()) erase(here);
  }
}

void Sessions::drop_idle() {
  const auto now = std::chrono::steady_clock::now();
  while (!order_.empty() && now - order_.front()->last_used > idle_time_) erase(order_.begin());
}

void Sessions::end_streams() {
  for (const auto& session : order_) session->ended = true;
}

void Sessions::cancel_all() {
  while (!order_.empty()) erase(order_.begin());
}

void Sessions::erase(Order::iterator at) {
  const auto session = *at;
  session->ended = true;
  sessions_.erase(session->id);
  order_.erase(at);
  const auto calls = session->calls;  // cancelling takes them out of the session
  for (auto [id, source] : calls) source.cancel();
}

}  // namespace patchbay::gateway
