#include "store/keyring.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/files.h"
#include "base/id.h"
#include "base/text.h"
#include "store/derivations.h"
#include "store/master_key.h"

#include <nlohmann/json.hpp>

namespace patchbay {
namespace {

using Json = nlohmann::json;

constexpr std::string_view store_format = "sc3";
constexpr std::string_view database_name = "database";
constexpr std::string_view field_name = "field";

struct WrappedKey {
  std::string name;
  int version = 1;
  std::string state;
  std::string nonce;
  std::string sealed;  // ciphertext and tag
};

Error damaged() {
  return Error::invalid(
      "keyring_damaged",
      "keyring.json is damaged or was not written by Patchbay. Put back the copy from your backup.");
}

SecureBytes derive_kek(const SecureBytes& master, const std::string& install_id) {
  return crypto::hkdf_sha256(master, install_id, derivations::kek, 32);
}

std::string key_associated(const std::string& install_id, const WrappedKey& key) {
  return cat(derivations::keyring_wrap, '|', install_id, '|', key.name, '|', key.version, '|', key.state);
}

WrappedKey wrap(const SecureBytes& kek, const std::string& install_id, std::string_view name,
                const SecureBytes& plain) {
  WrappedKey key{std::string(name), 1, "active", crypto::random_bytes(12), {}};
  key.sealed = crypto::seal_aes256gcm(kek, key.nonce, plain.reveal(), key_associated(install_id, key));
  return key;
}

Json to_json(const WrappedKey& key) {
  const std::string_view sealed = key.sealed;
  return {{"name", key.name},
          {"version", key.version},
          {"state", key.state},
          {"nonce", to_base64url(key.nonce)},
          {"ct", to_base64url(sealed.substr(0, sealed.size() - 16))},
          {"tag", to_base64url(sealed.substr(sealed.size() - 16))}};
}

std::string bytes_of(const Json& json, const char* name) {
  const auto bytes = from_base64url(json.at(name).get_ref<const std::string&>());
  if (!bytes) throw damaged();
  return *bytes;
}

WrappedKey read_key(const Json& json) {
  WrappedKey key;
  key.name = json.at("name").get<std::string>();
  key.version = json.at("version").get<int>();
  key.state = json.at("state").get<std::string>();
  key.nonce = bytes_of(json, "nonce");
  key.sealed = bytes_of(json, "ct") + bytes_of(json, "tag");
  if (key.nonce.size() != 12 || key.sealed.size() != 48) throw damaged();
  return key;
}

SecureBytes unwrap(const SecureBytes& kek, const std::string& install_id, const WrappedKey& key) {
  try {
    return crypto::open_key_aes256gcm(kek, key.nonce, key.sealed, key_associated(install_id, key));
  } catch (const Error& error) {
    if (error.id() != "unsealable") throw;
    throw Error::invalid(
        "wrong_key",
        "The key does not open store.db. Check that the key file, credential, PATCHBAY_MASTER_KEY or "
        "passphrase is the one this data directory was made with. Nothing was changed.");
  }
}

std::string wrong_source_message(bool needs_passphrase) {
  return needs_passphrase
             ? "This store is locked with a passphrase. Give the passphrase, not a key."
             : "This store is locked with a key, not with a passphrase. Give the key it was made with.";
}

// The text of an existing keyring, read with care: it comes from disk and could be anything.
Json parse_keyring(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored))
    throw Error::invalid(
        "keyring_missing",
        "keyring.json is missing from the data directory. Without it store.db cannot be opened: put "
        "back the copy from your backup. No new one was made.");
  const Json json = Json::parse(read_file(file, 64 << 10), nullptr, false);
  if (!json.is_object()) throw damaged();
  return json;
}

}  // namespace

Keyring Keyring::generate(const MasterKeySource& source, Instant now) {
  require_agreement(source);
  Keyring ring;
  ring.install_id_ = new_uuid(now);
  ring.database_key_ = crypto::random_key();
  ring.field_roots_.push_back(crypto::random_key());

  Json json = {{"install_id", ring.install_id_},
               {"generation", ring.generation_},
               {"source", to_text(source.kind)},
               {"store_format", store_format},
               {"created_at", now.milliseconds}};
  PassphraseParameters parameters;
  if (source.kind == MasterKeySource::Kind::passphrase) {
    parameters.salt = crypto::random_bytes(16);
    json["kdf"] = {{"name", "scrypt"},
                   {"salt", to_base64url(parameters.salt)},
                   {"n", parameters.n},
                   {"r", parameters.r},
                   {"p", parameters.p}};
  }
  const SecureBytes kek = derive_kek(read_master_key(source, parameters), ring.install_id_);
  ring.key_id_ = to_hex(crypto::hmac_sha256(kek.reveal(), "id")).substr(0, 8);
  json["keys"] = {to_json(wrap(kek, ring.install_id_, database_name, ring.database_key_)),
                  to_json(wrap(kek, ring.install_id_, field_name, ring.field_roots_[0]))};
  ring.text_ = json.dump(2) + "\n";
  return ring;
}

Keyring Keyring::open(const std::filesystem::path& file, const MasterKeySource& source) {
  require_agreement(source);
  const Json json = parse_keyring(file);
  Keyring ring;
  std::vector<WrappedKey> keys;
  PassphraseParameters parameters;
  try {
    if (json.at("store_format") != store_format)
      throw Error::invalid("storage_newer",
                           "store.db has a format that this Patchbay does not know. Start the newer one.");
    ring.install_id_ = json.at("install_id").get<std::string>();
    ring.generation_ = json.at("generation").get<std::int64_t>();
    const bool needs_passphrase = json.at("source") == to_text(MasterKeySource::Kind::passphrase);
    if (needs_passphrase != (source.kind == MasterKeySource::Kind::passphrase))
      throw Error::invalid("wrong_key", wrong_source_message(needs_passphrase));
    if (needs_passphrase) {
      const Json& kdf = json.at("kdf");
      parameters = {bytes_of(kdf, "salt"), kdf.at("n").get<std::uint64_t>(), kdf.at("r").get<std::uint32_t>(),
                    kdf.at("p").get<std::uint32_t>()};
    }
    for (const Json& key : json.at("keys")) keys.push_back(read_key(key));
  } catch (const Json::exception&) {
    throw damaged();
  }
  const SecureBytes kek = derive_kek(read_master_key(source, parameters), ring.install_id_);
  ring.key_id_ = to_hex(crypto::hmac_sha256(kek.reveal(), "id")).substr(0, 8);
  for (const WrappedKey& key : keys) {
    SecureBytes plain = unwrap(kek, ring.install_id_, key);
    if (key.name == database_name && ring.database_key_.empty())
      ring.database_key_ = std::move(plain);
    else if (key.name == field_name && key.version == static_cast<int>(ring.field_roots_.size()) + 1)
      ring.field_roots_.push_back(std::move(plain));
    else
      throw damaged();
  }
  if (ring.database_key_.empty() || ring.field_roots_.empty()) throw damaged();
  return ring;
}

void Keyring::save_new(const std::filesystem::path& file) const {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored)))
    throw Error::conflict("keyring_exists",
                          "keyring.json exists already. A keyring is never replaced by a new one.");
  replace_file(file, text_, 0600);
}

const SecureBytes& Keyring::field_root(int version) const {
  if (version < 1 || version > newest_field_version())
    throw Error::internal("field_key_missing",
                          cat("The keyring holds no field key of version ", version, "."));
  return field_roots_[static_cast<std::size_t>(version) - 1];
}

}  // namespace patchbay
