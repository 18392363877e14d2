#include "store/master_key.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

namespace patchbay {
namespace {

class Handle {
 public:
  explicit Handle(int number) : number_(number) {}
  ~Handle() {
    if (number_ >= 0) ::close(number_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

Error mode_error(const std::filesystem::path& path, std::string_view what) {
  return Error::invalid("key_mode", cat("The key file ", path.string(), " ", what));
}

void check_key_file(const std::filesystem::path& path, const struct stat& file) {
  if (!S_ISREG(file.st_mode))
    throw mode_error(path, "is not a regular file. Name the file that holds the key.");
  if (file.st_uid != ::geteuid())
    throw mode_error(path, "belongs to another user. Make the user that runs Patchbay its owner.");
  const auto mode = file.st_mode & 07777;
  if (mode != 0600 && mode != 0400)
    throw mode_error(path, "can be read or changed by others. Set its mode with: chmod 600");
  struct stat folder {};
  const auto parent = path.parent_path().empty() ? std::filesystem::path(".") : path.parent_path();
  if (::stat(parent.c_str(), &folder) != 0 || (folder.st_mode & 022) != 0)
    throw mode_error(path, "lies in a folder that others may write. Set the folder's mode with: chmod go-w");
}

// systemd makes the file; it belongs to root or the service's user, and may be group-readable through an ACL
// mask.
void check_credential(const std::filesystem::path& path, const struct stat& file) {
  if (!S_ISREG(file.st_mode) || (file.st_mode & 0027) != 0)
    throw mode_error(
        path, "is not a private regular file. Pass it with LoadCredential= or LoadCredentialEncrypted=.");
}

SecureBytes read_key_text(const MasterKeySource& source) {
  const Handle handle(::open(source.path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (handle.get() < 0 && errno == ELOOP)
    throw mode_error(source.path, "is a symbolic link. Name the file itself.");
  if (handle.get() < 0)
    throw Error::invalid("key_missing", cat("The key file ", source.path.string(),
                                            " cannot be read: ", std::string_view(std::strerror(errno)),
                                            ". Put the key back; no new key was made."));
  struct stat file {};
  if (::fstat(handle.get(), &file) != 0) throw mode_error(source.path, "cannot be examined.");
  if (source.kind == MasterKeySource::Kind::file)
    check_key_file(source.path, file);
  else
    check_credential(source.path, file);

  SecureBytes text(128);
  std::size_t length = 0;
  while (length < text.size()) {
    const auto got = ::read(handle.get(), text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    length += static_cast<std::size_t>(got);
  }
  text.shorten(length);
  return text;
}

SecureBytes parse_key(std::string_view text, std::string_view where) {
  if (text.size() == 32) return SecureBytes(std::string(text));
  std::string_view digits = text;
  if (digits.size() == 65 && digits.back() == '\n') digits.remove_suffix(1);
  auto bytes = digits.size() == 64 ? from_hex(digits) : std::nullopt;
  if (!bytes)
    throw Error::invalid("key_form",
                         cat("The key in ", where, " must be 32 bytes, or 64 hex digits and a newline."));
  return SecureBytes(std::move(*bytes));
}

// The numbers come from a file: beyond these bounds they would cost gigabytes, or protect nothing.
void check_parameters(const PassphraseParameters& parameters) {
  const bool power_of_two = (parameters.n & (parameters.n - 1)) == 0;
  if (parameters.salt.size() < 16 || !power_of_two || parameters.n < (1 << 14) || parameters.n > (1 << 20) ||
      parameters.r < 8 || parameters.r > 16 || parameters.p < 1 || parameters.p > 8)
    throw Error::invalid(
        "keyring_damaged",
        "keyring.json asks for passphrase settings that are out of bounds. Put back your backup of it.");
}

// As people know the source.
std::string describe(const MasterKeySource& source) {
  switch (source.kind) {
    case MasterKeySource::Kind::file:
      return cat("the key file ", source.path.string());
    case MasterKeySource::Kind::credential:
      return cat("the systemd credential ", source.path.string());
    case MasterKeySource::Kind::environment:
      return "the variable PATCHBAY_MASTER_KEY";
    case MasterKeySource::Kind::passphrase:
      break;
  }
  return "the passphrase of PATCHBAY_PASSPHRASE_FILE";
}

}  // namespace

std::string_view to_text(MasterKeySource::Kind kind) {
  switch (kind) {
    case MasterKeySource::Kind::file:
      return "file";
    case MasterKeySource::Kind::credential:
      return "credential";
    case MasterKeySource::Kind::environment:
      return "environment";
    case MasterKeySource::Kind::passphrase:
      return "passphrase";
  }
  return "file";
}

SecureBytes read_master_key(const MasterKeySource& source, const PassphraseParameters& parameters) {
  switch (source.kind) {
    case MasterKeySource::Kind::file:
    case MasterKeySource::Kind::credential:
      return parse_key(read_key_text(source).reveal(), source.path.string());
    case MasterKeySource::Kind::environment:
      // Raw bytes cannot be in a variable.
      if (source.value.reveal().size() != 64)
        throw Error::invalid("key_form", "PATCHBAY_MASTER_KEY must be 64 hex digits.");
      return parse_key(source.value.reveal(), "PATCHBAY_MASTER_KEY");
    case MasterKeySource::Kind::passphrase:
      if (source.value.empty())
        throw Error::invalid("key_missing", "The store is locked. Give its passphrase.");
      check_parameters(parameters);
      return crypto::scrypt(source.value, parameters.salt, parameters.n, parameters.r, parameters.p, 32);
  }
  throw Error::internal("key_source", "The key has no known source.");
}

// A passphrase is never the same as a key: a store is locked with the one or with the other.
void require_agreement(const MasterKeySource& source) {
  for (const MasterKeySource& other : source.others) {
    const bool is_phrase =
        source.kind == MasterKeySource::Kind::passphrase || other.kind == MasterKeySource::Kind::passphrase;
    if (!is_phrase && crypto::equal(read_master_key(source).reveal(), read_master_key(other).reveal()))
      continue;
    throw Error::invalid("key_sources",
                         cat("Two master keys are given that are not the same: ", describe(source), " and ",
                             describe(other), ". Give one of them only. Nothing was opened."));
  }
}

void create_master_key_file(const std::filesystem::path& path, const SecureBytes& key) {
  const Handle handle(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (handle.get() < 0 && errno == EEXIST)
    throw Error::conflict("key_exists",
                          cat("The key file ", path.string(), " exists already. It is never replaced."));
  std::string digits = to_hex(key.reveal());
  digits += '\n';
  const SecureBytes text(std::move(digits));
  const auto size = static_cast<ssize_t>(text.size());
  if (handle.get() < 0 || ::write(handle.get(), text.reveal().data(), text.size()) != size ||
      ::fsync(handle.get()) != 0) {
    const int reason = errno;
    if (handle.get() >= 0) ::unlink(path.c_str());
    throw Error::internal("key_unwritable", cat("The key file ", path.string(),
                                                " cannot be written: ", reason_and_advice(reason)));
  }
}

}  // namespace patchbay
