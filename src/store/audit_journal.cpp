#include "store/audit_journal.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "store/derivations.h"
#include "store/event_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace patchbay::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view magic = "patchbay audit journal 1\n";
constexpr std::string_view file_prefix = "audit-journal.";
constexpr std::size_t salt_size = 32;
constexpr std::size_t length_size = 4;
constexpr std::size_t attempt_size = 8;
constexpr std::size_t reserved = 1 << 20;  // bytes that a new file is given, so that it rarely grows
constexpr std::size_t largest_journal = 256u << 20;  // a larger one is not ours

SecureBytes key_of(const SecureBytes& root, std::string_view salt, std::int64_t generation) {
  return crypto::hkdf_sha256(root, salt, cat(derivations::journal_file, generation), 32);
}

// A key belongs to one file, so counting gives nonces that never repeat.
std::string nonce_of(std::uint64_t attempt) {
  std::string nonce(4, '\0');
  put_number(nonce, static_cast<std::int64_t>(attempt));
  return nonce;
}

// What a group is sealed with: how many came before it, so that none can be left out.
std::string place_of(std::uint64_t group) {
  std::string place;
  put_number(place, static_cast<std::int64_t>(group));
  return place;
}

void put_length(std::string& out, std::size_t at, std::size_t length) {
  for (std::size_t i = 0; i < length_size; ++i)
    out[at + i] = static_cast<char>(length >> (8 * (length_size - 1 - i)) & 0xff);
}

std::size_t length_at(std::string_view text) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_size; ++i) length = length << 8 | static_cast<unsigned char>(text[i]);
  return length;
}

// 0, or the reason.
int write_at(int handle, std::string_view bytes, std::size_t at) {
  while (!bytes.empty()) {
    const auto written = ::pwrite(handle, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : EIO;
    at += static_cast<std::size_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

Error unwritable(const fs::path& path, int reason, Error::Kind kind) {
  return {kind, "journal_unwritable",
          "Patchbay cannot record this call right now, so its result is withheld. Ask an admin to look at "
          "Patchbay's log.",
          cat(path.string(), ": ", std::generic_category().message(reason))};
}

}  // namespace

AuditJournal::AuditJournal(const fs::path& directory, const SecureBytes& root, std::int64_t generation)
    : path_(directory / cat(file_prefix, generation)), generation_(generation) {
  handle_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (handle_ < 0) throw unwritable(path_, errno, Error::Kind::internal);
  const std::string salt = crypto::random_bytes(salt_size);
  const std::string head = cat(magic, salt);
  // Not every file system can reserve; the file grows by itself then.
  [[maybe_unused]] const int ignored = ::posix_fallocate(handle_, 0, reserved);
  if (const int reason = write_at(handle_, head, 0); reason != 0) {
    remove();
    ::close(handle_);
    throw unwritable(path_, reason, Error::Kind::internal);
  }
  end_ = head.size();
  sealer_ = crypto::Sealer(key_of(root, salt, generation));
}

AuditJournal::~AuditJournal() {
  ::close(handle_);
}

void AuditJournal::append(const Event* events, std::size_t count) {
  plain_.clear();
  for (std::size_t i = 0; i < count; ++i) put_event(plain_, events[i]);
  // Each attempt has a nonce of its own, or a write that failed halfway and the next would share one.
  const std::string nonce = nonce_of(attempts_++);
  frame_.assign(length_size, '\0');
  frame_ += std::string_view(nonce).substr(nonce.size() - attempt_size);
  sealer_.seal(frame_, nonce, plain_, place_of(groups_));
  put_length(frame_, 0, frame_.size() - length_size);
  if (const int reason = write_at(handle_, frame_, end_); reason != 0)
    throw unwritable(path_, reason, Error::Kind::busy);
  ++groups_;
  end_ += frame_.size();
}

void AuditJournal::remove() noexcept {
  ::unlink(path_.c_str());
}

std::vector<FoundJournal> find_journals(const fs::path& directory) {
  std::vector<FoundJournal> found;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(file_prefix)) continue;
    const auto generation = parse_number<std::int64_t>(std::string_view(name).substr(file_prefix.size()));
    if (generation) found.push_back({entry.path(), *generation});
  }
  std::sort(found.begin(), found.end(),
            [](const FoundJournal& a, const FoundJournal& b) { return a.generation < b.generation; });
  return found;
}

JournalContent read_journal(const FoundJournal& journal, const SecureBytes& root) {
  std::string bytes;
  try {
    bytes = read_file(journal.path, largest_journal);
  } catch (const Error& error) {
    throw Error::internal("journal_unreadable",
                          cat("Calls were recorded in ", journal.path.string(),
                              ", which cannot be read now, so they are missing from the audit trail. Make it "
                              "readable for Patchbay, or move it away to go on without it."),
                          error.message());
  }
  JournalContent content;
  std::string_view rest(bytes);
  if (rest.size() < magic.size() + salt_size) return content;  // killed while it was made: nothing in it yet
  if (!rest.starts_with(magic)) {
    content.cut = rest.find_first_not_of('\0') != std::string_view::npos;
    return content;
  }
  const SecureBytes key = key_of(root, rest.substr(magic.size(), salt_size), journal.generation);
  rest.remove_prefix(magic.size() + salt_size);
  for (std::uint64_t group = 0; rest.size() >= length_size; ++group) {
    const std::size_t length = length_at(rest);
    if (length == 0) break;
    try {
      if (length <= attempt_size || length > rest.size() - length_size)
        throw Error::invalid("unsealable", "It was cut short.");
      const std::string nonce = cat(std::string(4, '\0'), rest.substr(length_size, attempt_size));
      const auto sealed = rest.substr(length_size + attempt_size, length - attempt_size);
      const Secret plain = crypto::open_aes256gcm(key, nonce, sealed, place_of(group));
      for (std::string_view left = plain.reveal(); !left.empty();)
        if (!take_event(left, content.events.emplace_back()))
          throw Error::internal("journal_unreadable", "The journal holds what this version does not know.");
    } catch (const Error& error) {
      if (error.id() != "unsealable") throw;
      break;
    }
    rest.remove_prefix(length_size + length);
  }
  content.cut = rest.find_first_not_of('\0') != std::string_view::npos;
  return content;
}

}  // namespace patchbay::store
