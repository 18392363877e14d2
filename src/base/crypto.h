#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "base/secure_bytes.h"

namespace patchbay::crypto {

// All byte strings are raw bytes. Failures of the library throw Error::internal("crypto").

std::string random_bytes(std::size_t count);
SecureBytes random_key();  // 32 bytes

std::string sha256(std::string_view data);  // 32 bytes
std::string hmac_sha256(std::string_view key, std::string_view data);
SecureBytes hkdf_sha256(const SecureBytes& key, std::string_view salt, std::string_view info,
                        std::size_t length);
SecureBytes scrypt(const Secret& passphrase, std::string_view salt, std::uint64_t n, std::uint32_t r,
                   std::uint32_t p, std::size_t length);

// AES-256-GCM with a 12-byte nonce; the 16-byte tag ends the ciphertext. open() throws
// Error::invalid("unsealable") where key, nonce, associated data or ciphertext do not belong together.
std::string seal_aes256gcm(const SecureBytes& key, std::string_view nonce, std::string_view plain,
                           std::string_view associated);
Secret open_aes256gcm(const SecureBytes& key, std::string_view nonce, std::string_view sealed,
                      std::string_view associated);
// The same for what is a key itself: its bytes never lie in memory that is not locked.
SecureBytes open_key_aes256gcm(const SecureBytes& key, std::string_view nonce, std::string_view sealed,
                               std::string_view associated);

// AES-256-GCM, sealing only, for many texts under one key: the key's schedule is made once. One thread at a
// time.
class Sealer {
 public:
  Sealer() = default;
  explicit Sealer(const SecureBytes& key);
  // Appends ciphertext and tag to `out`. No nonce twice.
  void seal(std::string& out, std::string_view nonce, std::string_view plain, std::string_view associated);

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

// HMAC-SHA-256 of many texts under one key. One thread at a time.
class Hmac {
 public:
  explicit Hmac(const SecureBytes& key);
  std::string of(std::string_view data);

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

// Takes the same time wherever the two differ.
bool equal(std::string_view a, std::string_view b);

}  // namespace patchbay::crypto
