#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/cancel.h"
#include "base/loop.h"
#include "base/task.h"
#include "base/tls.h"

namespace patchbay {

// One connected stream of bytes: TCP or a Unix socket, with or without TLS. On the loop's thread only. One
// read and one write may be under way at once. An operation cut short by its Until throws Error::timeout or
// Error::cancelled and leaves the stream usable for nothing but close(), except read_some on a plain stream,
// which may be tried again. A broken connection throws Error::upstream("connection_lost").
class Stream {
 public:
  struct Parts;  // holds the socket; defined in stream.cpp
  explicit Stream(std::unique_ptr<Parts> parts);
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();  // closes

  // The first address that answers before `until`, in their order. Error::upstream("connect_failed").
  static Task<Stream> connect(Loop& loop, std::vector<Address> addresses, std::uint16_t port, Until until);
  static Task<Stream> connect_unix(Loop& loop, std::filesystem::path socket, Until until);

  // Error::upstream with "tls_untrusted", "tls_name" (the certificate is not for `host`), "tls_expired",
  // "tls_failed".
  Task<void> start_tls(std::shared_ptr<const TlsClient> client, std::string host, Until until);
  Task<void> accept_tls(std::shared_ptr<boost::asio::ssl::context> server, Until until);

  // At least one byte, or 0 at the end of the stream.
  Task<std::size_t> read_some(char* into, std::size_t size, Until until);
  // All of both pieces, in one go where the socket takes it.
  Task<void> write(std::string_view first, std::string_view second, Until until);
  // Ends when the peer has closed or reset the connection, or has sent something; true where it is gone.
  Task<bool> wait_readable(Until until);
  // Whether a kept connection can be used again: nothing to read and not closed.
  bool is_idle_and_open();

  bool is_open() const;
  bool is_tls() const;
  const std::string& peer() const;  // address as text, or "unix"
  // Tells the peer that nothing more will come; reading goes on.
  void close_writing();
  void close();

 private:
  std::unique_ptr<Parts> parts_;
};

// Accepts connections until it is closed. `on_stream` is called on the loop for each.
class Acceptor {
 public:
  struct Parts;
  // Error::invalid("listen") that says why ("another program already listens on 127.0.0.1:8800").
  static std::unique_ptr<Acceptor> tcp(Loop& loop, const Address& address, std::uint16_t port, int backlog);
  // Removes a stale socket file first; the new one has mode 0600.
  static std::unique_ptr<Acceptor> unix_socket(Loop& loop, const std::filesystem::path& path);
  explicit Acceptor(std::unique_ptr<Parts> parts);
  ~Acceptor();

  void start(std::function<void(Stream)> on_stream);
  void close();
  std::uint16_t port() const;  // the real one where 0 was asked for

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace patchbay
