#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secure_bytes.h"
#include "store/master_key.h"

namespace patchbay {

// The wrapped keys of a data directory:
//   {"install_id", "generation", "source", "store_format": "sc3", "created_at", "kdf": {…} (passphrase only),
//    "keys": [{"name", "version", "state", "nonce", "ct", "tag"}]}
// Each key is AES-256-GCM under HKDF(master key, install_id); its associated data names it.
class Keyring {
 public:
  // New random keys, wrapped; nothing is written yet.
  static Keyring generate(const MasterKeySource& source, Instant now);
  // Throws Error "keyring_missing", "keyring_damaged", "wrong_key", or what reading the master key throws:
  // "key_missing", "key_mode", "key_form", "key_sources".
  static Keyring open(const std::filesystem::path& file, const MasterKeySource& source);

  // Throws Error::conflict("keyring_exists") rather than replace one.
  void save_new(const std::filesystem::path& file) const;

  const std::string& install_id() const { return install_id_; }
  std::int64_t generation() const { return generation_; }
  // 8 hex digits by which people tell master keys apart.
  const std::string& key_id() const { return key_id_; }
  const SecureBytes& database_key() const { return database_key_; }
  // Sealing always uses the newest; older ones only open. Versions count from 1.
  int newest_field_version() const { return static_cast<int>(field_roots_.size()); }
  const SecureBytes& field_root(int version) const;  // throws Error::internal("field_key_missing")

 private:
  Keyring() = default;
  std::string text_;  // the file
  std::string install_id_;
  std::int64_t generation_ = 1;
  std::string key_id_;
  SecureBytes database_key_;
  std::vector<SecureBytes> field_roots_;
};

}  // namespace patchbay
