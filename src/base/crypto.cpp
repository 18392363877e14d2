#include "base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "base/error.h"

namespace patchbay::crypto {

namespace {

constexpr std::size_t digest_size = 32;
constexpr std::size_t key_size = 32;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::uint64_t scrypt_memory = std::uint64_t{1} << 30;

void require(bool good, const char* what) {
  if (!good) throw Error::internal("crypto", "The cryptographic library refused to work.", what);
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
unsigned char* bytes(SecureBytes& key) {
  return reinterpret_cast<unsigned char*>(key.data());
}

int length(std::string_view text) {
  require(text.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()), "length");
  return static_cast<int>(text.size());
}

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Free>;

Cipher start_aes256gcm(const SecureBytes& key, std::string_view nonce, bool seal) {
  require(key.reveal().size() == key_size && nonce.size() == nonce_size, "AES-256-GCM key or nonce size");
  Cipher cipher(EVP_CIPHER_CTX_new());
  require(cipher && EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key.reveal()),
                                      bytes(nonce), seal ? 1 : 0) == 1,
          "AES-256-GCM");
  return cipher;
}

// Gives `in` to the cipher; with `out` as text, without as associated data.
void update(EVP_CIPHER_CTX* cipher, unsigned char* out, std::string_view in) {
  int written = 0;
  if (!in.empty())
    require(EVP_CipherUpdate(cipher, out, &written, bytes(in), length(in)) == 1, "AES-256-GCM update");
}

// Writes the tag where `tag` points.
void finish_sealing(EVP_CIPHER_CTX* cipher, unsigned char* tag) {
  int written = 0;
  require(EVP_CipherFinal_ex(cipher, tag, &written) == 1, "AES-256-GCM final");
  require(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, tag_size, tag) == 1, "AES-256-GCM tag");
}

// SHA-256 as OpenSSL keeps it: looked up once, for a look-up costs as much as hashing a short text.
const EVP_MD* sha256_digest() {
  static const std::unique_ptr<EVP_MD, Free> digest(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  require(digest != nullptr, "SHA-256");
  return digest.get();
}

// Decrypts into `out`, which has room for one byte more than the plain text, so that the final call has an
// address to write to. Whether it is genuine; where not, `out` must not be used.
bool decrypt_aes256gcm(const SecureBytes& key, std::string_view nonce, std::string_view sealed,
                       std::string_view associated, unsigned char* out) {
  const Cipher cipher = start_aes256gcm(key, nonce, false);
  const std::string_view body = sealed.substr(0, sealed.size() - tag_size);
  std::string tag(sealed.substr(body.size()));
  update(cipher.get(), nullptr, associated);
  update(cipher.get(), out, body);
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1,
          "AES-256-GCM tag");
  int written = 0;
  return EVP_CipherFinal_ex(cipher.get(), out + body.size(), &written) == 1;
}

Error unsealable() {
  return Error::invalid("unsealable", "The sealed value does not open: its key or its place is another.");
}

}  // namespace

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  if (count > 0) require(RAND_bytes(bytes(out), length(out)) == 1, "RAND_bytes");
  return out;
}

SecureBytes random_key() {
  SecureBytes out(key_size);
  require(RAND_priv_bytes(bytes(out), static_cast<int>(key_size)) == 1, "RAND_priv_bytes");
  return out;
}

std::string sha256(std::string_view data) {
  std::string out(digest_size, '\0');
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  require(context && EVP_DigestInit_ex2(context.get(), sha256_digest(), nullptr) == 1 &&
              EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1 &&
              EVP_DigestFinal_ex(context.get(), bytes(out), nullptr) == 1,
          "SHA-256");
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  // OpenSSL takes a null key for "the key of last time", so an empty one needs an address.
  const char* const key_start = key.empty() ? "" : key.data();
  std::string out(digest_size, '\0');
  require(
      HMAC(EVP_sha256(), key_start, length(key), bytes(data), data.size(), bytes(out), nullptr) != nullptr,
      "HMAC-SHA-256");
  return out;
}

SecureBytes hkdf_sha256(const SecureBytes& key, std::string_view salt, std::string_view info,
                        std::size_t length) {
  const std::unique_ptr<EVP_KDF, Free> kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr));
  const std::unique_ptr<EVP_KDF_CTX, Free> context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
  require(context != nullptr, "HKDF");

  char digest[] = "SHA256";
  const auto octets = [](const char* name, std::string_view value) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(value.empty() ? "" : value.data()),
                                             value.size());
  };
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      octets(OSSL_KDF_PARAM_KEY, key.reveal()),
      octets(OSSL_KDF_PARAM_SALT, salt),
      octets(OSSL_KDF_PARAM_INFO, info),
      OSSL_PARAM_construct_end(),
  };
  SecureBytes out(length);
  require(EVP_KDF_derive(context.get(), bytes(out), out.size(), parameters) == 1, "HKDF");
  return out;
}

