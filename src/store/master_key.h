#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "base/secure_bytes.h"

namespace patchbay {

// Where the master key comes from. Exactly one is active; the keyring names it.
struct MasterKeySource {
  enum class Kind : std::uint8_t { file, credential, environment, passphrase };
  Kind kind = Kind::file;
  std::filesystem::path path;                // of file and credential
  Secret value;                              // of environment (64 hex digits) and passphrase
  std::vector<MasterKeySource> others = {};  // given as well; each must hold the same key
};
std::string_view to_text(MasterKeySource::Kind kind);

// How a passphrase becomes a key: scrypt, 128 MiB and about 0.3 s.
struct PassphraseParameters {
  std::string salt;
  std::uint64_t n = 1 << 17;
  std::uint32_t r = 8;
  std::uint32_t p = 1;
};

// The 32 bytes. A key file is 32 raw bytes or 64 hex digits and a newline, a regular file of ours with mode
// 0600 or 0400 in a folder that nobody else may write; a symbolic link is not followed. Throws Error
// "key_missing", "key_mode", "key_form", "keyring_damaged" (parameters beyond reason). Looks at this source
// only.
SecureBytes read_master_key(const MasterKeySource& source, const PassphraseParameters& parameters = {});

// Throws Error "key_sources" that names both where another source was given with another key, or what reading
// either throws.
void require_agreement(const MasterKeySource& source);

// Makes a key file: 64 hex digits and a newline, mode 0600. Throws Error::conflict("key_exists") where
// the file exists: a key is never overwritten.
void create_master_key_file(const std::filesystem::path& path, const SecureBytes& key);

}  // namespace patchbay
