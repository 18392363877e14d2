#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "base/secure_bytes.h"
#include "store/database.h"
#include "store/keyring.h"

namespace patchbay {

// Where a sealed value lives. A value opens at this place only.
struct Place {
  std::string_view table;
  std::string_view column;
  std::string_view row;         // the row's id
  std::int64_t generation = 1;  // of the row; grows when the row is given a new meaning
};

// Seals and opens secret columns (names end in `_sealed`):
//   0x01 | key version, 2 bytes | nonce, 12 bytes | ciphertext | tag, 16 bytes
// The plain text is padded to steps of 64 bytes. Any thread.
class Vault {
 public:
  explicit Vault(const Keyring& keyring);

  // Counts the seal in table key_use, so that a key is changed long before random nonces could meet.
  std::string seal(Database& db, const Secret& plain, const Place& place) const;
  // Throws Error::internal("unsealable") where the value was changed or moved, or its key is gone.
  Secret open(std::string_view sealed, const Place& place) const;

  // A key for one use, by its name in derivations.h. Of the first field root, so that chains and hashes stay
  // valid.
  SecureBytes derive(std::string_view use) const;
  const SecureBytes& audit_chain_key() const { return audit_chain_key_; }

 private:
  std::string associated(const Place& place) const;
  std::string install_id_;
  SecureBytes root_;
  std::vector<SecureBytes> field_keys_;  // by version - 1
  SecureBytes audit_chain_key_;
};

}  // namespace patchbay
