// The clients of our own measurements.
//
//   bench_load PORT PATH TOOL CONNECTIONS MILLISECONDS DELAY
//
// calls TOOL over so many sessions at once and prints figures as JSON. Each call carries words of its own,
// which its answer must hold. DELAY asks the tool to take so many milliseconds. The bearer token is read from
// stdin.
#include <algorithm>
#include <deque>
#include <iostream>
#include <vector>

#include "bench/traffic.h"

namespace patchbay::bench {
namespace {

struct Target {
  std::uint16_t port = 0;
  std::string path, tool, token;
  int delay = 0;
};

class Load {
 public:
  Load(Target target, int connections, std::chrono::milliseconds time)
      : target_(std::move(target)), time_(time), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    const auto address = loopback(target_.port);
    for (int i = 0; i < connections; ++i) {
      Client& client = clients_.emplace_back();
      client.number = static_cast<std::uint64_t>(i);
      client.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (::connect(client.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fail("connect");
      be_quick(client.fd);
      client.watch(epoll_, EPOLL_CTL_ADD);
      post(client,
           R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
           R"("capabilities":{},"clientInfo":{"name":"bench","version":"1"}}})");
    }
  }

  // Prints the figures. The first fifth of the time is not counted.
  void run() {
    begin_ = Clock::now() + time_ / 5;
    end_ = begin_ + time_;
    const auto last = end_ + std::chrono::seconds(10);
    std::array<epoll_event, 256> events{};
    while (under_way_ > 0 && Clock::now() < last) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < count; ++i) {
        auto& client =
            *static_cast<Client*>(static_cast<Peer*>(events[static_cast<std::size_t>(i)].data.ptr));
        if (!client.out.empty()) client.send(epoll_);
        if (!client.read()) give_up(client);
        while (const auto message = next_message(client.in)) {
          const auto size = message->size;
          take(client, *message);
          client.in.erase(0, size);
        }
      }
    }
    print();
  }

 private:
  struct Client : Peer {
    enum class Step : unsigned char { initializing, beginning, calling, done } step = Step::initializing;
    std::string session, expected;
    std::uint64_t calls = 0;
    Clock::time_point sent;
  };

  void post(Client& client, std::string_view body) {
    client.out +=
        cat("POST ", target_.path, " HTTP/1.1\r\nHost: 127.0.0.1:", target_.port,
            "\r\nAuthorization: Bearer ", target_.token,
            "\r\nContent-Type: application/json\r\nAccept: application/json, "
            "text/event-stream\r\nMCP-Protocol-Version: 2025-11-25\r\n",
            client.session.empty() ? "" : "Mcp-Session-Id: ", client.session,
            client.session.empty() ? "" : "\r\n", "Content-Length: ", body.size(), "\r\n\r\n", body);
    client.sent = Clock::now();
    ++under_way_;
    client.send(epoll_);
  }

  void call(Client& client) {
    client.expected = cat("m", client.number, "-", ++client.calls, "x");
    const std::string delay = target_.delay > 0 ? R"(,"delay_ms":)" + std::to_string(target_.delay) : "";
    post(client,
         cat(R"({"jsonrpc":"2.0","id":)", client.calls, R"(,"method":"tools/call","params":{"name":")",
             target_.tool, R"(","arguments":{"message":")", client.expected, "\"", delay, "}}}"));
  }

  void take(Client& client, const Message& answer) {
    --under_way_;
    const auto now = Clock::now();
    const auto status = answer.head.substr(9, 3);
    if (client.step == Client::Step::initializing) {
      client.step = Client::Step::beginning;
      client.session = find_header(answer.head, "mcp-session-id");
      if (status != "200") ++errors_;
      return post(client, R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    }
    if (client.step == Client::Step::calling) {
      const bool good = status == "200" && answer.body.find(client.expected) != std::string_view::npos;
      errors_ += good ? 0U : 1U;
      ++all_;
      if (good && client.sent >= begin_ && now <= end_)
        times_.push_back(static_cast<std::uint32_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(now - client.sent).count()));
    }
    client.step = Client::Step::calling;
    if (now < end_) call(client);
  }

  void give_up(Client& client) {
    if (client.step == Client::Step::done) return;
    client.step = Client::Step::done;
    ++errors_;
    --under_way_;
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, client.fd, nullptr);
  }

  void print() {
    std::sort(times_.begin(), times_.end());
    const auto part = [&](double share) {
      return times_.empty()
                 ? 0U
                 : times_[static_cast<std::size_t>(share * static_cast<double>(times_.size() - 1))];
    };
    const auto seconds = std::chrono::duration<double>(time_).count();
    std::cout << "{\"calls\":" << times_.size() << ",\"all\":" << all_
              << ",\"errors\":" << errors_ + static_cast<std::uint64_t>(under_way_)
              << ",\"rate\":" << static_cast<double>(times_.size()) / seconds << ",\"p50_us\":" << part(0.5)
              << ",\"p99_us\":" << part(0.99) << ",\"max_us\":" << part(1) << "}\n";
  }

  Target target_;
  std::chrono::milliseconds time_;
  int epoll_;
  std::deque<Client> clients_;
  std::vector<std::uint32_t> times_;
  Clock::time_point begin_, end_;
  std::uint64_t errors_ = 0;
  std::uint64_t all_ = 0;  // also those before and after the time that counts
  int under_way_ = 0;
};

}  // namespace
}  // namespace patchbay::bench

int main(int argc, char** argv) {
  using namespace patchbay::bench;
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() != 6) {
    std::cerr << "bench_load PORT PATH TOOL CONNECTIONS MILLISECONDS DELAY <TOKEN\n";
    return 2;
  }
  prepare_process();
  Target target{
      require_number<std::uint16_t>(words[0]), words[1], words[2], {}, require_number<int>(words[5])};
  std::getline(std::cin, target.token);
  Load(std::move(target), require_number<int>(words[3]),
       std::chrono::milliseconds(require_number<int>(words[4])))
      .run();
  return 0;
}