SecureBytes scrypt(const Secret& passphrase, std::string_view salt, std::uint64_t n, std::uint32_t r,
                   std::uint32_t p, std::size_t length) {
  // 128 r (n + p + 2) bytes are what OpenSSL takes (RFC 7914 §6); the bounds keep the product in range.
  require(n <= (std::uint64_t{1} << 24) && r <= 1024 && p <= 1024, "scrypt parameters");
  const std::uint64_t needed = std::uint64_t{128} * r * (n + p + 2);
  require(needed <= scrypt_memory, "scrypt memory");
  const std::string& text = passphrase.reveal();
  SecureBytes out(length);
  require(EVP_PBE_scrypt(text.data(), text.size(), bytes(salt), salt.size(), n, r, p, needed, bytes(out),
                         out.size()) == 1,
          "scrypt");
  return out;
}

std::string seal_aes256gcm(const SecureBytes& key, std::string_view nonce, std::string_view plain,
                           std::string_view associated) {
  const Cipher cipher = start_aes256gcm(key, nonce, true);
  std::string out(plain.size() + tag_size, '\0');
  update(cipher.get(), nullptr, associated);
  update(cipher.get(), bytes(out), plain);
  finish_sealing(cipher.get(), bytes(out) + plain.size());
  return out;
}

void Sealer::Free::operator()(void* context) const {
  EVP_CIPHER_CTX_free(static_cast<EVP_CIPHER_CTX*>(context));
}

Sealer::Sealer(const SecureBytes& key) {
  const std::string any_nonce(nonce_size, '\0');  // each text brings its own
  context_.reset(start_aes256gcm(key, any_nonce, true).release());
}

void Sealer::seal(std::string& out, std::string_view nonce, std::string_view plain,
                  std::string_view associated) {
  auto* const cipher = static_cast<EVP_CIPHER_CTX*>(context_.get());
  require(cipher != nullptr && nonce.size() == nonce_size, "AES-256-GCM nonce size");
  const std::size_t start = out.size();
  out.resize(start + plain.size() + tag_size);
  require(EVP_CipherInit_ex(cipher, nullptr, nullptr, nullptr, bytes(nonce), 1) == 1, "AES-256-GCM");
  update(cipher, nullptr, associated);
  update(cipher, bytes(out) + start, plain);
  finish_sealing(cipher, bytes(out) + start + plain.size());
}

void Hmac::Free::operator()(void* context) const {
  EVP_MAC_CTX_free(static_cast<EVP_MAC_CTX*>(context));
}

Hmac::Hmac(const SecureBytes& key) {
  const std::unique_ptr<EVP_MAC, patchbay::crypto::Free> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  auto* const context = mac ? EVP_MAC_CTX_new(mac.get()) : nullptr;
  context_.reset(context);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  require(
      context != nullptr && EVP_MAC_init(context, bytes(key.reveal()), key.reveal().size(), parameters) == 1,
      "HMAC-SHA-256");
}

std::string Hmac::of(std::string_view data) {
  auto* const context = static_cast<EVP_MAC_CTX*>(context_.get());
  std::string out(digest_size, '\0');
  std::size_t written = 0;
  // Without a key it begins again with the one of before.
  require(EVP_MAC_init(context, nullptr, 0, nullptr) == 1 &&
              EVP_MAC_update(context, bytes(data), data.size()) == 1 &&
              EVP_MAC_final(context, bytes(out), &written, out.size()) == 1 && written == digest_size,
          "HMAC-SHA-256");
  return out;
}

Secret open_aes256gcm(const SecureBytes& key, std::string_view nonce, std::string_view sealed,
                      std::string_view associated) {
  if (nonce.size() != nonce_size || sealed.size() < tag_size) throw unsealable();
  std::string out(sealed.size() - tag_size + 1, '\0');
  const bool genuine = decrypt_aes256gcm(key, nonce, sealed, associated, bytes(out));
  if (!genuine) OPENSSL_cleanse(out.data(), out.size());
  if (!genuine) throw unsealable();
  out.pop_back();
  return Secret(std::move(out));
}

SecureBytes open_key_aes256gcm(const SecureBytes& key, std::string_view nonce, std::string_view sealed,
                               std::string_view associated) {
  if (nonce.size() != nonce_size || sealed.size() < tag_size) throw unsealable();
  SecureBytes out(sealed.size() - tag_size + 1);
  if (!decrypt_aes256gcm(key, nonce, sealed, associated, bytes(out))) throw unsealable();
  out.shorten(out.size() - 1);
  return out;
}

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace patchbay::crypto
