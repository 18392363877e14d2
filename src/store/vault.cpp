#include "store/vault.h"

#include "base/crypto.h"
#include "base/error.h"
#include "base/text.h"
#include "store/derivations.h"

namespace patchbay {
namespace {

constexpr char format = 0x01;
constexpr std::size_t head_size = 3;  // format and key version
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t step = 64;

// A byte 0x80, then zeros up to the next step: hides the exact length and can be undone.
Secret pad(const Secret& plain) {
  std::string padded;
  const std::size_t size = (plain.reveal().size() / step + 1) * step;
  padded.reserve(size);
  padded += plain.reveal();
  padded += '\x80';
  padded.resize(size, '\0');
  return Secret(std::move(padded));
}

Error unsealable() {
  return Error::internal("unsealable",
                         "A stored secret does not open: it was changed or moved. Enter it again.");
}

Secret unpad(const Secret& padded) {
  const auto end = padded.reveal().find_last_not_of('\0');
  if (end == std::string::npos || padded.reveal()[end] != '\x80') throw unsealable();
  return Secret(padded.reveal().substr(0, end));
}

}  // namespace

Vault::Vault(const Keyring& keyring)
    : install_id_(keyring.install_id()), root_(keyring.field_root(1).copy()) {
  for (int version = 1; version <= keyring.newest_field_version(); ++version)
    field_keys_.emplace_back(
        crypto::hkdf_sha256(keyring.field_root(version), install_id_, derivations::field, 32));
  audit_chain_key_ = derive(derivations::audit_chain);
}

SecureBytes Vault::derive(std::string_view use) const {
  return crypto::hkdf_sha256(root_, install_id_, use, 32);
}

std::string Vault::associated(const Place& place) const {
  return cat(derivations::field_seal, '|', install_id_, '|', place.table, '|', place.column, '|', place.row,
             '|', place.generation);
}

std::string Vault::seal(Database& db, const Secret& plain, const Place& place) const {
  const std::size_t version = field_keys_.size();
  const auto number = static_cast<std::int64_t>(version);
  if (db.run("update key_use set seals = seals + 1 where key_version = ?", number) == 0)
    db.run("insert into key_use (key_version, seals) values (?, 1)", number);

  std::string sealed{format, static_cast<char>(version >> 8), static_cast<char>(version & 0xff)};
  const std::string nonce = crypto::random_bytes(nonce_size);
  sealed += nonce;
  sealed += crypto::seal_aes256gcm(field_keys_.back(), nonce, pad(plain).reveal(), associated(place));
  return sealed;
}

Secret Vault::open(std::string_view sealed, const Place& place) const {
  if (sealed.size() < head_size + nonce_size + step + tag_size || sealed[0] != format) throw unsealable();
  const auto version = static_cast<std::size_t>(static_cast<unsigned char>(sealed[1])) << 8 |
                       static_cast<unsigned char>(sealed[2]);
  if (version < 1 || version > field_keys_.size()) throw unsealable();
  const auto nonce = sealed.substr(head_size, nonce_size);
  const auto body = sealed.substr(head_size + nonce_size);
  try {
    return unpad(crypto::open_aes256gcm(field_keys_[version - 1], nonce, body, associated(place)));
  } catch (const Error& error) {
    if (error.id() != "unsealable") throw;
    throw unsealable();
  }
}

}  // namespace patchbay
