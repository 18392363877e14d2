#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/certificates.h"

namespace test {

// A request as a fake server read it; header names in lower case.
struct SeenRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> headers;
  std::string body;
};

// A real server on loopback, one thread per connection, that does whatever its script says, right or wrong.
// Everything ends when the object does: sockets are shut down and threads joined.
class FakeServer {
 public:
  class Peer {
   public:
    // The next request; nothing where the client has gone.
    std::optional<SeenRequest> read() {
      while (pending_.find("\r\n\r\n") == std::string::npos)
        if (!receive()) return std::nullopt;
      SeenRequest request;
      const auto end = pending_.find("\r\n\r\n");
      read_head(request, pending_.substr(0, end));
      pending_.erase(0, end + 4);
      const auto length =
          request.headers.count("content-length") ? std::stoul(request.headers["content-length"]) : 0;
      while (pending_.size() < length)
        if (!receive()) return std::nullopt;
      request.body = pending_.substr(0, length);
      pending_.erase(0, length);
      server_.note(request);
      return request;
    }
    // False where the client has gone.
    bool send(std::string_view bytes) {
      while (!bytes.empty()) {
        const auto sent = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                               : static_cast<int>(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      }
      return true;
    }
    bool reply(int status, std::string_view type, std::string_view body, std::string_view headers = {}) {
      std::string text = "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n" + std::string(headers);
      if (!type.empty()) text += "Content-Type: " + std::string(type) + "\r\n";
      return send(text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
    }
    bool reply_json(std::string_view body, std::string_view headers = {}) {
      return reply(200, "application/json", body, headers);
    }
    bool start_events(std::string_view headers = {}) {
      return send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n" +
                  std::string(headers) + "\r\n");
    }
    bool chunk(std::string_view bytes) {
      char size[32];
      std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
      return send(size + std::string(bytes) + "\r\n");
    }
    bool event(std::string_view data) { return chunk("data: " + std::string(data) + "\n\n"); }
    bool end_events() { return send("0\r\n\r\n"); }
    // Blocks until the client closes, or the server is being taken down.
    void wait_until_gone() {
      while (receive()) pending_.clear();
    }

   private:
    friend class FakeServer;
    Peer(FakeServer& server, int socket) : server_(server), socket_(socket) {}
    bool receive() {
      char bytes[16384];
      const auto got = tls_ ? SSL_read(tls_.get(), bytes, sizeof bytes)
                            : static_cast<int>(::recv(socket_, bytes, sizeof bytes, 0));
      if (got <= 0) return false;
      pending_.append(bytes, static_cast<std::size_t>(got));
      return true;
    }
    static void read_head(SeenRequest& request, const std::string& head) {
      const auto first = head.find("\r\n");
      const auto line = head.substr(0, first);
      request.method = line.substr(0, line.find(' '));
      request.path = line.substr(line.find(' ') + 1, line.rfind(' ') - line.find(' ') - 1);
      for (auto at = first; at != std::string::npos && at < head.size();) {
        const auto next = head.find("\r\n", at + 2);
        const auto header = head.substr(at + 2, next == std::string::npos ? next : next - at - 2);
        auto name = header.substr(0, header.find(':'));
        for (char& c : name) c = static_cast<char>(std::tolower(c));
        request.headers[name] = header.substr(header.find(':') + 2);
        at = next;
      }
    }
    FakeServer& server_;
    int socket_;
    std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
    std::string pending_;
  };
  using Script = std::function<void(Peer&)>;

  explicit FakeServer(Script script, const Certificate* certificate = nullptr) : script_(std::move(script)) {
    if (certificate) use_tls(*certificate);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 512);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  ~FakeServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      const std::scoped_lock lock(mutex_);
      for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
      changed_.notify_all();
    }
    for (auto& thread : threads_) thread.join();
  }

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/mcp") const {
    return (tls_ ? "https" : "http") + ("://127.0.0.1:" + std::to_string(port_)) + path;
  }
  int connections() const { return connections_; }
  std::vector<SeenRequest> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  // The requests seen so far once `is_enough` holds for them; those there are after five seconds otherwise.
  std::vector<SeenRequest> wait_for(const std::function<bool(const std::vector<SeenRequest>&)>& is_enough) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(5), [&] { return is_enough(requests_); });
    return requests_;
  }
  bool is_stopping() const { return stopping_; }

 private:
  void use_tls(const Certificate& certificate) {
    tls_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate_file(tls_.get(), certificate.file().c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(tls_.get(), certificate.key_file().c_str(), SSL_FILETYPE_PEM);
  }
  void accept_all() {
    while (!stopping_) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      const int yes = 1;
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      const std::scoped_lock lock(mutex_);
      ++connections_;
      sockets_.push_back(socket);
      threads_.emplace_back([this, socket] { serve(socket); });
    }
  }
  void serve(int socket) {
    {
      Peer peer(*this, socket);
      bool ready = true;
      if (tls_) {
        peer.tls_.reset(SSL_new(tls_.get()));
        SSL_set_fd(peer.tls_.get(), socket);
        ready = SSL_accept(peer.tls_.get()) == 1;
      }
      if (ready) script_(peer);
      if (ready && tls_) SSL_shutdown(peer.tls_.get());
    }
    const std::scoped_lock lock(mutex_);
    std::erase(sockets_, socket);
    ::close(socket);
  }
  void note(const SeenRequest& request) {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
    changed_.notify_all();
  }

  Script script_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls_{nullptr, SSL_CTX_free};
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<SeenRequest> requests_;
  std::vector<int> sockets_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace test
