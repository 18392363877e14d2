#include "base/stream.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstring>

#include "base/log.h"
#include "base/text.h"
#include "base/tls_session.h"

namespace patchbay {

namespace asio = boost::asio;
using boost::system::error_code;
// With the loop's own executor, which costs less per operation than one that could be any.
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, asio::io_context::executor_type>;

struct Stream::Parts {
  Parts(Loop& its_loop, Socket its_socket) : loop(its_loop), socket(std::move(its_socket)) {}
  Loop& loop;
  Socket socket;
  std::string peer;
  std::shared_ptr<const void> context;  // keeps the TLS settings alive
  std::unique_ptr<asio::ssl::stream<Socket&>> tls;
};

namespace {

Error lost() {
  return Error::upstream("connection_lost", "The connection was closed before the answer was complete.");
}

// One asio operation awaited until its end, its deadline or its cancellation. Whatever cuts it short cancels
// the socket's operations, and the handler that asio then calls resumes the coroutine.
template <class Start>
class Operation : private cancel_detail::Node {
 public:
  Operation(Stream::Parts& parts, const Until& until, Start start)
      : parts_(parts), until_(until), start_(std::move(start)) {}
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  ~Operation() { unlink(); }

  bool await_ready() {
    if (until_.cancel.is_cancelled()) wake_ = Wake::cancelled;
    return wake_ != Wake::ready;
  }
  void await_suspend(std::coroutine_handle<> waiting) {
    run = [](Node& node) { static_cast<Operation&>(node).cut(Wake::cancelled); };
    until_.cancel.add(*this);
    if (until_.deadline.time() != Deadline::Time::max())
      timer_.start(parts_.loop, until_.deadline, [this] { cut(Wake::timeout); });
    start_([this, waiting](const error_code& code, std::size_t count = 0) {
      code_ = code;
      count_ = count;
      unlink();
      timer_.cancel();
      waiting.resume();
    });
  }
  // The error of the operation itself; throws where it was cut short.
  error_code await_resume() {
    if (wake_ != Wake::ready && (code_ == asio::error::operation_aborted || !code_)) require_ready(wake_);
    return code_;
  }
  std::size_t count() const { return count_; }

