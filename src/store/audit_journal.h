#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/secure_bytes.h"
#include "domain/event.h"

namespace patchbay::store {

// A file beside the store, `audit-journal.<generation>`, to which events are appended before their answers
// leave, and from which table `event` is filled a moment later: a write to it costs microseconds, survives
// kill -9 as the store's own log does, and needs no other thread. Sealed: each group of events is one
// AES-256-GCM message under a key of this file alone, bound to its number, so that none can be read, changed,
// moved or left out.
//
//   "patchbay audit journal 1\n" | salt, 32 bytes | groups
//   group: length of the rest, 4 bytes | attempt (the nonce's end), 8 bytes | sealed events; big end first
class AuditJournal {
 public:
  // Makes the file. `root` is the vault's key for journals. Throws Error::internal("journal_unwritable").
  AuditJournal(const std::filesystem::path& directory, const SecureBytes& root, std::int64_t generation);
  ~AuditJournal();  // leaves the file where it is
  AuditJournal(const AuditJournal&) = delete;
  AuditJournal& operator=(const AuditJournal&) = delete;

  // All of them or none. Throws Error::busy("journal_unwritable"): what cannot be kept must not be answered.
  void append(const Event* events, std::size_t count);

  std::int64_t generation() const { return generation_; }
  std::size_t bytes() const { return end_; }
  // Deletes the file, once all that it holds is in the table.
  void remove() noexcept;

 private:
  std::filesystem::path path_;
  std::int64_t generation_;
  int handle_ = -1;
  std::size_t end_ = 0;  // where the next group goes; what a failed write left there is written over
  std::uint64_t groups_ = 0;
  std::uint64_t attempts_ = 0;
  crypto::Sealer sealer_;
  std::string plain_;  // kept between groups for their memory
  std::string frame_;
};

// What a process that ended early left behind.
struct FoundJournal {
  std::filesystem::path path;
  std::int64_t generation = 0;
};
std::vector<FoundJournal> find_journals(const std::filesystem::path& directory);  // oldest first

struct JournalContent {
  std::vector<Event> events;
  bool cut = false;  // after these comes something that does not open: a torn write, or damage
};
// Throws Error::internal("journal_unreadable").
JournalContent read_journal(const FoundJournal& journal, const SecureBytes& root);

}  // namespace patchbay::store
