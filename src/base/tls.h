#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"

namespace boost::asio::ssl {
class context;
}

namespace patchbay {

// What to trust when we connect: the system's authorities, one CA file instead, or exactly one certificate.
struct TlsTrust {
  std::filesystem::path ca_file;  // PEM; empty means the system's
  std::string
      pin_sha256;  // hex SHA-256 of the certificate (DER); then nothing else is asked, the name included
  auto operator<=>(const TlsTrust&) const = default;
};

// A client's TLS settings for one TlsTrust; made once, shared by its connections. TLS 1.2 and later only.
// Throws Error::invalid("ca_file") where the file cannot be read as PEM.
class TlsClient {
 public:
  explicit TlsClient(TlsTrust trust);
  ~TlsClient();
  boost::asio::ssl::context& context() const;  // for base/ only
  const TlsTrust& trust() const { return trust_; }

 private:
  TlsTrust trust_;
  std::unique_ptr<boost::asio::ssl::context> context_;
};

// Our own certificate. reload() reads the files anew; connections already open keep the old one, and a pair
// that cannot be used is refused as a whole (Error::invalid("certificate")), the old one staying in force.
class TlsServer {
 public:
  TlsServer(std::filesystem::path certificate_file, std::filesystem::path key_file);
  ~TlsServer();
  void reload();
  std::shared_ptr<boost::asio::ssl::context> context() const;  // for base/ only
  Instant expires_at() const { return {expires_at_.load()}; }  // of the certificate; any thread

 private:
  std::atomic<std::int64_t> expires_at_{0};
  std::filesystem::path certificate_file_;
  std::filesystem::path key_file_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace patchbay
