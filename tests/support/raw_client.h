#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// A blocking client that sends bytes as they are and reads what comes back, with a limit on the time.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    std::memcpy(&generic, &address, sizeof address);
    is_connected_ = ::connect(socket_, &generic, sizeof address) == 0;
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { close(); }

  bool is_connected() const { return is_connected_; }
  int handle() const { return socket_; }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  void close_writing() const { ::shutdown(socket_, SHUT_WR); }

  // False where the other side no longer takes it.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Everything until the other side closes; is_closed() is false where it did not in time.
  std::string read_all(std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    while (read_more(limit)) continue;
    return std::move(received_);
  }

  // Until `text` has come, which stays in what is returned; everything else is kept for the next call.
  std::string read_until(std::string_view text, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    for (;;) {
      const auto at = received_.find(text);
      if (at != std::string::npos) {
        std::string result = received_.substr(0, at + text.size());
        received_.erase(0, result.size());
        return result;
      }
      if (!read_more(limit)) return {};
    }
  }

  // One reply with a Content-Length: its head and its body.
  std::string read_reply(bool has_body = true) {
    std::string head = read_until("\r\n\r\n");
    const auto at = head.find("Content-Length: ");
    if (!has_body || at == std::string::npos) return head;
    const std::size_t length = std::strtoull(head.c_str() + at + 16, nullptr, 10);
    while (received_.size() < length && read_more(std::chrono::seconds(10))) continue;
    head += received_.substr(0, length);
    received_.erase(0, length);
    return head;
  }
  bool is_closed() const { return is_closed_; }

 private:
  bool read_more(std::chrono::milliseconds limit) {
    pollfd wait{socket_, POLLIN, 0};
    if (is_closed_ || ::poll(&wait, 1, static_cast<int>(limit.count())) <= 0) return false;
    char bytes[16384];
    const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) {
      is_closed_ = true;
      return false;
    }
    received_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  int socket_;
  bool is_connected_ = false;
  bool is_closed_ = false;
  std::string received_;
};
