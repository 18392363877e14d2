// The MCP server of our own measurements.
//
//   bench_mock PORT TOOLS   serves /s0/mcp, /s1/mcp, ... until it is ended; each lists TOOLS tools, first
//   "echo"
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <vector>

#include "bench/traffic.h"

namespace patchbay::bench {
namespace {

std::string tool_list(int tools) {
  std::string list =
      R"({"tools":[{"name":"echo","description":"Returns the given message unchanged.","inputSchema":{"type":"object",)"
      R"("properties":{"message":{"type":"string"},"delay_ms":{"type":"integer"}},"required":["message"]}})";
  for (int i = 1; i < tools; ++i)
    list += cat(
        R"(,{"name":"update_record_)", i, R"(","description":"Changes record type )", i,
        " of the connected workspace. It takes a filter, changes at most `limit` records at once and leaves "
        "out those that the "
        R"(caller may not see.","inputSchema":{"type":"object","properties":{"query":{"type":"string","description":"Filter, )"
        R"(for example `status:open`","maxLength":512},"limit":{"type":"integer","minimum":1,"maximum":100,"default":20}},)"
        R"("required":["query"],"additionalProperties":false}})");
  return list + "]}";
}

class Mock {
 public:
  Mock(std::uint16_t port, int tools) : list_(tool_list(tools)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    listener_.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener_.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const auto address = loopback(port);
    if (::bind(listener_.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
    if (::listen(listener_.fd, 4096) != 0) fail("listen");
    listener_.watch(epoll_, EPOLL_CTL_ADD);
  }

  // Until somebody ends the process.
  void serve() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), time_to_next());
      for (int i = 0; i < count; ++i) {
        auto& peer = *static_cast<Peer*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (&peer == &listener_)
          accept_all();
        else if (!serve_peer(peer))
          forget(peer);
      }
      send_due();
    }
  }

 private:
  struct Late {
    Clock::time_point at;
    std::uint64_t peer = 0;
    std::string text;
  };

  void accept_all() {
    for (int fd = 0; (fd = ::accept4(listener_.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
      be_quick(fd);
      auto peer = std::make_unique<Peer>();
      peer->fd = fd;
      peer->number = ++last_;
      peer->watch(epoll_, EPOLL_CTL_ADD);
      peers_.emplace(last_, std::move(peer));
    }
  }

  void forget(const Peer& peer) {
    ::close(peer.fd);
    peers_.erase(peer.number);
  }

  bool serve_peer(Peer& peer) {
    if (!peer.read()) return false;
    while (const auto message = next_message(peer.in)) {
      answer(peer, *message);
      peer.in.erase(0, message->size);
    }
    if (!peer.out.empty()) peer.send(epoll_);
    return true;
  }

  void answer(Peer& peer, const Message& request) {
    if (!request.head.starts_with("POST ")) {
      peer.out += request.head.starts_with("GET ") ? "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n"
                                                   : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
      return;
    }
    const auto json = request.body;
    const auto method = find_value(json, "method");
    if (method.starts_with("notifications/")) {
      peer.out += "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
      return;
    }
    std::string result = "{}";
    int delay = 0;
    if (method == "initialize") {
      result =
          R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"mock","version":"1"}})";
    } else if (method == "tools/list") {
      result = list_;
    } else if (method == "tools/call") {
      result = cat(R"({"content":[{"type":"text","text":"echo: )", find_value(json, "message"),
                   R"("}],"isError":false})");
      delay = parse_number<int>(find_value(json, "delay_ms")).value_or(0);
    }
    const auto body = cat(R"({"jsonrpc":"2.0","id":)", find_id(json), R"(,"result":)", result, "}");
    auto text =
        cat("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMcp-Session-Id: mock\r\nContent-Length: ",
            body.size(), "\r\n\r\n", body);
    if (delay > 0)
      late_.emplace(Clock::now() + std::chrono::milliseconds(std::min(delay, 10'000)),
                    Late{{}, peer.number, std::move(text)});
    else
      peer.out += text;
  }

  // As it was written: a number or a string in quotes.
  static std::string find_id(std::string_view json) {
    const auto value = find_value(json, "id");
    return json.find("\"id\":\"") == std::string_view::npos ? std::string(value) : cat("\"", value, "\"");
  }

  int time_to_next() const {
    if (late_.empty()) return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(late_.begin()->first - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
  }

  void send_due() {
    while (!late_.empty() && late_.begin()->first <= Clock::now()) {
      const auto found = peers_.find(late_.begin()->second.peer);
      if (found != peers_.end()) {
        found->second->out += late_.begin()->second.text;
        found->second->send(epoll_);
      }
      late_.erase(late_.begin());
    }
  }

  std::string list_;
  int epoll_;
  Peer listener_;
  std::map<std::uint64_t, std::unique_ptr<Peer>> peers_;
  std::multimap<Clock::time_point, Late> late_;
  std::uint64_t last_ = 0;
};

}  // namespace
}  // namespace patchbay::bench

int main(int argc, char** argv) {
  using namespace patchbay::bench;
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() != 2) {
    std::cerr << "bench_mock PORT TOOLS\n";
    return 2;
  }
  prepare_process();
  Mock(require_number<std::uint16_t>(words[0]), require_number<int>(words[1])).serve();
}
