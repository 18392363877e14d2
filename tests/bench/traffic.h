#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"

// What both ends of our own measurements (tests/bench/run) need of HTTP and JSON. Loopback only. JSON is read
// by looking for keys: everything measured here writes it without spaces.
namespace patchbay::bench {

using Clock = std::chrono::steady_clock;

[[noreturn]] inline void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// One HTTP message at the beginning of what was read.
struct Message {
  std::string_view head;
  std::string_view body;  // chunked ones with their chunk sizes
  std::size_t size = 0;
};

inline std::string_view find_header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (equal_ignoring_case(line.substr(0, name.size()), name)) return trim(line.substr(name.size() + 1));
  }
  return {};
}

inline std::optional<Message> next_message(std::string_view in) {
  const auto end = in.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  Message message{in.substr(0, end), {}, 0};
  std::size_t size = parse_number<std::size_t>(find_header(message.head, "content-length")).value_or(0);
  if (!find_header(message.head, "transfer-encoding").empty()) {
    const auto last = in.find("\r\n0\r\n\r\n", end);
    if (last == std::string_view::npos) return std::nullopt;
    size = last + 7 - end - 4;
  }
  if (in.size() < end + 4 + size) return std::nullopt;
  message.body = in.substr(end + 4, size);
  message.size = end + 4 + size;
  return message;
}

// What follows "key": up to the end of a string or number; empty where the key is not there.
inline std::string_view find_value(std::string_view json, std::string_view key) {
  const auto at = json.find(cat("\"", key, "\":"));
  if (at == std::string_view::npos) return {};
  auto rest = json.substr(at + key.size() + 3);
  if (!rest.starts_with('"')) return rest.substr(0, rest.find_first_of(",}]"));
  return rest.substr(1, rest.find('"', 1) - 1);
}

// A connection of either end: reads into `in`, sends what is in `out` as fast as the other side takes it.
struct Peer {
  int fd = -1;
  std::uint64_t number = 0;
  std::string in, out;
  bool waits_for_room = false;

  // False where the other side has gone.
  bool read() {
    static std::array<char, 1 << 18> buffer;
    for (;;) {
      const auto got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got > 0) in.append(buffer.data(), static_cast<std::size_t>(got));
      if (got == static_cast<ssize_t>(buffer.size())) continue;
      return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
    }
  }

  void send(int epoll) {
    const auto sent = ::send(fd, out.data(), out.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) out.erase(0, static_cast<std::size_t>(sent));
    if (waits_for_room == !out.empty()) return;
    waits_for_room = !out.empty();
    watch(epoll, EPOLL_CTL_MOD);
  }

  void watch(int epoll, int operation) {
    epoll_event event{};
    event.events = EPOLLIN | (waits_for_room ? EPOLLOUT : 0U);
    event.data.ptr = this;
    ::epoll_ctl(epoll, operation, fd, &event);
  }
};

inline void be_quick(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

template <class Number>
Number require_number(const std::string& text) {
  const auto value = parse_number<Number>(text);
  if (!value) {
    std::fputs("a number is wanted\n", stderr);
    std::exit(2);
  }
  return *value;
}

// As many connections as the machine allows, and no death by one that closed.
inline void prepare_process() {
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace patchbay::bench
