#include "base/http_pool.h"

#include <algorithm>
#include <cstring>

namespace patchbay {

namespace {

constexpr std::size_t first_buffer = 16 * 1024;
constexpr std::size_t most_idle = 2048;  // of all keys together: file descriptors are finite
// Used again sooner than this, a connection is not asked whether it still stands: should it not, the request
// meets that at once and is sent on another.
constexpr std::chrono::milliseconds still_warm{1};

}  // namespace

Task<bool> HttpConnection::fill(std::size_t max_size, const Until& until) {
  if (begin == end) begin = end = 0;
  if (end == buffer.size()) {
    if (begin > 0) {
      std::memmove(buffer.data(), buffer.data() + begin, end - begin);
      end -= begin;
      begin = 0;
    } else {
      buffer.resize(std::max(buffer.size(), std::min(max_size, std::max(first_buffer, 2 * buffer.size()))));
    }
  }
  const auto count = co_await stream.read_some(buffer.data() + end, buffer.size() - end, until);
  end += count;
  if (count > 0) answered = true;
  co_return count > 0;
}

std::unique_ptr<HttpConnection> HttpPool::take(std::string_view key) {
  const auto found = idle_.find(key);
  if (found == idle_.end()) return nullptr;
  auto& connections = found->second;
  const auto now = std::chrono::steady_clock::now();
  while (!connections.empty()) {
    auto connection = std::move(connections.back());
    connections.pop_back();
    --size_;
    const bool warm = now - (connection->idle_until.time() - idle_time_) < still_warm;
    if (warm || connection->stream.is_idle_and_open()) return connection;
  }
  return nullptr;
}

void HttpPool::give(std::unique_ptr<HttpConnection> connection) {
  if (size_ >= most_idle) return;
  auto& connections = idle_[connection->key];
  if (connections.size() >= per_key_) return;
  if (connection->buffer.size() > first_buffer) connection->buffer = {};
  connection->begin = connection->end = 0;
  connection->idle_until = Deadline::in(idle_time_);
  connections.push_back(std::move(connection));
  ++size_;
  arm();
}

void HttpPool::forget(std::string_view pool_key) {
  drop_if([&](const HttpConnection& connection) { return connection.pool_key == pool_key; });
}

void HttpPool::clear() {
  idle_.clear();
  size_ = 0;
  sweep_.cancel();
}

void HttpPool::drop_if(const std::function<bool(const HttpConnection&)>& unwanted) {
  for (auto& [key, connections] : idle_)
    size_ -= std::erase_if(connections, [&](const auto& connection) { return unwanted(*connection); });
  std::erase_if(idle_, [](const auto& entry) { return entry.second.empty(); });
}

// One timer for all: it looks round a few times per idle time while there is anything to look after.
void HttpPool::arm() {
  if (size_ == 0 || sweep_.is_running()) return;
  sweep_.start(loop_, Deadline::in(std::max(idle_time_ / 4, std::chrono::milliseconds(1))), [this] {
    drop_if([](const HttpConnection& connection) { return connection.idle_until.has_passed(); });
    arm();
  });
}

}  // namespace patchbay