 private:
  void cut(Wake wake) {
    wake_ = wake;
    error_code ignored;
    parts_.socket.cancel(ignored);
  }
  Stream::Parts& parts_;
  const Until& until_;
  Start start_;
  Loop::Timer timer_;
  error_code code_;
  std::size_t count_ = 0;
  Wake wake_ = Wake::ready;
};

template <class Start>
Operation<Start> operation(Stream::Parts& parts, const Until& until, Start start) {
  return Operation<Start>(parts, until, std::move(start));
}

asio::generic::stream_protocol::endpoint endpoint_of(const Address& address, std::uint16_t port) {
  const auto& bytes = address.bytes;
  if (address.family == Address::Family::v4) {
    asio::ip::address_v4::bytes_type raw;
    std::copy_n(bytes.begin(), raw.size(), raw.begin());
    return asio::ip::tcp::endpoint(asio::ip::address_v4(raw), port);
  }
  asio::ip::address_v6::bytes_type raw;
  std::copy_n(bytes.begin(), raw.size(), raw.begin());
  return asio::ip::tcp::endpoint(asio::ip::address_v6(raw), port);
}

// The peer's address as text, IPv4-mapped IPv6 as IPv4.
std::string peer_of(const Socket& socket) {
  error_code code;
  const auto remote = socket.remote_endpoint(code);
  if (code) return "unknown";
  if (remote.protocol().family() == AF_UNIX) return "unix";
  asio::ip::tcp::endpoint endpoint;
  std::memcpy(endpoint.data(), remote.data(), std::min(remote.size(), endpoint.capacity()));
  const auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

void make_ready(Stream::Parts& parts) {
  error_code ignored;
  parts.socket.non_blocking(true, ignored);
  parts.peer = peer_of(parts.socket);
  if (parts.peer != "unix") parts.socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

Task<std::unique_ptr<Stream::Parts>> dial(Loop& loop, asio::generic::stream_protocol::endpoint endpoint,
                                          Until until) {
  auto parts = std::make_unique<Stream::Parts>(loop, Socket(loop.context()));
  error_code failed;
  parts->socket.open(endpoint.protocol(), failed);
  if (failed) throw Error::upstream("connect_failed", "No connection could be opened.", failed.message());
  auto connecting = operation(*parts, until, [&](auto done) {
    parts->socket.async_connect(endpoint, [done](const error_code& code) mutable { done(code); });
  });
  if (const error_code code = co_await connecting)
    throw Error::upstream("connect_failed", "The server does not answer at its address.", code.message());
  make_ready(*parts);
  co_return parts;
}

}  // namespace

Stream::Stream(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

Task<Stream> Stream::connect(Loop& loop, std::vector<Address> addresses, std::uint16_t port, Until until) {
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    try {
      co_return Stream(co_await dial(loop, endpoint_of(addresses[i], port), until));
    } catch (const Error& error) {
      if (error.id() != "connect_failed" || i + 1 == addresses.size()) throw;
    }
  }
  throw Error::upstream("connect_failed", "The name has no address.");
}

Task<Stream> Stream::connect_unix(Loop& loop, std::filesystem::path socket, Until until) {
  if (socket.string().size() >= sizeof(sockaddr_un::sun_path))
    throw Error::invalid("socket_path", cat("The path ", socket.string(), " is too long for a socket."));
  co_return Stream(co_await dial(loop, asio::local::stream_protocol::endpoint(socket.string()), until));
}

Task<void> Stream::start_tls(std::shared_ptr<const TlsClient> client, std::string host, Until until) {
  auto& parts = *parts_;
  parts.tls = std::make_unique<asio::ssl::stream<Socket&>>(parts.socket, client->context());
  parts.context = client;
  SSL* session = parts.tls->native_handle();
  prepare_client_session(session, client->trust(), host, parse_address(host).has_value());
  auto shaking = operation(parts, until, [&](auto done) {
    parts.tls->async_handshake(asio::ssl::stream_base::client,
                               [done](const error_code& code) mutable { done(code); });
  });
  if (co_await shaking) throw handshake_error(session, host);
}

Task<void> Stream::accept_tls(std::shared_ptr<asio::ssl::context> server, Until until) {
  auto& parts = *parts_;
  parts.tls = std::make_unique<asio::ssl::stream<Socket&>>(parts.socket, *server);
  parts.context = server;
  auto shaking = operation(parts, until, [&](auto done) {
    parts.tls->async_handshake(asio::ssl::stream_base::server,
                               [done](const error_code& code) mutable { done(code); });
  });
  if (co_await shaking) throw lost();
}

Task<std::size_t> Stream::read_some(char* into, std::size_t size, Until until) {
  auto& parts = *parts_;
  auto reading = operation(parts, until, [&](auto done) {
    if (parts.tls)
      parts.tls->async_read_some(asio::buffer(into, size), std::move(done));
    else
      parts.socket.async_read_some(asio::buffer(into, size), std::move(done));
  });
  const error_code code = co_await reading;
  if (code == asio::error::eof || code == asio::ssl::error::stream_truncated) co_return 0;
  if (code) throw lost();
  co_return reading.count();
}

Task<void> Stream::write(std::string_view first, std::string_view second, Until until) {
  auto& parts = *parts_;
  std::array<asio::const_buffer, 2> pieces{asio::buffer(first), asio::buffer(second)};
  if (!parts.tls) {
    // Nearly always the socket takes all of it at once, without a turn of the loop.
    error_code code;
    const std::size_t sent = parts.socket.send(pieces, MSG_NOSIGNAL, code);
    if (!code && sent == first.size() + second.size()) co_return;
    if (code && code != asio::error::would_block && code != asio::error::try_again) throw lost();
    const std::size_t done_of_first = code ? 0 : std::min(sent, first.size());
    const std::size_t done_of_second = code ? 0 : sent - done_of_first;
    pieces = {asio::buffer(first.substr(done_of_first)), asio::buffer(second.substr(done_of_second))};
  }
  auto writing = operation(parts, until, [&](auto done) {
    if (parts.tls)
      asio::async_write(*parts.tls, pieces, std::move(done));
    else
      asio::async_write(parts.socket, pieces, std::move(done));
  });
  if (co_await writing) throw lost();
}

Task<bool> Stream::wait_readable(Until until) {
  auto& parts = *parts_;
  char byte = 0;
  if (parts.tls) co_return co_await read_some(&byte, 1, until) == 0;
  auto waiting = operation(parts, until, [&](auto done) {
    parts.socket.async_wait(Socket::wait_read, [done](const error_code& code) mutable { done(code); });
  });
  if (co_await waiting) co_return true;
  co_return ::recv(parts.socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

bool Stream::is_idle_and_open() {
  if (!is_open()) return false;
  char byte = 0;
  const auto got = ::recv(parts_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool Stream::is_open() const {
  return parts_ && parts_->socket.is_open();
}
bool Stream::is_tls() const {
  return parts_->tls != nullptr;
}
const std::string& Stream::peer() const {
  return parts_->peer;
}

void Stream::close_writing() {
  error_code ignored;
  if (parts_) parts_->socket.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close() {
  error_code ignored;
  if (parts_) parts_->socket.close(ignored);
}

using GenericAcceptor =
    asio::basic_socket_acceptor<asio::generic::stream_protocol, asio::io_context::executor_type>;

struct Acceptor::Parts {
  explicit Parts(Loop& its_loop) : loop(its_loop), acceptor(its_loop.context()) {}
  Loop& loop;
  GenericAcceptor acceptor;
  std::uint16_t port = 0;
  std::filesystem::path socket_file;
  std::function<void(Stream)> on_stream;
  Loop::Timer pause;
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);

  void accept_next() {
    acceptor.async_accept([this, still = alive](const error_code& code, Socket socket) {
      if (!*still || code == asio::error::operation_aborted) return;
      if (code) return wait_for_files(code);
      auto stream = std::make_unique<Stream::Parts>(loop, std::move(socket));
      make_ready(*stream);
      on_stream(Stream(std::move(stream)));
      if (acceptor.is_open()) accept_next();
    });
  }
  // Out of files or memory: nothing can be accepted now, and trying at once would only burn the processor.
  void wait_for_files(const error_code& code) {
    log::warn("front.accept_failed", {{"reason", code.message()}});
    pause.start(loop, Deadline::in(std::chrono::milliseconds(100)), [this] {
      if (acceptor.is_open()) accept_next();
    });
  }
};

namespace {

[[noreturn]] void refuse_listen(const std::string& where, const error_code& code) {
  if (code == asio::error::address_in_use)
    throw Error::invalid(
        "listen", cat("Another program already listens on ", where, ". Stop it, or choose another address."));
  throw Error::invalid("listen", cat("Patchbay cannot listen on ", where, ": ", code.message(), "."));
}

void listen_on(Acceptor::Parts& parts, const asio::generic::stream_protocol::endpoint& endpoint, int backlog,
               const std::string& where) {
  error_code code;
  parts.acceptor.open(endpoint.protocol(), code);
  if (!code) parts.acceptor.set_option(asio::socket_base::reuse_address(true), code);
  if (!code) parts.acceptor.bind(endpoint, code);
  if (!code) parts.acceptor.listen(backlog, code);
  if (code) refuse_listen(where, code);
}

}  // namespace

Acceptor::Acceptor(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Acceptor::~Acceptor() {
  close();
}

std::unique_ptr<Acceptor> Acceptor::tcp(Loop& loop, const Address& address, std::uint16_t port, int backlog) {
  auto parts = std::make_unique<Parts>(loop);
  listen_on(*parts, endpoint_of(address, port), backlog, cat(address.text(), ":", port));
  const auto local = parts->acceptor.local_endpoint();
  asio::ip::tcp::endpoint endpoint;
  std::memcpy(endpoint.data(), local.data(), std::min(local.size(), endpoint.capacity()));
  parts->port = endpoint.port();
  return std::make_unique<Acceptor>(std::move(parts));
}

std::unique_ptr<Acceptor> Acceptor::unix_socket(Loop& loop, const std::filesystem::path& path) {
  if (path.string().size() >= sizeof(sockaddr_un::sun_path))
    throw Error::invalid("listen", cat("The path ", path.string(),
                                       " is too long for a socket. Use a shorter data directory."));
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  auto parts = std::make_unique<Parts>(loop);
  const mode_t before = ::umask(0177);
  try {
    listen_on(*parts, asio::local::stream_protocol::endpoint(path.string()), 128, path.string());
  } catch (...) {
    ::umask(before);
    throw;
  }
  ::umask(before);
  parts->socket_file = path;
  return std::make_unique<Acceptor>(std::move(parts));
}

void Acceptor::start(std::function<void(Stream)> on_stream) {
  parts_->on_stream = std::move(on_stream);
  parts_->accept_next();
}

void Acceptor::close() {
  if (!parts_ || !*parts_->alive) return;
  *parts_->alive = false;
  error_code ignored;
  parts_->acceptor.close(ignored);
  parts_->pause.cancel();
  if (!parts_->socket_file.empty()) {
    std::error_code not_there;
    std::filesystem::remove(parts_->socket_file, not_there);
  }
}

std::uint16_t Acceptor::port() const {
  return parts_->port;
}

}  // namespace patchbay
