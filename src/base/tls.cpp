#include "base/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl/context.hpp>
#include <ctime>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "base/tls_session.h"

namespace patchbay {

namespace ssl = boost::asio::ssl;

namespace {

// Accepts exactly the pinned certificate, whatever its name, age or issuer.
int verify_pin(X509_STORE_CTX* store, void* argument) {
  const auto& pin = *static_cast<const std::string*>(argument);
  X509* certificate = X509_STORE_CTX_get0_cert(store);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (certificate && X509_digest(certificate, EVP_sha256(), digest, &length) == 1 &&
      crypto::equal(to_hex({reinterpret_cast<const char*>(digest), length}), pin))
    return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
  return 0;
}

Instant end_of(const X509* certificate) {
  std::tm end{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return {};
  return {static_cast<std::int64_t>(::timegm(&end)) * 1000};
}

void harden(ssl::context& context) {
  context.set_options(ssl::context::default_workarounds | ssl::context::no_compression);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
}

}  // namespace

TlsClient::TlsClient(TlsTrust trust)
    : trust_(std::move(trust)), context_(std::make_unique<ssl::context>(ssl::context::tls_client)) {
  harden(*context_);
  trust_.pin_sha256 = lower(trust_.pin_sha256);
  SSL_CTX* native = context_->native_handle();
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
  if (!trust_.pin_sha256.empty()) {
    SSL_CTX_set_cert_verify_callback(native, verify_pin, &trust_.pin_sha256);
  } else if (!trust_.ca_file.empty()) {
    if (SSL_CTX_load_verify_locations(native, trust_.ca_file.c_str(), nullptr) != 1) {
      ERR_clear_error();
      throw Error::invalid(
          "ca_file", cat("The CA file ", trust_.ca_file.string(), " cannot be read as PEM certificates."));
    }
  } else {
    SSL_CTX_set_default_verify_paths(native);
  }
}

TlsClient::~TlsClient() = default;

ssl::context& TlsClient::context() const {
  return *context_;
}

TlsServer::TlsServer(std::filesystem::path certificate_file, std::filesystem::path key_file)
    : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)) {
  reload();
}

TlsServer::~TlsServer() = default;

void TlsServer::reload() {
  auto fresh = std::make_shared<ssl::context>(ssl::context::tls_server);
  harden(*fresh);
  SSL_CTX* native = fresh->native_handle();
  const bool usable = SSL_CTX_use_certificate_chain_file(native, certificate_file_.c_str()) == 1 &&
                      SSL_CTX_use_PrivateKey_file(native, key_file_.c_str(), SSL_FILETYPE_PEM) == 1 &&
                      SSL_CTX_check_private_key(native) == 1;
  ERR_clear_error();
  if (!usable)
    throw Error::invalid(
        "certificate",
        cat("The certificate ", certificate_file_.string(), " and the key ", key_file_.string(),
            " cannot be used together. Check that both are PEM and belong together."));
  expires_at_ = end_of(SSL_CTX_get0_certificate(native)).milliseconds;
  context_ = std::move(fresh);
}

std::shared_ptr<ssl::context> TlsServer::context() const {
  return context_;
}

void prepare_client_session(SSL* session, const TlsTrust& trust, const std::string& host,
                            bool host_is_address) {
  if (!host_is_address) SSL_set_tlsext_host_name(session, host.c_str());
  if (!trust.pin_sha256.empty()) return;
  if (host_is_address)
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str());
  else
    SSL_set1_host(session, host.c_str());
}

Error handshake_error(SSL* session, const std::string& host) {
  ERR_clear_error();
  switch (SSL_get_verify_result(session)) {
    case X509_V_OK:
      return Error::upstream("tls_failed", cat("No secure connection to ", host, " could be made."));
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Error::upstream("tls_expired", cat("The certificate of ", host, " is not valid today."));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Error::upstream("tls_name", cat("The certificate that ", host, " shows is for another name."));
    default:
      return Error::upstream(
          "tls_untrusted",
          cat("The certificate of ", host, " is not trusted. Give its CA file or pin the certificate."));
  }
}

}  // namespace patchbay
