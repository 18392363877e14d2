#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

namespace test {

// A self-signed certificate with its key, made now, in files of a folder that goes away with the object.
class Certificate {
 public:
  struct Wish {
    std::string names = "IP:127.0.0.1,DNS:mcp.test";  // subjectAltName
    long begins = -3600;                              // seconds from now
    long ends = 3600;
  };
  Certificate() : Certificate(Wish()) {}
  explicit Certificate(const Wish& wish) {
    char name[] = "/tmp/patchbay-cert-XXXXXX";
    folder_ = ::mkdtemp(name);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509* x = certificate.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), wish.begins);
    X509_gmtime_adj(X509_getm_notAfter(x), wish.ends);
    X509_set_pubkey(x, key.get());
    X509_NAME* subject = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"),
                               -1, -1, 0);
    X509_set_issuer_name(x, subject);
    add(x, NID_basic_constraints, "critical,CA:TRUE");
    add(x, NID_subject_alt_name, wish.names);
    X509_sign(x, key.get(), EVP_sha256());
    write(x, key.get());
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  ~Certificate() { std::filesystem::remove_all(folder_); }

  std::filesystem::path file() const { return folder_ / "certificate.pem"; }
  std::filesystem::path key_file() const { return folder_ / "key.pem"; }
  const std::string& sha256() const { return sha256_; }  // of the DER form, in hex

 private:
  static void add(X509* certificate, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
    X509_add_ext(certificate, extension.get(), -1);
  }
  void write(X509* certificate, EVP_PKEY* key) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    X509_digest(certificate, EVP_sha256(), digest, &length);
    for (unsigned i = 0; i < length; ++i) {
      constexpr const char* digits = "0123456789abcdef";
      sha256_ += digits[digest[i] >> 4];
      sha256_ += digits[digest[i] & 15];
    }
    std::FILE* out = std::fopen(file().c_str(), "w");
    PEM_write_X509(out, certificate);
    std::fclose(out);
    out = std::fopen(key_file().c_str(), "w");
    PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
  }

  std::filesystem::path folder_;
  std::string sha256_;
};

}  // namespace test
