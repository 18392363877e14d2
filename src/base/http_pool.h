#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/loop.h"
#include "base/stream.h"

namespace patchbay {

// A connection of the HTTP client and the bytes that have come in on it but were not used yet.
struct HttpConnection {
  explicit HttpConnection(Stream connected) : stream(std::move(connected)) {}

  // Waits for more bytes and appends them; false at the end of the stream. The buffer grows up to `max_size`,
  // which must not be reached yet.
  Task<bool> fill(std::size_t max_size, const Until& until);
  std::string_view unread() const { return std::string_view(buffer).substr(begin, end - begin); }

  Stream stream;
  std::shared_ptr<const TlsClient> tls;  // keeps the address that the pool's key names
  std::string key;
  std::string pool_key;
  std::string buffer;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string head;       // of the request; kept for its memory
  bool absolute = false;  // an HTTP proxy is at the other end: requests carry the whole URL
  bool answered = false;  // a byte has come since the last request
  Deadline idle_until = Deadline::never();
};

// Connections that nobody uses, by key, the latest used first.
class HttpPool {
 public:
  HttpPool(Loop& loop, std::size_t per_key, std::chrono::milliseconds idle_time)
      : loop_(loop), per_key_(per_key), idle_time_(idle_time) {}

  // A connection that is still open and quiet, or null.
  std::unique_ptr<HttpConnection> take(std::string_view key);
  void give(std::unique_ptr<HttpConnection> connection);
  void forget(std::string_view pool_key);
  void clear();
  std::size_t size() const { return size_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  void drop_if(const std::function<bool(const HttpConnection&)>& unwanted);
  void arm();

  Loop& loop_;
  std::size_t per_key_;
  std::chrono::milliseconds idle_time_;
  std::unordered_map<std::string, std::vector<std::unique_ptr<HttpConnection>>, Hash, std::equal_to<>> idle_;
  std::size_t size_ = 0;
  Loop::Timer sweep_;
};

}  // namespace patchbay
